/** What training takes of memory, before it runs. */
import { LARGEST_WHOLE_STATE } from '../../engines/engine.ts';

const MB = 2 ** 20;
/** Node.js, the engine, data: whatever is trained. */
const BASE_MB = 512;
/** Weights and both moments, in float32. */
const STATE_BYTES = 12;
/** A step that is compiled whole holds the state four times. */
const WHOLE_BYTES = 4 * STATE_BYTES;
/**
 * Else weights and moments are there once (12), gradients twice (8), weights once more with the engine (4), and what lies
 * between the layers of a pass of eight: 211 million weights took 6.7 GiB at most (docs/training.md).
 */
const APART_BYTES = 32;

/** @param weights how many numbers are trained @returns megabytes (2^20) */
export function trainingMemory(weights: number): number {
  const bytes = weights * STATE_BYTES > LARGEST_WHOLE_STATE ? APART_BYTES : WHOLE_BYTES;
  return BASE_MB + Math.ceil((weights * bytes) / MB);
}
