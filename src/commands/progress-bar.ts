/** A bar for things that are counted: `[#####·····] 12/24  3.1 pictures/s  4 s left`. */
export interface BarOutput {
  write(text: string): unknown;
  isTTY?: boolean;
}

const WIDTH = 30;
/** Where there is no terminal to rewrite a line on, a line now and then. */
const QUIET_MS = 10_000;

export class ProgressBar {
  readonly #output: BarOutput;
  readonly #total: number;
  readonly #unit: string;
  readonly #start = performance.now();
  #done = 0;
  #shownAt = performance.now();

  /** A bar for a single thing says nothing that its end does not. */
  constructor(output: BarOutput, total: number, unit: string) {
    this.#output = output;
    this.#total = total;
    this.#unit = unit;
    if (output.isTTY && total > 1) this.#output.write(this.line());
  }

  advance(now = performance.now()): void {
    this.#done++;
    if (this.#total === 1) return;
    if (this.#output.isTTY) this.#output.write(`\r\x1b[K${this.line(now)}`);
    else if (now - this.#shownAt >= QUIET_MS || this.#done === this.#total) {
      this.#shownAt = now;
      this.#output.write(`${this.line(now)}\n`);
    }
  }

  line(now = performance.now()): string {
    const filled = Math.round((WIDTH * this.#done) / this.#total);
    const bar = `[${'#'.repeat(filled)}${'·'.repeat(WIDTH - filled)}] ${this.#done}/${this.#total}`;
    if (this.#done === 0) return bar;
    const seconds = (now - this.#start) / 1000;
    const left = Math.ceil((seconds / this.#done) * (this.#total - this.#done));
    return `${bar}  ${(this.#done / seconds).toFixed(1)} ${this.#unit}s/s  ${left} s left`;
  }

  /** A line of its own, without tearing the bar. */
  note(text: string): void {
    this.#output.write(
      this.#output.isTTY ? `\r\x1b[K${text}\n${this.#total > 1 ? this.line() : ''}` : `${text}\n`,
    );
  }

  end(): void {
    if (this.#output.isTTY && this.#total > 1) this.#output.write('\n');
  }
}
