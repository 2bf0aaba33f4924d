/**
 * Which batch sizes give every row the bits that it has alone.
 *
 * "The same request with the same seed gives the same bytes, whatever else is in the batch" needs passes whose rows
 * do not depend on the batch. With onnxruntime on a CPU they mostly do not: no bit differed in batches of 2 to 8 of
 * the demo's and the full-size transformer, with one thread and with two. But two things break it: elementwise
 * functions round differently in the tail of a vector (a vocabulary of 50 codes), and convolutions choose another
 * blocking for another batch (the full-size generator, 1e-5 apart from batch 2 on). So it is a property of shapes,
 * machine and engine, and is not assumed: it is measured when the first model of its shapes is loaded.
 */
import type { Engine } from '../engines/engine.ts';

/** Powers of two above 1, up to the largest batch wanted. */
export function batchCandidates(maxBatch: number): number[] {
  return [2, 4, 8, 16, 32].filter((size) => size <= maxBatch);
}

/**
 * @param candidates ascending, above 1
 * @param run gets kinds of rows, 0 or 1, and returns every row's outputs
 * @returns 1, and the candidates up to the first whose rows differ from the same rows alone
 */
export async function invariantBatchSizes(
  candidates: readonly number[],
  run: (kinds: number[]) => Promise<ArrayLike<number>[][]>,
): Promise<number[]> {
  const sizes = [1];
  if (candidates.length === 0) return sizes;
  const alone = [(await run([0]))[0]!, (await run([1]))[0]!];
  for (const size of candidates) {
    const kinds = Array.from({ length: size }, (_, i) => i % 2);
    const rows = await run(kinds);
    if (!kinds.every((kind, i) => same(rows[i]!, alone[kind]!))) break;
    sizes.push(size);
  }
  return sizes;
}

function same(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): boolean {
  return a.length === b.length && a.every((output, k) => equal(output, b[k]!));
}

function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

const measured = new WeakMap<Engine, Map<string, Promise<unknown>>>();

/**
 * Measures once in a process: a model that is promoted has, nearly always, the shapes of one that was loaded before,
 * and a third of its loading would be this.
 * @param shapes what decides the shapes of all passes: the part that it is, its config, the largest batch
 */
export function measuredOnce<T>(
  engine: Engine,
  shapes: readonly unknown[],
  measure: () => Promise<T>,
): Promise<T> {
  const ofEngine = measured.get(engine) ?? new Map<string, Promise<unknown>>();
  measured.set(engine, ofEngine);
  const key = JSON.stringify(shapes);
  const before = ofEngine.get(key) as Promise<T> | undefined;
  if (before !== undefined) return before;
  const result = measure();
  ofEngine.set(key, result);
  result.catch(() => ofEngine.delete(key));
  return result;
}
