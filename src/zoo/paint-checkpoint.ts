/** Everything that painting needs from disk: an X-LXMERT, its vocabulary, and its generator. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GeneratorConfig } from '../models/generator/config.ts';
import { generatorWeightShapes } from '../models/generator/generator.ts';
import {
  dropTiedWeights,
  type LxmertConfig,
  lxmertWeightShapes,
  parseLxmertConfig,
} from '../models/lxmert/index.ts';
import type { HostTensors } from '../tensor.ts';
import { parseVocabulary } from '../tokenizer.ts';
import { CONFIG_FILE, readManifest, VOCABULARY_FILE } from './manifest.ts';
import { checkWeights, readWeights } from './weights.ts';

export interface PaintCheckpoint {
  id: string;
  lxmert: { config: LxmertConfig & { grid: number }; weights: HostTensors };
  /** Tokens in the order of their ids. */
  vocabulary: string[];
  /** Raw weights: with the vectors of the spectral norms. */
  generator: { config: GeneratorConfig; weights: HostTensors };
}

/** Folders of a checkpoint and its components; a zoo entry gives them. */
export interface CheckpointFolders {
  folder: string;
  /** Role → folder. */
  components: Readonly<Record<string, string>>;
}

/** @throws Error that says what is wrong with which file; all weights that do not fit at once */
export async function loadPaintCheckpoint({
  folder,
  components,
}: CheckpointFolders): Promise<PaintCheckpoint> {
  const manifest = await readManifest(folder);
  if (manifest.architecture !== 'x-lxmert') throw new Error(`a ${manifest.architecture} cannot paint`);
  if (components.generator === undefined) throw new Error('painting needs a component: generator');
  const config = parseLxmertConfig(await readJson(join(folder, CONFIG_FILE)));
  const { grid, num_clusters, visual_feat_dim, vocab_size } = config;
  if (grid === undefined || num_clusters === 0) {
    throw new Error(`${CONFIG_FILE}: painting needs grid and num_clusters`);
  }
  const vocabulary = parseVocabulary(await readFile(join(folder, VOCABULARY_FILE), 'utf8'));
  if (vocabulary.length !== vocab_size) {
    throw new Error(`${VOCABULARY_FILE} has ${vocabulary.length} tokens, ${CONFIG_FILE} says ${vocab_size}`);
  }
  const weights = dropTiedWeights(await readWeights(folder, manifest));
  checkWeights(weights, lxmertWeightShapes(config), manifest.id);
  const generator = await loadGenerator(components.generator);
  if (generator.config.grid !== grid || generator.config.emb_dim !== visual_feat_dim) {
    const made = `${generator.config.grid}×${generator.config.grid} centroids of ${generator.config.emb_dim}`;
    throw new Error(`the generator takes ${made}, the model makes ${grid}×${grid} of ${visual_feat_dim}`);
  }
  return { id: manifest.id, lxmert: { config: { ...config, grid }, weights }, vocabulary, generator };
}

async function loadGenerator(folder: string): Promise<PaintCheckpoint['generator']> {
  const manifest = await readManifest(folder);
  if (manifest.architecture !== 'generator') {
    throw new Error(`component generator: ${manifest.id} is a ${manifest.architecture}`);
  }
  const config = (await readJson(join(folder, CONFIG_FILE))) as GeneratorConfig;
  let shapes: ReturnType<typeof generatorWeightShapes>;
  try {
    shapes = generatorWeightShapes(config);
  } catch (cause) {
    throw new Error(`${manifest.id}: ${CONFIG_FILE} does not describe a generator`, { cause });
  }
  const weights = await readWeights(folder, manifest);
  checkWeights(weights, shapes, manifest.id);
  return { config, weights };
}

/** @throws Error that names the file when it is not JSON */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file} is not JSON`, { cause });
  }
}
