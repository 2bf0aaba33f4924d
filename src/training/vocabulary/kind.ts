/**
 * The visual vocabulary: k-means over grid features (paper, section 4).
 *
 * Most cells of a scene are background; taken as they come they would eat the vocabulary, so object cells make
 * up a fixed share of the points. The gate before anything is trained on the codes: paste each code's mean patch,
 * look at the sheet, and see what share of the objects the codes alone still tell.
 */
import { join } from 'node:path';
import {
  type DirectoryDataset,
  type DirectorySplit,
  indexPictures,
  openTexts,
} from '../../datasets/directory/index.ts';
import { IMAGE_SIZE, loadWorld, type World } from '../../datasets/scenes/index.ts';
import { CELLS, GRID } from '../../grid.ts';
import { createRandom } from '../../random.ts';
import {
  directorySource,
  type FeatureExtractor,
  type FeatureSource,
  featureExtractor,
} from '../features/feature-source.ts';
import { readImage } from '../features/image-encoder.ts';
import { PIXELS } from '../features/scene-images.ts';
import { writeContactSheet } from '../run/contact-sheet.ts';
import { TrainingError, TrainingInterrupted } from '../run/errors.ts';
import { defineKind, type TrainingContext } from '../run/training-kind.ts';
import { engineAssignment } from './engine-assignment.ts';
import { type PointSource, pointsInMemory } from './kmeans.ts';
import { runKMeans } from './kmeans-run.ts';
import { visualVocabularyOutline } from './outline.ts';
import {
  CodeStatistics,
  emptyScore,
  pastePatches,
  scoreCodes,
  scoreMetrics,
  type VisualVocabulary,
  VOCABULARY_FILE,
  vocabularyTensors,
} from './visual-vocabulary.ts';

export const visualVocabulary = defineKind({
  ...visualVocabularyOutline,
  task: 'pretrain',
  // Section C.2; 20 iterations as in the authors' file names.
  presets: { paper: { clusters: 10_000, iterations: 20 } },
  requires: ['grid_encoder'],
  optional: [],
  check(_, { scenes, clusters }) {
    if (scenes * CELLS >= clusters) return;
    throw new TrainingError(
      'invalid_hyperparameter',
      `scenes: ${scenes} scenes have ${scenes * CELLS} cells, too few for ${clusters} clusters: give fewer clusters or more of them.`,
      { subject: 'scenes' },
    );
  },
  async train(context, h) {
    const { run } = context;
    const note = (text: string) => context.output.write(`${text}\n`);
    const data = context.directory
      ? await openDirectory(context, context.directory, h.scenes, h.gate_scenes)
      : await openScenes(context, h.scenes, h.object_share, note);
    const { width } = data;
    const search = await engineAssignment(context.engine, width);
    try {
      const sample = await data.sample();
      const { count } = sample.points;
      if (count < h.clusters) {
        throw new TrainingError(
          'invalid_hyperparameter',
          `scenes: ${h.scenes} scenes give ${count} points, too few for ${h.clusters} clusters: give fewer clusters or more of them.`,
          { subject: 'scenes' },
        );
      }
      note(`${count} points of ${width} dimensions, ${h.clusters} clusters`);
      const result = await runKMeans(context, sample.points, search.assign, { ...h, width });
      const { centroids } = result;
      const { ids } = result.assignment;
      const statistics = new CodeStatistics(h.clusters);
      for (let scene = 0, n = 0; scene < h.scenes && n < count; scene++) {
        if (sample.sceneOf(n) !== scene) continue;
        const { image, labels } = await data.shown(scene);
        for (; n < count && sample.sceneOf(n) === scene; n++) {
          const cell = sample.cellOf(n);
          statistics.add(ids[n]!, image, cell, labels ? labels(cell) : NOTHING_KNOWN);
        }
      }
      const vocabulary: VisualVocabulary = {
        clusters: h.clusters,
        dimensions: width,
        centroids,
        ...statistics.finish(),
      };
      const metrics = {
        objective_per_point: result.objective / count,
        ...(data.labelled && { label_purity: statistics.purity }),
        unused_codes: statistics.unused,
        ...(await data.gate(search.assign, vocabulary, h.gate_scenes)),
      };
      await run.log([{ step: h.iterations, split: 'validation', ...metrics }]);
      return {
        architecture: 'visual-vocabulary',
        tasks: [],
        config: { clusters: h.clusters, feature_width: width, grid: GRID, patch: 16 },
        tensors: { [VOCABULARY_FILE]: vocabularyTensors(vocabulary) },
        texts: {},
        components: ['grid_encoder'],
        metrics,
      };
    } finally {
      await data.release();
      await search.release();
    }
  },
});

