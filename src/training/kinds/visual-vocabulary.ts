/**
 * The visual vocabulary: k-means over grid features (paper, section 4).
 *
 * Most cells of a scene are background; taken as they come they would eat the vocabulary, so object cells make
 * up a fixed share of the points. The gate before anything is trained on the codes: paste each code's mean patch,
 * look at the sheet, and see what share of the objects the codes alone still tell.
 */
import { join } from 'node:path';
import Type from 'typebox';
import { loadWorld, type World } from '../../datasets/scenes/index.ts';
import { createRandom } from '../../random.ts';
import { narrowToFloat16, widenFloat16 } from '../../safetensors.ts';
import { writeContactSheet } from '../contact-sheet.ts';
import { engineAssignment } from '../engine-assignment.ts';
import { TrainingError, TrainingInterrupted } from '../errors.ts';
import { type FeatureExtractor, featureExtractor } from '../feature-source.ts';
import { defineKind, type TrainingContext } from '../kind.ts';
import { kmeans } from '../kmeans.ts';
import { CELLS } from '../scene-images.ts';
import {
  CodeStatistics,
  emptyScore,
  pastePatches,
  scoreCodes,
  scoreMetrics,
  type VisualVocabulary,
  VOCABULARY_FILE,
  vocabularyTensors,
} from '../visual-vocabulary.ts';

export const visualVocabulary = defineKind({
  name: 'visual-vocabulary',
  description: 'k-means over the grid encoder’s features',
  requires: ['grid_encoder'],
  optional: [],
  hyperparameters: Type.Object({
    clusters: Type.Integer({ minimum: 2, maximum: 32_000, default: 1024 }),
    iterations: Type.Integer({ minimum: 1, maximum: 1000, default: 20 }),
    scenes: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 8192,
      description: 'Training scenes sampled',
    }),
    object_share: Type.Number({
      minimum: 0.05,
      maximum: 0.95,
      default: 0.75,
      description: 'Share of the points that are cells of objects',
    }),
    gate_scenes: Type.Integer({ minimum: 1, maximum: 10_000, default: 300 }),
  }),
  check(_, { scenes, clusters }) {
    if (scenes * CELLS >= clusters) return;
    throw new TrainingError(
      'invalid_hyperparameter',
      `scenes: ${scenes} scenes have ${scenes * CELLS} cells, too few for ${clusters} clusters`,
      { subject: 'scenes' },
    );
  },
  async train(context, h) {
    const { run, seed, signal } = context;
    const world = await loadWorld(context.dataset);
    const note = (text: string) => context.output.write(`${text}\n`);
    const extractor = await featureExtractor(context.engine, context.components.grid_encoder!, world);
    const search = await engineAssignment(context.engine, extractor.width, h.clusters);
    try {
      const sample = await samplePoints(context, world, extractor, h.scenes, h.object_share, note);
      const count = sample.cells.length;
      if (count < h.clusters) {
        throw new TrainingError(
          'invalid_hyperparameter',
          `scenes: ${h.scenes} scenes give ${count} points, too few for ${h.clusters} clusters`,
        );
      }
      note(`${count} points of ${extractor.width} dimensions, ${h.clusters} clusters`);
      let step = 0;
      const lines: { step: number; objective: number }[] = [];
      const result = await kmeans(sample.points, {
        dimensions: extractor.width,
        clusters: h.clusters,
        iterations: h.iterations,
        random: createRandom(`${seed}/k-means`),
        assign: async (...args) => {
          // A turn of the event loop, so that a signal is seen between iterations.
          await new Promise((resolve) => setImmediate(resolve));
          if (signal.aborted) throw new TrainingInterrupted(step);
          return search.assign(...args);
        },
        onIteration: (iteration, objective) => {
          step = iteration + 1;
          lines.push({ step, objective: objective / count });
          note(`iteration ${step}/${h.iterations}  objective per point ${(objective / count).toFixed(4)}`);
        },
      });
      await run.log(lines);
      // The file holds halves; what is measured here must be what others will read there.
      const centroids = widenFloat16(narrowToFloat16(result.centroids));
      const { ids } = await search.assign(sample.points, centroids, extractor.width);
      const statistics = new CodeStatistics(h.clusters);
      for (let scene = 0, n = 0; scene < h.scenes; scene++) {
        const graph = world.scene('train', scene);
        const image = world.render(graph);
        const { object, colour, part } = world.cellLabels(graph);
        for (; n < count && sample.scenes[n] === scene; n++) {
          const cell = sample.cells[n]!;
          statistics.add(ids[n]!, image, cell, [object[cell]!, colour[cell]!, part[cell]!]);
        }
      }
      const vocabulary: VisualVocabulary = {
        clusters: h.clusters,
        dimensions: extractor.width,
        centroids,
        ...statistics.finish(),
      };
      const metrics = {
        objective_per_point: result.objective / count,
        label_purity: statistics.purity,
        unused_codes: statistics.unused,
        ...(await gate(context, world, extractor, search.assign, vocabulary, h.gate_scenes)),
      };
      await run.log([{ step, split: 'validation', ...metrics }]);
      return {
        architecture: 'visual-vocabulary',
        tasks: [],
        config: { clusters: h.clusters, feature_width: extractor.width, grid: 8, patch: 16 },
        tensors: { [VOCABULARY_FILE]: vocabularyTensors(vocabulary) },
        texts: {},
        components: ['grid_encoder'],
        metrics,
      };
    } finally {
      await extractor.release();
      await search.release();
    }
  },
});

