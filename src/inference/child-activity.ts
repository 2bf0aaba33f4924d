/** What the children report of themselves: passes, pictures, memory, and whether anything moves. */
import type { EncodedCounts, ToParent } from './protocol.ts';

type Passes = Record<number, number>;
type Stages = Record<string, number>;

export class ChildActivity {
  /** Model passes by batch size: of the children that are gone, and of the one there is. */
  #earlier: Passes = {};
  #passes: Passes = {};
  /** Milliseconds by stage, likewise. */
  #earlierStages: Stages = {};
  #stages: Stages = {};
  /** Pictures, likewise. */
  #earlierPictures: EncodedCounts = { encoded: 0, cached: 0 };
  #pictures: EncodedCounts = { encoded: 0, cached: 0 };
  #residentBytes: number | undefined;
  /** When a pass was last heard of, or work was given to an idle child. */
  #movedAt = 0;

  onAlive({ passes, stages, pictures, residentBytes }: ToParent & { type: 'alive' }): void {
    if (total(passes) > total(this.#passes) || pictures.encoded > this.#pictures.encoded)
      this.#movedAt = Date.now();
    this.#passes = passes;
    this.#stages = stages;
    this.#pictures = pictures;
    this.#residentBytes = residentBytes;
  }

  onGone(): void {
    this.#earlier = this.passes();
    this.#earlierStages = this.stages();
    this.#earlierPictures = this.pictures();
    this.#passes = {};
    this.#stages = {};
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
    return added(this.#earlier, this.#passes);
  }

  stages(): Stages {
    return added(this.#earlierStages, this.#stages);
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

function added<Key extends string | number>(
  a: Readonly<Record<Key, number>>,
  b: Readonly<Record<Key, number>>,
): Record<Key, number> {
  const sum: Record<Key, number> = { ...a };
  for (const [key, value] of Object.entries<number>(b)) sum[key as Key] = (sum[key as Key] ?? 0) + value;
  return sum;
}

const total = (passes: Passes) => Object.values(passes).reduce((sum, n) => sum + n, 0);
