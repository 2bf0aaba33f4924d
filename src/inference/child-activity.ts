/** What the children report of themselves: runs, pictures, memory, and whether anything moves. */
import type { SeenCounts, ToParent } from './protocol.ts';

type Runs = Record<number, number>;

export class ChildActivity {
  /** Model runs by batch size: of the children that are gone, and of the one there is. */
  #earlier: Runs = {};
  #runs: Runs = {};
  /** Pictures, likewise. */
  #earlierSeen: SeenCounts = { encoded: 0, cached: 0 };
  #seen: SeenCounts = { encoded: 0, cached: 0 };
  #residentBytes: number | undefined;
  /** When a run was last heard of, or work was given to an idle child. */
  #movedAt = 0;

  onAlive({ runs, seen, residentBytes }: ToParent & { type: 'alive' }): void {
    if (total(runs) > total(this.#runs) || seen.encoded > this.#seen.encoded) this.#movedAt = Date.now();
    this.#runs = runs;
    this.#seen = seen;
    this.#residentBytes = residentBytes;
  }

  onGone(): void {
    this.#earlier = this.runs();
    this.#earlierSeen = this.seen();
    this.#runs = {};
    this.#seen = { encoded: 0, cached: 0 };
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

  seen(): SeenCounts {
    return {
      encoded: this.#earlierSeen.encoded + this.#seen.encoded,
      cached: this.#earlierSeen.cached + this.#seen.cached,
    };
  }

  residentBytes(): number | undefined {
    return this.#residentBytes;
  }
}

const total = (runs: Runs) => Object.values(runs).reduce((sum, n) => sum + n, 0);