interface Sample {
  /** [N × F] */
  points: Float32Array;
  /** Index of each point's training scene, ascending, and its cell. */
  scenes: number[];
  cells: number[];
}

const CHUNK = 128;

/** All object cells of the scenes, and as many random other cells of each as keep the share. */
async function samplePoints(
  context: TrainingContext,
  world: World,
  extractor: FeatureExtractor,
  scenes: number,
  objectShare: number,
  note: (text: string) => void,
): Promise<Sample> {
  const width = extractor.width;
  const random = createRandom(`${context.seed}/points`);
  const sample: Sample = { points: new Float32Array(0), scenes: [], cells: [] };
  const chunks: Float32Array[] = [];
  for (let first = 0; first < scenes; first += CHUNK) {
    if (context.signal.aborted) throw new TrainingInterrupted(0);
    const graphs = Array.from({ length: Math.min(CHUNK, scenes - first) }, (_, i) =>
      world.scene('train', first + i),
    );
    const features = await extractor.features(graphs);
    for (const [i, graph] of graphs.entries()) {
      const { object } = world.cellLabels(graph);
      const filled: number[] = [];
      const empty: number[] = [];
      for (let cell = 0; cell < CELLS; cell++) (object[cell] === 0 ? empty : filled).push(cell);
      const wanted = Math.round((filled.length * (1 - objectShare)) / objectShare);
      const chosen = [...filled, ...random.shuffle(empty).slice(0, wanted)];
      const rows = new Float32Array(chosen.length * width);
      for (const [row, cell] of chosen.entries()) {
        const from = (i * CELLS + cell) * width;
        rows.set(features.subarray(from, from + width), row * width);
        sample.scenes.push(first + i);
        sample.cells.push(cell);
      }
      chunks.push(rows);
    }
    if ((first + CHUNK) % 2048 === 0) note(`features of ${first + CHUNK}/${scenes} scenes`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  sample.points = new Float32Array(sample.cells.length * width);
  let at = 0;
  for (const rows of chunks) {
    sample.points.set(rows, at);
    at += rows.length;
  }
  return sample;
}

const SHEET_ROWS = 16;

/** Validation scenes through the codes and back: a sheet to look at, and what the codes alone tell. */
async function gate(
  context: TrainingContext,
  world: World,
  extractor: FeatureExtractor,
  assign: Awaited<ReturnType<typeof engineAssignment>>['assign'],
  vocabulary: VisualVocabulary,
  scenes: number,
): Promise<Record<string, number>> {
  const graphs = Array.from({ length: scenes }, (_, i) => world.scene('validation', i));
  const { ids } = await assign(await extractor.features(graphs), vocabulary.centroids, extractor.width);
  const score = emptyScore();
  const rows = [];
  for (const [i, graph] of graphs.entries()) {
    const codes = ids.subarray(i * CELLS, (i + 1) * CELLS);
    scoreCodes(vocabulary, world, graph, codes, score);
    if (i >= SHEET_ROWS) continue;
    const caption = world.captions(graph, createRandom(`${context.seed}/gate/${i}`), 1)[0]!.text;
    rows.push({ caption, images: [world.render(graph), pastePatches(vocabulary, codes)] });
  }
  const path = join(context.run.samples, 'gate.png');
  await writeContactSheet(path, ['real', 'mean patches'], rows, 128, 4);
  return scoreMetrics(score);
}
