/** `evaluate images …`: IS, FID and R-precision of what a model paints, or of pictures in a folder. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import type { Config } from '../../config.ts';
import { indexPictures, openTexts } from '../../datasets/directory/index.ts';
import { DEFAULT_WORLD, IMAGE_SIZE, loadWorld, WORLD_NAMES } from '../../datasets/scenes/index.ts';
import { openEngine } from '../../engines/choose.ts';
import type { Engine } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import type { FeatureStatistics } from '../../evaluation/frechet-distance.ts';
import { createInception, type WholePicture } from '../../evaluation/inception.ts';
import { testCaptions } from '../../evaluation/paint-evaluation.ts';
import {
  evaluatePictures,
  type FeatureNetwork,
  featuresOf,
  type PictureSet,
} from '../../evaluation/picture-evaluation.ts';
import { type PictureProvenance, pictureReport, pictureResults } from '../../evaluation/picture-report.ts';
import type { Resizing } from '../../evaluation/resizings.ts';
import { encodeImage } from '../../inference/encode-image.ts';
import { createEncodingPipeline } from '../../inference/pipelines/encode-picture.ts';
import { makeFolder } from '../../make-folder.ts';
import { INCEPTION_CLASSES, INCEPTION_FEATURES } from '../../models/inception/inception.ts';
import { squareEncoder } from '../../models/square-encoder.ts';
import { decodeWholePicture, resizePixels } from '../../pictures/decode-picture.ts';
import { createRandom } from '../../random.ts';
import { SCENES } from '../../runs/datasets.ts';
import { createZoo, type ZooEntry } from '../../zoo/discovery.ts';
import { readGridEncoder } from '../../zoo/grid-encoder.ts';
import { ImportError } from '../../zoo/import/error.ts';
import { INCEPTION_SOURCE } from '../../zoo/import/inception.ts';
import { readStatistics, statisticsFile } from '../../zoo/import/npz.ts';
import { readWeights } from '../../zoo/weights.ts';
import type { GivenTo } from '../define-command.ts';
import { type Find, findIn, OF_CODES, OF_FEATURES, rootsOf } from '../find-checkpoint.ts';
import { openPainter } from '../open-painter.ts';
import { provenanceOf } from '../provenance.ts';
import { readFlagFile, readFlagLines, saidOf } from '../said-of.ts';
import { showProgress } from '../show-progress.ts';
import type { evaluateImages as description } from './commands.ts';
import { openDataset } from './dataset.ts';
import { type NamedSampler, readSampler } from './painting-model.ts';
import { independent, openJudge } from './picture-judge.ts';

const PICTURE_FILES = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif', '.bmp'];

export async function imagesEvaluation({
  flags: values,
  line,
  config,
}: GivenTo<typeof description>): Promise<void> {
  if (values.model !== undefined && values.pictures !== undefined)
    throw new UsageError('Give --model, which paints, or --pictures, which are there; not both.');
  const settings = config();
  const { count, splits, negatives, seed, resize: resizing } = values;
  const { 'reference-count': referenceCount, hard: perCategory } = values;
  const started = performance.now();

  const roots = rootsOf(settings);
  const find = await findIn(settings);
  const model =
    values.pictures === undefined
      ? find('--model', values.model ?? 'x-lxmert-scenes', ...OF_CODES, ...OF_FEATURES)
      : undefined;
  const sampler = readSampler('--sampler', values.sampler ?? model?.sampler ?? 'mask-predict-4');
  const notes: string[] = [];
  const captionsOf = values.captions ?? model?.manifest.data.name;
  const captioned =
    captionsOf === undefined ? undefined : await readCaptions(captionsOf, count, seed, settings);
  const judgeName = values.judge ?? (await judgeOf(roots, captioned?.world, captioned?.source));
  const judgeEntry =
    judgeName === undefined || captioned === undefined
      ? undefined
      : find('--judge', judgeName, 'recogniser', ...OF_CODES, 'lxmert', 'uniter');
  if (captioned && !judgeEntry)
    notes.push(
      'R-precision is left out: name a judge with --judge, a model that judges matching and is another one.',
    );
  if (!captioned) notes.push('R-precision is left out: it needs --captions of the pictures.');

  const engine = await openEngine(settings.engine, settings.threads);
  const network = await openNetwork(engine, find, roots, values.inception, values.encoder, resizing);
  notes.push(...network.notes);
  const set = model
    ? await paintedSet(engine, model, captioned!.texts, sampler, seed)
    : await folderSet(values.pictures!, count);
  const judge = judgeEntry && (await openJudge(engine, judgeEntry, captioned?.world));
  let results: string;
  let report: string;
  try {
    const texts = captioned && captionsOfSet(captioned, set);
    const named = values.reference ?? captioned?.source;
    const reference =
      named === undefined
        ? undefined
        : await readReference(
            named,
            referenceCount,
            network,
            settings,
            values['save-reference'],
            await sceneSide(set),
          );
    if (!reference) notes.push('The distance is left out: name real pictures with --reference.');
    const evaluation = await evaluatePictures({
      pictures: set,
      ...{ network, splits },
      ...(reference && { reference: reference.statistics }),
      ...(judge &&
        texts && {
          ranking: {
            captions: texts,
            match: async (i: number, some: readonly string[]) => judge.match(await set.picture(i), some),
            ...{ negatives: Math.min(negatives, new Set(texts).size - 1), perCategory, seed },
          },
        }),
      onProgress: showProgress,
    });
    if (evaluation.inceptionScore === null && network.classes > 0)
      notes.push(`IS is left out: ${splits} splits want as many pictures.`);
    if (set.size < network.width)
      notes.push(
        `The distance of ${set.size} pictures is far above that of many (features have ${network.width} numbers): ` +
          'compare it with no other count.',
      );
    if (values.keep !== undefined) await keep(values.keep, set);
    const entries = {
      ...(model && { model }),
      ...(network.entry && { [network.classes > 0 ? 'inception' : 'encoder']: network.entry }),
      ...(judgeEntry && { judge: judgeEntry }),
    };
    const provenance: PictureProvenance = {
      ...(await provenanceOf(line, engine, started, entries)),
      pictures: model ? `${model.id}, ${sampler.name}` : values.pictures!,
      captions: captionsOf ?? null,
      reference: reference?.name ?? null,
      network: { name: network.name, resizing: network.classes > 0 ? resizing : null },
      judge:
        judge && judgeEntry ? { name: judgeEntry.id, independent: independent(judgeEntry, model) } : null,
      ...{ splits, negatives: texts ? Math.min(negatives, new Set(texts).size - 1) : 0, seed, notes },
    };
    results = JSON.stringify(pictureResults(evaluation, provenance), null, 2);
    report = pictureReport(evaluation, provenance);
  } finally {
    await judge?.release();
    await set.release();
    await network.release();
  }
  const output = values.output ?? join(settings.dataDir, 'evaluations', model?.id ?? 'pictures');
  makeFolder(output, '--output');
  await writeAtomically(join(output, 'images.json'), `${results}\n`);
  process.stdout.write(`${report}- written to ${output}: images.json\n`);
}

/**
 * Who was trained apart from every model that paints: of scenes the recogniser, which knows what their captions claim; of
 * a data set the matcher of its name (`matcher/<variant>` in the zoo).
 */
