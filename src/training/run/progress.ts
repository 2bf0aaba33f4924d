/** The progress line of a training run: step, loss, samples a second, time left. */
export interface ProgressOutput {
  write(text: string): unknown;
  isTTY?: boolean;
}

/**
 * Losses of each task that the shown mean is over. A running average that never forgets showed a first step's
 * outlier of 1e6 as a loss of 433,237 some 24 steps later, when the loss was 40.
 */
const WINDOW = 20;

export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (hours > 0) return `${hours}h${String(minutes).padStart(2, '0')}m`;
  return minutes > 0 ? `${minutes}m${String(whole % 60).padStart(2, '0')}s` : `${whole}s`;
}

export class Progress {
  readonly #output: ProgressOutput;
  readonly #steps: number;
  readonly #batchSize: number;
  readonly #everyMs: number;
  readonly #losses = new Map<string, number[]>();
  readonly #start: { step: number; time: number };
  #lastShown = 0;

  /** On a terminal the line is rewritten twice a second; elsewhere (a log file) it is printed every 15 s. */
  constructor(output: ProgressOutput, options: { steps: number; batchSize: number; firstStep: number }) {
    this.#output = output;
    this.#steps = options.steps;
    this.#batchSize = options.batchSize;
    this.#everyMs = output.isTTY ? 500 : 15_000;
    this.#start = { step: options.firstStep, time: performance.now() };
  }

  /** @param losses of steps just finished, by task, in order */
  update(step: number, losses: readonly { task: string; loss: number }[], now = performance.now()): void {
    for (const { task, loss } of losses) {
      this.#losses.set(task, [...(this.#losses.get(task) ?? []), loss].slice(-WINDOW));
    }
    if (step < this.#steps && now - this.#lastShown < this.#everyMs) return;
    this.#lastShown = now;
    const line = this.line(step, now);
    this.#output.write(
      this.#output.isTTY ? `\r\x1b[K${line}${step >= this.#steps ? '\n' : ''}` : `${line}\n`,
    );
  }

  line(step: number, now = performance.now()): string {
    const seconds = (now - this.#start.time) / 1000;
    const perSecond = (step - this.#start.step) / seconds;
    const percent = Math.floor((100 * step) / this.#steps);
    const mean = (losses: number[]) => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    const losses = [...this.#losses].map(([task, last]) => `${task} ${mean(last).toFixed(4)}`).join(' ');
    const left = formatDuration((this.#steps - step) / perSecond);
    const speed = (perSecond * this.#batchSize).toFixed(1);
    return `step ${step}/${this.#steps} (${percent}%)  loss ${losses}  ${speed} samples/s  ${left} left`;
  }

  /** A line of its own, without tearing the progress line. */
  note(text: string): void {
    this.#output.write(this.#output.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`);
  }
}
