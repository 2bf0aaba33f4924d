import { serveTraining } from '../../src/jobs/serve-training.ts';
import { tiny } from './tiny-kind.ts';

serveTraining([tiny]);
