/**
 * From foreign files to a checkpoint of the zoo. Names and shapes are checked before a number is read; numbers go
 * from file to file one weight at a time. Everything is written under a temporary name and renamed at the end.
 */

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type AnswerFault,
  checkAnswers,
  formatAnswers,
  parseAnswers,
  readAnswerList,
} from '../../answers.ts';
import { isLitter } from '../../litter.ts';
import { makeFolder } from '../../make-folder.ts';
import { type LazyTensor, writeLazySafetensors } from '../../safetensors.ts';
import type { HostTensor } from '../../tensor.ts';
import { readTextFile, TextError } from '../../text.ts';
import { missingTokens, parseVocabulary } from '../../tokenizer.ts';
import { createZoo } from '../discovery.ts';
import {
  ANSWERS_FILE,
  type Architecture,
  CONFIG_FILE,
  type Manifest,
  type Task,
  VOCABULARY_FILE,
  writeManifest,
} from '../manifest.ts';
import { importedCard } from './card.ts';
import { isDetector, planDetector } from './detector.ts';
import { ImportError } from './error.ts';
import { isGenerator, isOwnGenerator, planGenerator, planOwnGenerator } from './generator.ts';
import { isInception, planInception } from './inception.ts';
import { isLxmert, planLxmert } from './lxmert.ts';
import { readNpy } from './npy.ts';
import { openWeights } from './open-weights.ts';
import { checkPlan, type ImportPlan, type StoredTensors, sameBytes } from './plan.ts';
import { isResNet, planResNet } from './resnet.ts';
import { isUniterFile, planUniter } from './uniter.ts';
import { planVisualVocabulary } from './visual-vocabulary.ts';
import type { StoredTensor, WeightFile } from './weight-file.ts';

const MODEL_FILE = 'model.safetensors';
const VISUAL_VOCABULARY = 'vocabulary.safetensors';
const CENTROIDS = 'vis_emb.weight';
/** What makes features of pictures. */
const SEES: readonly Architecture[] = ['grid-encoder', 'picture-encoder', 'detector'];

export interface ImportRequest {
  /** A file of weights, or a folder with one and, if it has them, config.json, vocab.txt and answers.txt. */
  from: string;
  /** An id, or `<model>/<variant>`. */
  as: string;
  config?: string;
  /** .npy [K, F]: the visual vocabulary, where the weights lack it; compared where they have it. */
  centroids?: string;
  generator?: string;
  vocab?: string;
  /** answers.txt, or JSON as others publish it: what the logits of a QA head stand for. */
  answers?: string;
  /** `<model>/<variant>` of a hosted grid encoder or detector, with which the model can see pictures. */
  gridEncoder?: string;
  /** For the record. */
  command: string;
  commit: string;
}

export interface Imported {
  id: string;
  folder: string;
  revision: string;
  parameters: number;
  tasks: readonly Task[];
}

interface Sources {
  weights: string;
  config: Record<string, unknown>;
  vocab: string | undefined;
  answers: string | undefined;
}

