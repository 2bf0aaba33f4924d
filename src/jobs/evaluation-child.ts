/** The process of an evaluation: `evaluation-child.ts`, forked by training-process.ts, one for every try of a job. */
import { serveEvaluation } from './serve-evaluation.ts';

serveEvaluation();
