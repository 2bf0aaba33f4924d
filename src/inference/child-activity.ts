/** What the children report of themselves: runs, memory, and whether anything moves. */
import type { ToParent } from './protocol.ts';

type Runs = Record<number, number>;

export class ChildActivity {
  /** Model runs by batch size: of the children that are gone, and of the one there is. */
  #earlier: Runs = {};
  #runs: Runs = {};
  #residentBytes: number | undefined;
  /** When a run was last heard of, or work was given to an idle child. */
  #movedAt = 0;

  onAlive({ runs, residentBytes }: ToParent & { type: 'alive' }): void {
    if (total(runs) > total(this.#runs)) this.#movedAt = Date.now();
    this.#runs = runs;
    this.#residentBytes = residentBytes;
  }

  onGone(): void {
    this.#earlier = this.runs();
    this.#runs = {};
    this.#residentBytes = undefined;
  }

  startsClock(): void {
    this.#movedAt = Date.now();
  }

  /** Milliseconds since anything moved. */
  stillness(): number {
    return Date.now() - this.#movedAt;
  }

  runs(): Runs {
    const sum = { ...this.#earlier };
    for (const [size, runs] of Object.entries(this.#runs))
      sum[Number(size)] = (sum[Number(size)] ?? 0) + runs;
    return sum;
  }

  residentBytes(): number | undefined {
    return this.#residentBytes;
  }
}

const total = (runs: Runs) => Object.values(runs).reduce((sum, n) => sum + n, 0);
