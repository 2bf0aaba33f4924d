/** Messages between a worker (parent) and a training process (child), over Node's IPC channel. */
import type { EngineChoice } from '../engines/choose.ts';
import type { Role } from '../training/kind.ts';
import type { MetricsLine } from '../training/run-directory.ts';

export interface TrainingOrder {
  /** The job's id, which is the name of the run. */
  name: string;
  kind: string;
  seed: number;
  dataset: string;
  hyperparameters: Record<string, unknown>;
  components: Partial<Record<Role, string>>;
  command: string;
  commit: string;
  dataDir: string;
  checkpointsDir: string;
  engine: EngineChoice;
  threads: number;
  /** The parent: without it there is nothing to go on for. */
  workerPid: number;
  /** Of the process, as `nice` has it: 19 takes what is left. */
  niceness: number;
  /** Metrics of earlier steps are in the database: they need not be sent again. */
  recorded: number;
}

export type ToTraining =
  | { type: 'start'; order: TrainingOrder }
  /** Save a checkpoint and end. */
  | { type: 'stop' };

export type FromTraining =
  | { type: 'metrics'; lines: readonly MetricsLine[] }
  | { type: 'checkpoint'; step: number }
  | { type: 'stopping'; step: number }
  | TrainingOutcome;

export type TrainingOutcome =
  | { type: 'done'; metrics: Record<string, number> }
  | { type: 'interrupted'; step: number }
  /** `final`: trying again would come to the same. */
  | { type: 'failed'; code: string; message: string; final: boolean };
