/** k-means as a run: stopped, it goes on; killed, it goes on from the iteration that was saved last. */
import { createRandom } from '../../random.ts';
import { narrowToFloat16, widenFloat16 } from '../../safetensors.ts';
import { float32 } from '../../tensor.ts';
import { TrainingInterrupted } from '../run/errors.ts';
import type { TrainingContext } from '../run/training-kind.ts';
import { type Assign, type KMeansResult, kmeans, POINTS_AT_A_TIME, type PointSource } from './kmeans.ts';

/** Points, of which ten thousand clusters take minutes. */
const NOTE_EVERY = 32 * POINTS_AT_A_TIME;
/** Milliseconds that a run that is killed loses at most, beside an iteration. */
const SAVE_EVERY = 10_000;

/** @throws TrainingInterrupted when the signal says so; what was done is saved */
export async function runKMeans(
  { run, seed, signal, output }: TrainingContext,
  points: PointSource,
  assign: Assign,
  { width, clusters, iterations }: { width: number; clusters: number; iterations: number },
): Promise<KMeansResult> {
  const note = (text: string) => output.write(`${text}\n`);
  const { count } = points;
  const saved = await run.lastSaved();
  let moved = saved && { step: saved.step, centroids: saved.state.centroids!.data as Float32Array };
  let lines: { step: number; objective: number }[] = [];
  let savedAt = Date.now();
  async function save(): Promise<void> {
    await run.log(lines);
    lines = [];
    if (moved === undefined) return;
    await run.saveResumePoint(moved.step, { centroids: float32(moved.centroids, [clusters, width]) });
    savedAt = Date.now();
  }
  let assigned = 0;
  function tellAssigned(some: number): void {
    assigned += some;
    run.phase('codes', assigned, count);
    if (assigned % NOTE_EVERY === 0 && assigned < count) note(`${assigned}/${count} points assigned`);
  }
  try {
    const result = await kmeans(points, {
      dimensions: width,
      clusters,
      iterations,
      random: createRandom(`${seed}/k-means`),
      ...(moved && { initialCentroids: moved.centroids, done: moved.step }),
      async assign(some, centroids, ...rest) {
        // A turn of the event loop, so that a signal is seen.
        await new Promise((resolve) => setImmediate(resolve));
        if (signal.aborted) throw new TrainingInterrupted(0);
        const found = await assign(some, centroids, ...rest);
        // Of fewer: the first centroids are being chosen.
        if (centroids.length === clusters * width) tellAssigned(found.ids.length);
        return found;
      },
      // The file holds halves; what is measured here must be what others will read there.
      keep: (centroids) => widenFloat16(narrowToFloat16(centroids)),
      onIteration(iteration, objective) {
        assigned = 0;
        const step = iteration + 1;
        lines.push({ step, objective: objective / count });
        note(`iteration ${step}/${iterations}  objective per point ${(objective / count).toFixed(4)}`);
      },
      async onMoved(step, centroids) {
        moved = { step, centroids };
        if (Date.now() - savedAt > SAVE_EVERY) await save();
      },
    });
    await run.log(lines);
    return result;
  } catch (error) {
    if (!(error instanceof TrainingInterrupted)) throw error;
    await save();
    throw new TrainingInterrupted(moved?.step ?? 0);
  }
}