export async function judgeOf(
  roots: readonly string[],
  world: string | undefined,
  dataset: string | undefined,
): Promise<string | undefined> {
  const { entries } = await createZoo(roots).scan();
  if (world !== undefined) {
    const all = entries.filter(({ manifest }) => manifest.architecture === 'recogniser');
    return (all.find(({ manifest }) => manifest.data.name === world) ?? all[0])?.id;
  }
  return entries.find(({ id, manifest }) => id.startsWith('matcher-') && manifest.data.name === dataset)?.id;
}

export interface Captioned {
  texts: readonly string[];
  /** Names of the pictures, where the captions are by name. */
  byName?: ReadonlyMap<string, string>;
  /** The world of scenes that they are of. */
  world?: string;
  /** Real pictures of the same kind, where there are some. */
  source?: string;
}

/** @throws UsageError */
export async function readCaptions(
  name: string,
  count: number,
  seed: number,
  settings: Config,
): Promise<Captioned> {
  if (/\.(txt|json)$/i.test(name)) return captionFile(name, count);
  const world = name === SCENES ? DEFAULT_WORLD : name;
  if (WORLD_NAMES.includes(world)) {
    const texts = testCaptions(await loadWorld(world), count, seed).map(({ text }) => text);
    return { texts, world, source: world };
  }
  const directory = await openDataset(name, settings.dataDir);
  if (!directory) throw new UsageError(`--captions: there is no data set "${name}".`);
  const opened = await openTexts(directory, 'validation', Number.POSITIVE_INFINITY);
  try {
    const random = createRandom(`captions/${seed}`);
    const byName = new Map(
      opened.captioned
        .slice(0, count)
        .map((place) => [opened.pictures[place]!, random.pick(opened.texts(place).captions)]),
    );
    return { texts: [...byName.values()], byName, source: name };
  } finally {
    opened.close();
  }
}