type Assign = Awaited<ReturnType<typeof engineAssignment>>['assign'];
type CellLabel = [object: number, colour: number, part: number];
const NOTHING_KNOWN: CellLabel = [0, 0, 0];

/** What the vocabulary is made of, and judged by. */
interface VocabularyData {
  /** F */
  width: number;
  /** Whether it is known what the cells show. */
  labelled: boolean;
  sample(): Promise<Sample>;
  /** A training picture, [128 × 128 × 3], and what its cells show. */
  shown(index: number): Promise<{ image: Uint8Array; labels?: (cell: number) => CellLabel }>;
  gate(assign: Assign, vocabulary: VisualVocabulary, pictures: number): Promise<Record<string, number>>;
  release(): Promise<void>;
}

async function openScenes(
  context: TrainingContext,
  scenes: number,
  objectShare: number,
  note: (text: string) => void,
): Promise<VocabularyData> {
  const world = await loadWorld(context.dataset);
  const extractor = await featureExtractor(context.engine, context.components.grid_encoder!, world);
  return {
    width: extractor.width,
    labelled: true,
    sample: () => samplePoints(context, world, extractor, scenes, objectShare, note),
    async shown(index) {
      const graph = world.scene('train', index);
      const { object, colour, part } = world.cellLabels(graph);
      return {
        image: world.render(graph),
        labels: (cell) => [object[cell]!, colour[cell]!, part[cell]!],
      };
    },
    gate: (assign, vocabulary, pictures) => gate(context, world, extractor, assign, vocabulary, pictures),
    release: extractor.release,
  };
}

/** Points of a directory that are held in memory; more are read from disk again in each iteration. */
const MOST_BYTES = 1 << 30;

