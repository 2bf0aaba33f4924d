/** What the children report of themselves: passes, pictures, memory, and whether anything moves. */
import type { EncodedCounts, ToParent } from './protocol.ts';

type Passes = Record<number, number>;

export class ChildActivity {
  /** Model passes by batch size: of the children that are gone, and of the one there is. */
  #earlier: Passes = {};
  #passes: Passes = {};
  /** Pictures, likewise. */
  #earlierPictures: EncodedCounts = { encoded: 0, cached: 0 };
  #pictures: EncodedCounts = { encoded: 0, cached: 0 };
  #residentBytes: number | undefined;
  /** When a pass was last heard of, or work was given to an idle child. */
  #movedAt = 0;

  onAlive({ passes, pictures, residentBytes }: ToParent & { type: 'alive' }): void {
    if (total(passes) > total(this.#passes) || pictures.encoded > this.#pictures.encoded)
      this.#movedAt = Date.now();
    this.#passes = passes;
    this.#pictures = pictures;
    this.#residentBytes = residentBytes;
  }

  onGone(): void {
    this.#earlier = this.passes();
    this.#earlierPictures = this.pictures();
    this.#passes = {};
    this.#pictures = { encoded: 0, cached: 0 };
    this.#residentBytes = undefined;
  }

  startsClock(): void {
    this.#movedAt = Date.now();
  }

  /** Milliseconds since anything moved. */
  stillness(): number {
    return Date.now() - this.#movedAt;
  }

  passes(): Passes {
    const sum = { ...this.#earlier };
    for (const [size, passes] of Object.entries(this.#passes))
      sum[Number(size)] = (sum[Number(size)] ?? 0) + passes;
    return sum;
  }

  pictures(): EncodedCounts {
    return {
      encoded: this.#earlierPictures.encoded + this.#pictures.encoded,
      cached: this.#earlierPictures.cached + this.#pictures.cached,
    };
  }

  residentBytes(): number | undefined {
    return this.#residentBytes;
  }
}

const total = (passes: Passes) => Object.values(passes).reduce((sum, n) => sum + n, 0);