/** @param roots checkpoint folders of the zoo; the last is where it is written. @throws ImportError */
export async function importCheckpoint(request: ImportRequest, roots: readonly string[]): Promise<Imported> {
  const root = roots.at(-1)!;
  const { id, path } = names(request.as);
  const sources = await findSources(request);
  const contents = await createZoo(roots).scan();
  const taken = [...contents.entries, ...contents.problems].find((entry) => entry.id === id);
  if (taken || (await exists(join(root, path)))) {
    throw new ImportError(
      'model_exists',
      `there is a model ${id} already (${taken?.folder ?? join(root, path)})`,
    );
  }
  if (request.gridEncoder !== undefined) {
    const encoder = contents.entries.find((entry) => entry.path === request.gridEncoder);
    if (encoder === undefined || !SEES.includes(encoder.manifest.architecture)) {
      throw new ImportError(
        'file_not_found',
        `there is no grid encoder or detector ${request.gridEncoder} in the zoo`,
      );
    }
  }
  const opened: WeightFile[] = [];
  const folders: { incomplete: string; folder: string }[] = [];
  const begin = async (at: string): Promise<string> => {
    const folder = join(root, at);
    const incomplete = join(dirname(folder), `.${basename(folder)}.${randomUUID()}.incomplete`);
    makeFolder(incomplete, '--as');
    folders.push({ incomplete, folder });
    return incomplete;
  };
  const open = async (file: string): Promise<StoredTensors> => {
    const weights = await openWeights(file);
    opened.push(weights);
    return weights.tensors;
  };
  try {
    const plan = sources.weights.endsWith('.npy')
      ? planVisualVocabulary(await storedNpy(sources.weights), sources.weights)
      : await planOf(await open(sources.weights), sources.weights, sources.config);
    const beside = await addCentroids(plan, request.centroids);
    checkPlan(plan, sources.weights);
    const texts = await textsOf(plan, sources);
    const components: NonNullable<Manifest['components']> = {};
    if (request.gridEncoder !== undefined) components.grid_encoder = request.gridEncoder;
    const centroids = beside ?? plan.tensors.get(CENTROIDS);
    if (request.generator !== undefined) {
      const from = await findSources({ from: request.generator });
      const tensors = await open(from.weights);
      const generator = isOwnGenerator(from.config)
        ? planOwnGenerator(tensors, from.config, request.generator)
        : planGenerator(tensors, (sources.config.generator ?? {}) as Record<string, unknown>);
      checkPlan(generator, from.weights);
      checkFit(plan, generator);
      components.generator = `generator/${id}`;
      const built = centroids ? { visual_vocabulary: `visual-vocabulary/${id}` } : {};
      const manifest = manifestOf(request, `${id}-generator`, generator, [], built);
      await write(await begin(components.generator), generator, manifest, {}, from.weights);
    }
    if (centroids) {
      // What pre-training goes on with, and what codes of other pictures are made with.
      const { grid_encoder } = components;
      const source = beside ? request.centroids! : sources.weights;
      const vocabulary = planVisualVocabulary(centroids, source);
      components.visual_vocabulary = `visual-vocabulary/${id}`;
      const built = grid_encoder === undefined ? {} : { grid_encoder };
      const manifest = manifestOf(request, `${id}-visual-vocabulary`, vocabulary, [], built);
      await write(await begin(components.visual_vocabulary), vocabulary, manifest, {}, source);
      // What made the pictures that it saw is of no use to a generator.
      if (plan.architecture === 'generator') delete components.grid_encoder;
    }
    const manifest = manifestOf(request, id, plan, tasksOf(plan, components, texts), components);
    await write(await begin(path), plan, manifest, texts, sources.weights);
    for (const { incomplete, folder } of folders) await rename(incomplete, folder);
  } catch (error) {
    for (const { incomplete } of folders) await rm(incomplete, { recursive: true, force: true });
    throw error;
  } finally {
    for (const file of opened) await file.close();
  }
  const entry = (await createZoo(roots).scan()).entries.find((one) => one.id === id);
  if (!entry) throw new Error(`${id} was imported, but the zoo does not list it`);
  const { folder, revision, parameters, manifest } = entry;
  return { id, folder, revision, parameters, tasks: manifest.tasks };
}

const NAME = '[a-z0-9][a-z0-9._-]*';