/** Every cell of every picture. A directory of features has no pictures to show: its patches are black. */
async function openDirectory(
  context: TrainingContext,
  directory: DirectoryDataset,
  scenes: number,
  gateScenes: number,
): Promise<VocabularyData> {
  const { seed, signal, run } = context;
  const open = async (split: DirectorySplit, limit: number) => {
    const texts = await openTexts(directory, split, limit);
    texts.close();
    const order = { order: 'texts', split, ids: texts.pictures };
    const source = await directorySource(context, directory, order);
    return { source, ids: texts.pictures };
  };
  const train = await open('train', scenes);
  const held = await open('validation', gateScenes);
  const { width, count } = train.source;
  let reading: Awaited<ReturnType<FeatureSource['open']>> | undefined;
  const index = await indexPictures(directory.folder);
  const image = async (id: string): Promise<Uint8Array> =>
    directory.pictures === 'images'
      ? readImage(directory.name, directory.folder, index.files.get(id)!, IMAGE_SIZE)
      : new Uint8Array(PIXELS);
  return {
    width,
    labelled: false,
    async sample() {
      reading = await train.source.open();
      const { features } = reading;
      const cellsOf = async (first: number, some: number) => {
        if (signal.aborted) throw new TrainingInterrupted(0);
        await new Promise((resolve) => setImmediate(resolve));
        return features(first, some);
      };
      if (count * CELLS * width * 4 > MOST_BYTES) return onDisk(train.source, cellsOf);
      const random = createRandom(`${seed}/points`);
      const points = new Float32Array(count * CELLS * width);
      const found: { scenes: number[]; cells: number[] } = { scenes: [], cells: [] };
      for (let first = 0; first < count; first += CHUNK) {
        const some = Math.min(CHUNK, count - first);
        const seen = await cellsOf(first, some);
        for (let i = 0; i < some; i++) {
          for (const cell of random.shuffle(Array.from({ length: CELLS }, (_, one) => one))) {
            const from = (i * CELLS + cell) * width;
            points.set(seen.subarray(from, from + width), found.cells.length * width);
            found.scenes.push(first + i);
            found.cells.push(cell);
          }
        }
      }
      return inMemory(points, width, found);
    },
    shown: async (i) => ({ image: await image(train.ids[i]!) }),
    async gate(assign, vocabulary) {
      const extractor = await held.source.open();
      try {
        let objective = 0;
        const rows = [];
        for (let first = 0; first < held.source.count; first += CHUNK) {
          const some = Math.min(CHUNK, held.source.count - first);
          const { ids, distances } = await assign(
            await extractor.features(first, some),
            vocabulary.centroids,
            width,
          );
          for (const distance of distances) objective += distance;
          for (let i = 0; i < some && rows.length < SHEET_ROWS; i++) {
            const id = held.ids[first + i]!;
            const codes = ids.subarray(i * CELLS, (i + 1) * CELLS);
            rows.push({ caption: id, images: [await image(id), pastePatches(vocabulary, codes)] });
          }
        }
        if (directory.pictures === 'images') {
          await writeContactSheet(
            join(run.samples, 'gate.png'),
            ['real', 'mean patches'],
            rows,
            IMAGE_SIZE,
            4,
          );
        }
        return { validation_objective_per_point: objective / (held.source.count * CELLS) };
      } finally {
        await extractor.release();
      }
    },
    release: async () => {
      await reading?.release();
    },
  };
}

interface Sample {
  /** Features of F dimensions. */
  points: PointSource;
  /** Index of a point's training scene, ascending, and its cell. */
  sceneOf(point: number): number;
  cellOf(point: number): number;
}

const CHUNK = 128;

const inMemory = (
  points: Float32Array,
  width: number,
  { scenes, cells }: { scenes: readonly number[]; cells: readonly number[] },
): Sample => ({
  points: pointsInMemory(points, width),
  sceneOf: (point) => scenes[point]!,
  cellOf: (point) => cells[point]!,
});

/** All cells of pictures that stay on disk, picture by picture. */
const onDisk = (
  { width, count }: Pick<FeatureSource, 'width' | 'count'>,
  features: (first: number, count: number) => Promise<Float32Array>,
): Sample => {
  /** The last one of which a few cells were read: k-means is seeded point by point. */
  let held: { picture: number; cells: Float32Array } | undefined;
  return {
    points: {
      count: count * CELLS,
      async read(first, some) {
        const picture = Math.floor(first / CELLS);
        const last = Math.floor((first + some - 1) / CELLS);
        if (picture === last && held?.picture !== picture)
          held = { picture, cells: await features(picture, 1) };
        const all = picture === last ? held!.cells : await features(picture, last - picture + 1);
        const from = (first - picture * CELLS) * width;
        return all.subarray(from, from + some * width);
      },
    },
    sceneOf: (point) => Math.floor(point / CELLS),
    cellOf: (point) => point % CELLS,
  };
};

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
  const found: { scenes: number[]; cells: number[] } = { scenes: [], cells: [] };
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
        found.scenes.push(first + i);
        found.cells.push(cell);
      }
      chunks.push(rows);
    }
    if ((first + CHUNK) % 2048 === 0) note(`features of ${first + CHUNK}/${scenes} scenes`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const points = new Float32Array(found.cells.length * width);
  let at = 0;
  for (const rows of chunks) {
    points.set(rows, at);
    at += rows.length;
  }
  return inMemory(points, width, found);
}

const SHEET_ROWS = 16;

/** Validation scenes through the codes and back: a sheet to look at, and what the codes alone tell. */
async function gate(
  context: TrainingContext,
  world: World,
  extractor: FeatureExtractor,
  assign: Assign,
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
