/** Collects what a training process says and writes it to the database once a second, in order. */
import type { Job } from '../generated/prisma/client.ts';
import { formatDuration } from '../training/run/progress.ts';
import type { MetricsLine, Phase } from '../training/run/run-directory.ts';
import type { NewEvent } from './job-events.ts';
import type { JobWork } from './train-jobs.ts';
import type { FromTraining, TrainingOutcome } from './training-protocol.ts';

const EVERY = 1_000;
/** A progress event at most this often; metrics have every step. */
const PROGRESS_EVERY = 5_000;
/** Recent calls that the mean time of a step is over. */
const WINDOW = 20;

/** Without a full stop. */
const PHASES: Record<Phase, string> = {
  waiting: 'Waiting for the process before it to end',
  loading: 'Loading the data set and what it builds on',
  features: 'Computing the features of pictures',
  codes: 'Computing the codes of pictures',
  pixels: 'Decoding the pictures',
  compiling: 'Compiling the training step',
  validating: 'Validating',
};

export class JobRecorder {
  readonly #work: JobWork;
  readonly #job: Job;
  readonly #holder: string;
  readonly #onBroken: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #calls: { at: number; step: number }[] = [];
  #lines: MetricsLine[] = [];
  #events: NewEvent[] = [];
  #step: number | undefined;
  #checkpointStep: number | undefined;
  #flushedCheckpoint: number | undefined;
  #lastProgress = 0;
  #lastPhase: Phase | undefined;
  /** When the phase began, and how much was done then. */
  #began = { at: 0, done: 0 };
  #writing: Promise<void> = Promise.resolve();
  #lost = false;

  /** @param onBroken the database refuses what is to be recorded */
  constructor(work: JobWork, job: Job, holder: string, onBroken: () => void) {
    this.#work = work;
    this.#job = job;
    this.#holder = holder;
    this.#onBroken = onBroken;
    this.#timer = setInterval(() => this.#flush(), EVERY);
  }

  record(message: Exclude<FromTraining, TrainingOutcome>): void {
    switch (message.type) {
      case 'metrics':
        for (const line of message.lines) this.#line(line);
        break;
      case 'checkpoint': {
        const { step } = message;
        this.#checkpointStep = step;
        this.#events.push({
          id: this.#idOf('checkpoint', step),
          type: 'checkpoint',
          message: `Checkpoint at step ${step}.`,
          data: { step },
        });
        break;
      }
      case 'saved':
        this.#checkpointStep = message.step;
        break;
      case 'phase':
        this.#phase(message);
        break;
      case 'stopping':
        break;
    }
  }

  /** Every beginning; how far it is now and then. */
  #phase({ phase, done, total }: { phase: Phase; done?: number; total?: number }): void {
    const now = Date.now();
    if (phase === this.#lastPhase && now - this.#lastProgress < PROGRESS_EVERY) return;
    // Nothing new of what cannot be counted.
    if (phase === this.#lastPhase && total === undefined) return;
    if (phase !== this.#lastPhase) this.#began = { at: now, done: done ?? 0 };
    this.#lastPhase = phase;
    this.#lastProgress = now;
    const left = total === undefined || done === undefined ? undefined : this.#secondsLeft(now, done, total);
    const how = left === undefined ? '' : `, ${formatDuration(left)} left`;
    this.#events.push({
      type: 'progress',
      message: total === undefined ? `${PHASES[phase]}.` : `${PHASES[phase]}: ${done} of ${total}${how}.`,
      data: {
        phase,
        ...(total !== undefined && { done, total }),
        ...(left !== undefined && { seconds_left: left }),
      },
    });
  }

  /** At the speed of the phase so far. */
  #secondsLeft(now: number, done: number, total: number): number | undefined {
    const worked = done - this.#began.done;
    if (worked <= 0) return undefined;
    return Math.round(((now - this.#began.at) / 1000 / worked) * (total - done));
  }

  #line(line: MetricsLine): void {
    this.#lastPhase = undefined;
    this.#lines.push(line);
    const { step, split, ...values } = line;
    if (split === 'validation') {
      const shown = Object.entries(values).map(([name, value]) => `${name} ${Number(value).toFixed(4)}`);
      this.#events.push({
        id: this.#idOf('validation', step),
        type: 'validation',
        message: `Validation at step ${step}: ${shown.slice(0, 3).join(', ')}.`,
        data: { step, metrics: values },
      });
      return;
    }
    this.#step = step;
    const now = Date.now();
    this.#calls.push({ at: now, step });
    if (this.#calls.length > WINDOW * 8) this.#calls.splice(0, this.#calls.length - WINDOW * 8);
    if (now - this.#lastProgress < PROGRESS_EVERY) return;
    this.#lastProgress = now;
    const { steps } = this.#job;
    const loss = typeof line.loss === 'number' ? `: loss ${line.loss.toFixed(4)}` : '';
    this.#events.push({
      type: 'progress',
      message: `Step ${step} of ${steps}${loss}.`,
      data: { step, steps, ...(typeof line.loss === 'number' && { loss: line.loss }) },
    });
  }

  /** The same for the same step, when it is run again after a crash. */
  #idOf(what: string, step: number): string {
    return `evt_${this.#job.id.slice('job_'.length)}_${what}_${step}`;
  }

  #stepMs(): number | undefined {
    const [first, last] = [this.#calls[0], this.#calls.at(-1)];
    if (first === undefined || last === undefined || last.step === first.step) return undefined;
    return (last.at - first.at) / (last.step - first.step);
  }

  #flush(): void {
    const saved = this.#checkpointStep !== this.#flushedCheckpoint;
    if (this.#lines.length === 0 && this.#events.length === 0 && !saved) return;
    this.#flushedCheckpoint = this.#checkpointStep;
    const progress = {
      lines: this.#lines,
      events: this.#events,
      ...(this.#step !== undefined && { step: this.#step }),
      stepMs: this.#stepMs(),
      checkpointStep: this.#checkpointStep,
    };
    this.#lines = [];
    this.#events = [];
    this.#writing = this.#writing.then(async () => {
      if (this.#lost) return;
      try {
        // Not kept: the lock is not ours any more, which whoever watches the job sees too.
        this.#lost = !(await this.#work.record(this.#job.id, this.#holder, progress));
      } catch (error) {
        console.error(error);
        this.#lost = true;
        this.#onBroken();
      }
    });
  }

  /** Writes the rest. @returns false when not everything was recorded */
  async close(): Promise<boolean> {
    clearInterval(this.#timer);
    this.#flush();
    await this.#writing;
    return !this.#lost;
  }
}