async function captionFile(path: string, count: number): Promise<Captioned> {
  const lines = (texts: readonly string[]): Captioned => {
    if (texts.length === 0) throw new UsageError(`--captions ${path} holds no captions.`);
    return { texts: texts.slice(0, count) };
  };
  if (!/\.json$/i.test(path)) return lines(await readFlagLines('--captions', path));
  const content = await readFlagFile('--captions', path);
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new UsageError(`--captions ${path} is not JSON.`, { cause });
  }
  const isText = (one: unknown): one is string => typeof one === 'string' && one.trim() !== '';
  if (Array.isArray(value) && value.every(isText)) return lines(value);
  if (typeof value === 'object' && value !== null && Object.values(value).every(isText)) {
    const byName = new Map(Object.entries(value as Record<string, string>));
    return { ...lines([...byName.values()]), byName };
  }
  throw new UsageError(
    `--captions ${path} is no list of texts, and no object of texts by the names of pictures.`,
  );
}

export type OpenSet = PictureSet & { names: readonly string[] | undefined; release(): Promise<void> };

/** One caption of each picture. @throws UsageError that says which have none */
function captionsOfSet({ texts, byName }: Captioned, set: OpenSet): readonly string[] {
  if (!set.names) return texts;
  if (!byName) {
    if (texts.length >= set.size) return texts.slice(0, set.size);
    throw new UsageError(`--captions: ${texts.length} captions for ${set.size} pictures.`);
  }
  const found = set.names.map((name) => byName.get(name) ?? byName.get(withoutExtension(name)));
  const lacking = set.names.filter((_, i) => found[i] === undefined);
  if (lacking.length === 0) return found as string[];
  throw new UsageError(
    `--captions: no caption of ${lacking.slice(0, 3).join(', ')}${lacking.length > 3 ? `, … (${lacking.length})` : ''}.`,
  );
}

const withoutExtension = (name: string) => name.slice(0, name.length - extname(name).length);

/** What is painted is painted once, and kept in memory: a picture of 256 × 256 takes 200 kB. */
export async function paintedSet(
  engine: Engine,
  model: ZooEntry,
  texts: readonly string[],
  { sampler }: NamedSampler,
  seed: number,
): Promise<OpenSet> {
  const painter = await openPainter(engine, model);
  const painted = new Map<number, Promise<WholePicture>>();
  const paint = async (i: number): Promise<WholePicture> => {
    const how = { sampler, seed: seed + i, format: 'png', steps: false } as const;
    const { encoded } = await painter.paint({ prompt: texts[i]!, ...how });
    return decodeWholePicture(encoded);
  };
  return {
    size: texts.length,
    names: undefined,
    picture(i) {
      const known = painted.get(i) ?? paint(i);
      painted.set(i, known);
      return known;
    },
    release: () => painter.release(),
  };
}

