/** The training process: `training-child.ts`, forked by training-process.ts, one for every try of a job. */
import { KINDS } from '../training/kinds.ts';
import { serveTraining } from './serve-training.ts';

serveTraining(KINDS);
