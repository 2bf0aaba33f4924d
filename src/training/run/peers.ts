/**
 * The processes that share the batches of a run, one a device. Each does its part of a batch; then all add up all
 * gradients and make the same update, so that their states stay the same and none is ever sent.
 */
import type { HostTensors } from '../../tensor.ts';

/** What one process has of a step. */
export interface Part {
  /** Sums over its passes. */
  readonly gradients: HostTensors;
  /** What comes of each of its passes. */
  readonly metrics: readonly Record<string, number>[];
  /** Norm of the gradients of the update before: the same in all processes, or they have drifted apart. */
  readonly norm: number | undefined;
}

export interface Peers {
  /** From 0 on. The first one keeps the run: its records, checkpoints and validation. */
  readonly rank: number;
  readonly count: number;
  /** Resolves when every process is ready for the first step. The first one calls it, the others are called. */
  ready(): Promise<void>;
  /**
   * The sums over all processes, in the order of their ranks: the same bits in each of them.
   * @throws Error when one has ended, or has drifted apart
   */
  exchange(part: Part): Promise<Pick<Part, 'gradients' | 'metrics'>>;
}

/** How the first process comes by the others. */
export type StartPeers = (count: number) => Peers & { close(): Promise<void> };

/** Thrown in a process that is not the first one when its part of the run is done: the result is the first one's. */
export class PeerDone extends Error {}

/** The passes of one process, of all passes of a step. */
export function partOfPasses<T>(passes: readonly T[], { rank, count }: Pick<Peers, 'rank' | 'count'>): T[] {
  const size = passes.length / count;
  return passes.slice(rank * size, (rank + 1) * size);
}