/** @throws UsageError */
async function folderSet(folder: string, most: number): Promise<OpenSet> {
  const files = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${folder} cannot be read (${cause.code}).`, { cause });
  });
  const names = files
    .filter((name) => PICTURE_FILES.includes(extname(name).toLowerCase()) && !name.startsWith('.'))
    .sort()
    .slice(0, most);
  if (names.length < 2) throw new UsageError(`${folder} holds ${names.length} pictures, two are needed.`);
  return fileSet(folder, names);
}

export function fileSet(folder: string, names: readonly string[]): OpenSet {
  return {
    size: names.length,
    names,
    picture: async (i) =>
      decodeWholePicture(await readFile(join(folder, names[i]!))).catch(saidOf(join(folder, names[i]!))),
    release: async () => {},
  };
}

async function worldSet(name: string, first: number, size: number, side: number): Promise<OpenSet> {
  const world = await loadWorld(name, side);
  return {
    size,
    names: undefined,
    picture: async (i) => ({
      ...{ width: side, height: side },
      rgb: world.render(world.scene('test', first + i)),
    }),
    release: async () => {},
  };
}

const SCENE_SIDES = [1, 2, 4].map((times) => times * IMAGE_SIZE);

/** Scenes are drawn as large as the pictures that they are compared with, where they can be. */
async function sceneSide(set: OpenSet): Promise<number> {
  const { width, height } = await set.picture(0);
  return width === height && SCENE_SIDES.includes(width) ? width : IMAGE_SIZE;
}

/** Scenes of the reference are others than those of the captions. */
const REFERENCE_FIRST = 100_000;

async function readReference(
  name: string,
  count: number,
  network: OpenNetwork,
  settings: Config,
  save: string | undefined,
  side: number,
): Promise<{ name: string; statistics: FeatureStatistics }> {
  if (name.endsWith('.npz')) {
    const statistics = await readStatistics(name).catch((cause: unknown) => {
      if (!(cause instanceof ImportError)) throw cause;
      throw new UsageError(`--reference: ${cause.message}`, { cause });
    });
    if (statistics.mean.length !== network.width) {
      throw new UsageError(
        `--reference ${name} is of features of ${statistics.mean.length} numbers, ${network.name} makes ${network.width}.`,
      );
    }
    return { name, statistics };
  }
  const set = await referenceSet(name, count, settings, side);
  const { statistics } = await featuresOf(network, set, (done, total) =>
    showProgress('reference', done, total),
  );
  if (save !== undefined) await writeAtomically(save, Buffer.from(await statisticsFile(statistics)));
  return { name: `${set.size} pictures of ${name}`, statistics };
}

/** @param side of scenes, in pixels */
export async function referenceSet(
  name: string,
  count: number,
  settings: Config,
  side = IMAGE_SIZE,
): Promise<OpenSet> {
  const world = name === SCENES ? DEFAULT_WORLD : name;
  if (WORLD_NAMES.includes(world)) return worldSet(world, REFERENCE_FIRST, count, side);
  if (name.includes('/') || name === '.') return folderSet(name, count);
  const directory = await openDataset(name, settings.dataDir);
  if (!directory) throw new UsageError(`--reference: there is no data set "${name}".`);
  const { kind, files } = await indexPictures(directory.folder);
  if (kind !== 'images') throw new UsageError(`--reference: ${name} holds features and no pictures.`);
  const all = [...files.values()].sort();
  const step = Math.max(1, all.length / count);
  const some = Array.from({ length: Math.min(count, all.length) }, (_, i) => all[Math.floor(i * step)]!);
  return fileSet(directory.folder, some);
}

export type OpenNetwork = FeatureNetwork & {
  name: string;
  entry: ZooEntry | undefined;
  notes: string[];
  release(): Promise<void>;
};

/** Whose features tell, without Inception, how far pictures are from real ones: no model of the zoo was trained on it. */
export const DISTANCE_ENCODER = 'grid-encoder-centernet';

/** Inception where it was imported; else a picture encoder that is shipped, and what is wanted. */
export async function openNetwork(
  engine: Engine,
  find: Find,
  roots: readonly string[],
  inception: string | undefined,
  encoder: string | undefined,
  resizing: Resizing,
): Promise<OpenNetwork> {
  const { entries } = await createZoo(roots).scan();
  const there = entries.find(({ manifest }) => manifest.architecture === 'inception')?.id;
  const wanted =
    `want the weights ${INCEPTION_SOURCE.file} (90 MB), from ${INCEPTION_SOURCE.address}; ` +
    `then npm run import -- --from ${INCEPTION_SOURCE.file} --as inception/fid.`;
  if (inception !== undefined && there === undefined)
    throw new UsageError(`--inception ${inception}: none is imported. IS and FID ${wanted}`);
  const chosen = inception ?? (encoder === undefined ? there : undefined);
  if (chosen !== undefined) {
    const entry = find('--inception', chosen, 'inception');
    const weights = await readWeights(entry.folder, entry.manifest);
    const network = await createInception(engine, weights, resizing);
    const sizes = { width: INCEPTION_FEATURES, classes: INCEPTION_CLASSES };
    return { ...network, ...sizes, name: 'Inception v3', entry, notes: [] };
  }
  const entry = find('--encoder', encoder ?? DISTANCE_ENCODER, 'picture-encoder', 'grid-encoder');
  return encoderNetwork(engine, entry, [`IS and FID are left out: they ${wanted}`]);
}

/** The mean over the cells of a picture encoder's features. */
async function encoderNetwork(engine: Engine, entry: ZooEntry, notes: string[]): Promise<OpenNetwork> {
  const checkpoint = await readGridEncoder(entry.folder);
  if (checkpoint.architecture === 'detector')
    throw new UsageError(`--encoder ${entry.id} is a detector; give an encoder of squares.`);
  const { width } = squareEncoder(checkpoint.architecture, checkpoint.config);
  const pipeline = await createEncodingPipeline(engine, checkpoint);
  return {
    ...{ width, classes: 0, entry, notes, name: entry.id },
    async features(pictures) {
      const features = new Float32Array(pictures.length * width);
      for (const [i, picture] of pictures.entries()) {
        const seen = await pipeline.encode((await resizePixels(picture, pipeline.imageSize)).rgb);
        const cells = seen.features.length / width;
        for (const [at, value] of seen.features.entries())
          features[i * width + (at % width)]! += value / cells;
      }
      return { features, probabilities: new Float32Array(0) };
    },
    release: () => pipeline.release(),
  };
}

async function keep(folder: string, set: PictureSet): Promise<void> {
  makeFolder(folder, '--keep');
  for (let i = 0; i < set.size; i++) {
    const { rgb, width, height } = await set.picture(i);
    const name = `${String(i).padStart(6, '0')}.png`;
    await writeAtomically(join(folder, name), await encodeImage(rgb, width, height, 'png'));
  }
}
