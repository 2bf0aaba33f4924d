/** Messages between a worker (parent) and a training process (child), over Node's IPC channel. */
import type { EngineChoice } from '../engines/choose.ts';
import type { TrainingRequest } from '../runs/training-run.ts';
import type { Carrier } from '../tracing.ts';
import type { MetricsLine, Phase } from '../training/run/run-directory.ts';

/** The job's id is the name of the run. */
export interface TrainingOrder extends Omit<TrainingRequest, 'kind'> {
  /** Its name. */
  kind: string;
  dataDir: string;
  checkpointsDir: string;
  engine: EngineChoice;
  threads: number;
  /** The parent: without it there is nothing to go on for. */
  workerPid: number;
  /** Niceness of the process, as `nice` has it: 19 takes what is left. */
  niceness: number;
  /** Metrics of earlier steps are in the database: they need not be sent again. */
  recorded: number;
  /** The span that asks. */
  trace?: Carrier;
}

export type ToTraining =
  | { type: 'start'; order: TrainingOrder }
  /** Save a checkpoint and end. */
  | { type: 'stop' };

export type FromTraining =
  | { type: 'metrics'; lines: readonly MetricsLine[] }
  | { type: 'checkpoint'; step: number }
  | { type: 'saved'; step: number }
  | { type: 'phase'; phase: Phase; done?: number; total?: number }
  | { type: 'stopping'; step: number }
  | TrainingOutcome;

export type TrainingOutcome =
  /** `report`: of an evaluation, all that it says. */
  | { type: 'done'; metrics: Record<string, number>; report?: Record<string, unknown> }
  | { type: 'interrupted'; step: number }
  /** `final`: trying again would come to the same. `needed`: free bytes, of a disk that is full. */
  | { type: 'failed'; code: string; message: string; final: boolean; needed?: number };
