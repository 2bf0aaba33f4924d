/** What stops a training run, in words for the person who started it. */
import { Fault, type FaultOptions } from '../../fault.ts';

export type TrainingErrorCode =
  | 'invalid_hyperparameter'
  | 'run_exists'
  | 'run_not_found'
  | 'run_in_use'
  | 'run_mismatch'
  | 'component_missing'
  | 'component_mismatch'
  | 'dataset_unusable'
  | 'diverged';

/** Its subject is a hyperparameter, or the role of a component. */
export class TrainingError extends Fault {
  override readonly name = 'TrainingError';
  readonly code: TrainingErrorCode;

  constructor(code: TrainingErrorCode, message: string, options: FaultOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

/** Not a failure: the run was asked to stop, has saved a checkpoint, and can be resumed. */
export class TrainingInterrupted extends Error {
  readonly step: number;

  constructor(step: number) {
    super(`stopped after step ${step}; the run can be resumed`);
    this.name = 'TrainingInterrupted';
    this.step = step;
  }
}
