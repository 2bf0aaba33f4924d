/** What stops a training run, in words for the person who started it. */
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

export class TrainingError extends Error {
  readonly code: TrainingErrorCode;
  /** The hyperparameter or the role of the component that it is about, where it is about one. */
  readonly subject: string | undefined;

  constructor(code: TrainingErrorCode, message: string, options: ErrorOptions & { subject?: string } = {}) {
    super(message, options);
    this.name = 'TrainingError';
    this.code = code;
    this.subject = options.subject;
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