/** @throws ImportError bad_config */
export function names(as: string): { id: string; path: string } {
  if (new RegExp(`^${NAME}$`).test(as)) return { id: as, path: `imported/${as}` };
  if (new RegExp(`^${NAME}/${NAME}$`).test(as)) return { id: as.replace('/', '-'), path: as };
  throw new ImportError('bad_config', `"${as}" is no name of a model: small letters, digits, ".", "_", "-"`);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** In a folder, in this order. */
const WEIGHT_FILES = [MODEL_FILE, 'pytorch_model.bin'];

async function findSources(
  request: Pick<ImportRequest, 'from' | 'config' | 'vocab' | 'answers'>,
): Promise<Sources> {
  const { from } = request;
  const info = await stat(from).catch((cause: NodeJS.ErrnoException) => {
    throw new ImportError('file_not_found', `${from} cannot be read (${cause.code})`, { cause });
  });
  const inFolder = info.isDirectory() ? (await readdir(from)).filter((name) => !isLitter(name)) : [];
  const beside = (file: string) => (inFolder.includes(file) ? join(from, file) : undefined);
  const config = request.config ?? beside(CONFIG_FILE);
  return {
    weights: info.isDirectory() ? join(from, weightFileOf(from, inFolder)) : from,
    config: config === undefined ? {} : await readConfigFile(config),
    vocab: request.vocab ?? beside(VOCABULARY_FILE),
    answers: request.answers ?? beside(ANSWERS_FILE),
  };
}

function weightFileOf(folder: string, files: readonly string[]): string {
  const usual = WEIGHT_FILES.find((file) => files.includes(file));
  if (usual) return usual;
  if (files.some((file) => file.endsWith('.index.json'))) {
    throw new ImportError('unsupported', `${folder}: its weights lie in several files; save them as one`);
  }
  const others = files.filter((file) => /\.(pth|pt|bin|safetensors)$/.test(file));
  if (others.length === 1) return others[0]!;
  const found =
    others.length === 0 ? 'no file of weights' : `several files of weights (${others.join(', ')})`;
  throw new ImportError('file_not_found', `${folder} has ${found}: name one with --from`);
}

async function readText(file: string): Promise<string> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    throw new ImportError('file_not_found', `${file} cannot be read (${cause.code})`, { cause });
  });
  if (!found.isFile()) throw new ImportError('file_not_found', `${file} is no file`);
  const { size } = found;
  if (size > 16 << 20) throw new ImportError('too_large', `${file} has ${size} bytes`);
  try {
    return await readTextFile(file);
  } catch (cause) {
    if (!(cause instanceof TextError)) throw cause;
    throw new ImportError('bad_config', cause.message, { cause });
  }
}

async function readConfigFile(file: string): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(await readText(file));
  } catch (cause) {
    if (cause instanceof ImportError) throw cause;
    throw new ImportError('bad_config', `${file} is not JSON`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ImportError('bad_config', `${file} is no JSON object`);
  }
  return value as Record<string, unknown>;
}

async function planOf(
  tensors: StoredTensors,
  file: string,
  config: Record<string, unknown>,
): Promise<ImportPlan> {
  if (isLxmert(tensors)) return planLxmert(tensors, config);
  if (isUniterFile(tensors)) return planUniter(tensors, config);
  if (isGenerator(tensors)) return planGenerator(tensors, config);
  if (isDetector(tensors)) return planDetector(tensors, config, file);
  if (isInception(tensors)) return planInception(tensors, file);
  if (isResNet(tensors)) return planResNet(tensors, file);
  const some = [...tensors.keys()].slice(0, 5).join(', ');
  throw new ImportError(
    'unsupported',
    `${file} holds none of X-LXMERT, LXMERT, UNITER, X-UNITER, the generator, the detector, FID's Inception or torchvision's ResNet; its weights are ${some}, …`,
  );
}

/**
 * Into the plan of a model that has a visual vocabulary.
 * @returns the centroids, where they stay beside the weights: of a generator, and of a model that regresses features
 */
async function addCentroids(plan: ImportPlan, file: string | undefined): Promise<StoredTensor | undefined> {
  if (file === undefined) return undefined;
  const centroids = await readNpy(file);
  const width = plan.architecture === 'generator' ? plan.config.emb_dim : plan.config.visual_feat_dim;
  if (!(CENTROIDS in plan.shapes) && width !== undefined && plan.config.head === undefined) {
    if (centroids.shape.length === 2 && centroids.shape[1] === width) return stored(centroids);
    throw new ImportError(
      'weights_mismatch',
      `${file} [${centroids.shape}]: a ${plan.title} of features of ${width} takes centroids [K, ${width}]`,
    );
  }
  const known = plan.tensors.get(CENTROIDS);
  if (known && !sameBytes(await known.read(), centroids)) {
    throw new ImportError(
      'weights_mismatch',
      `${file} [${centroids.shape}] is not the ${CENTROIDS} of the weights`,
    );
  }
  if (!(CENTROIDS in plan.shapes)) {
    throw new ImportError('weights_mismatch', `${file}: a ${plan.title} has no visual vocabulary`);
  }
  if (!known) plan.tensors.set(CENTROIDS, stored(centroids));
  return undefined;
}

const storedNpy = async (file: string): Promise<StoredTensor> => stored(await readNpy(file));

const stored = (tensor: HostTensor): StoredTensor => ({
  dtype: tensor.dtype,
  shape: tensor.shape,
  stored: 'F32',
  read: async () => tensor,
});

const weightsFileOf = ({ architecture }: ImportPlan): string =>
  architecture === 'visual-vocabulary' ? VISUAL_VOCABULARY : MODEL_FILE;

/** What has words. */
const SPEAKS: readonly Architecture[] = ['x-lxmert', 'lxmert', 'x-uniter', 'uniter'];
/** LXMERT's own table of all that its pre-training was asked (data/lxmert/all_ans.json of its repository). */
const LXMERT_ANSWERS = 9500;
const LXMERT_ANSWERS_FILE = join(import.meta.dirname, 'lxmert-answers', ANSWERS_FILE);

/** The files of words beside the weights. */
async function textsOf(
  { architecture, config }: ImportPlan,
  { vocab, answers: answersFile }: Sources,
): Promise<Record<string, string>> {
  if (!SPEAKS.includes(architecture)) return {};
  const own = join(import.meta.dirname, 'bert-base-uncased', VOCABULARY_FILE);
  const words = parseVocabulary(await readText(vocab ?? own));
  const which = vocab ?? 'the vocabulary of bert-base-uncased';
  if (words.length !== config.vocab_size) {
    throw new ImportError(
      'weights_mismatch',
      `${which} has ${words.length} tokens, the model knows ${config.vocab_size}: give its own with --vocab`,
    );
  }
  const lacking = missingTokens(words);
  if (lacking.length > 0) {
    throw new ImportError('bad_config', `${which} has no ${lacking.join(', ')}: is it a BERT vocabulary?`);
  }
  const wanted = config.head === 'nlvr2' ? 0 : (config.num_answers ?? config.num_qa_labels);
  const isLxmerts = config.head === undefined && wanted === LXMERT_ANSWERS;
  const source = answersFile ?? (isLxmerts ? LXMERT_ANSWERS_FILE : undefined);
  const answers = source === undefined ? undefined : await readAnswers(source);
  if (answers && answers.length !== wanted) {
    throw new ImportError(
      'weights_mismatch',
      `${source} has ${answers.length} answers, the model gives ${wanted}`,
    );
  }
  if (!answers && config.head !== undefined && config.head !== 'nlvr2') {
    throw new ImportError(
      'bad_config',
      `what its ${wanted} answers are is not in the weights: give --answers`,
    );
  }
  return {
    [VOCABULARY_FILE]: `${words.join('\n')}\n`,
    ...(answers && { [ANSWERS_FILE]: formatAnswers(answers) }),
  };
}

/** Lines, or JSON in one of the forms that are published. */
async function readAnswers(file: string): Promise<string[]> {
  const text = await readText(file);
  let answers: string[];
  let faults: AnswerFault[];
  if (/\.json$/i.test(file)) {
    let list: unknown;
    try {
      list = JSON.parse(text);
    } catch (cause) {
      throw new ImportError('bad_config', `${file} is not JSON`, { cause });
    }
    ({ answers, faults } = readAnswerList(list));
  } else {
    answers = parseAnswers(text);
    faults = checkAnswers(answers);
  }
  if (faults.length === 0) return answers;
  const told = faults
    .slice(0, 3)
    .map(({ place, message }) => (place === null ? message : `entry ${place}: ${message}`));
  const more = faults.length > told.length ? ` (and ${faults.length - told.length} more)` : '';
  throw new ImportError('bad_config', `${file} is no list of answers: ${told.join(' ')}${more}`);
}

function checkFit({ config }: ImportPlan, generator: ImportPlan): void {
  const made = [generator.config.grid, generator.config.emb_dim];
  const wanted = [config.grid, config.visual_feat_dim];
  if (made.join() !== wanted.join()) {
    throw new ImportError(
      'weights_mismatch',
      `the generator takes a grid of ${made[0]} and centroids of ${made[1]}, the model makes ${wanted[0]} and ${wanted[1]}`,
    );
  }
  // One that has a patch for every code.
  const { clusters = config.num_clusters } = generator.config;
  if (clusters !== config.num_clusters) {
    const message = `the generator knows ${clusters} codes, the model makes ${config.num_clusters}`;
    throw new ImportError('weights_mismatch', message);
  }
}

/** What the model can do with the components that it has. */
function tasksOf(
  { config }: ImportPlan,
  components: NonNullable<Manifest['components']>,
  texts: Record<string, string>,
): Task[] {
  const sees = components.grid_encoder !== undefined;
  if (config.head !== undefined) return sees ? [config.head === 'nlvr2' ? 'nlvr2' : 'vqa'] : [];
  if (config.num_clusters === undefined) return [];
  const writes = config.num_clusters !== 0 || (config.visual_losses as string[]).includes('feat');
  const paints = writes && components.generator && components.visual_vocabulary;
  // One of features sees them as its own QA head was trained on; one of codes was trained on those.
  const answers = sees && config.num_clusters === 0 && texts[ANSWERS_FILE] !== undefined;
  return [
    ...(paints ? (['paint'] as const) : []),
    ...(sees ? (['caption'] as const) : []),
    ...(answers ? (['vqa'] as const) : []),
  ];
}

function manifestOf(
  request: ImportRequest,
  id: string,
  plan: ImportPlan,
  tasks: Task[],
  components: NonNullable<Manifest['components']> = {},
): Manifest {
  return {
    id,
    name: `${plan.title}, imported as ${id}`,
    architecture: plan.architecture,
    tasks,
    files: [weightsFileOf(plan)],
    ...(Object.keys(components).length > 0 && { components }),
    trained_by: { command: request.command, seed: 0, commit: request.commit },
    data: { name: 'unknown', description: 'Not trained by this project; the file does not say on what' },
    metrics: {},
    licence: 'as its authors say; the file does not',
    created: new Date().toISOString(),
  };
}

async function write(
  folder: string,
  plan: ImportPlan,
  manifest: Manifest,
  texts: Record<string, string>,
  source: string,
): Promise<void> {
  const floats = [...plan.tensors.values()].filter(({ dtype }) => dtype === 'float32');
  // Halves stay halves: widening them would only make the file twice as large.
  const float = floats.every(({ stored }: StoredTensor) => stored === 'F16') ? 'F16' : 'F32';
  await writeLazySafetensors(
    join(folder, weightsFileOf(plan)),
    plan.tensors as ReadonlyMap<string, LazyTensor>,
    {
      float,
    },
  );
  for (const [file, text] of Object.entries(texts)) await writeFile(join(folder, file), text);
  await writeFile(join(folder, CONFIG_FILE), `${JSON.stringify(plan.config, null, 2)}\n`);
  const whole = { ...manifest, files: [...manifest.files, ...Object.keys(texts)] };
  const sha256 = await hashOf(source);
  await writeFile(
    join(folder, 'README.md'),
    importedCard(whole, plan, { file: basename(source), sha256, float }),
  );
  await writeManifest(folder, whole);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
