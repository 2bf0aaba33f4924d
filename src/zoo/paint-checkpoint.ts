/** Everything that painting needs from disk: a model, its vocabulary, and its generator. */
import { join } from 'node:path';
import {
  type ModelConfig,
  modelWeightShapes,
  parseModelConfig,
  regresses,
  untied,
} from '../models/family.ts';
import type { GeneratorConfig } from '../models/generator/config.ts';
import { generatorWeightShapes } from '../models/generator/generator.ts';
import type { HostTensor, HostTensors } from '../tensor.ts';
import { readJsonFile } from '../text.ts';
import {
  type CheckpointFolders,
  readComponent,
  readTokens,
  refuseFinetuned,
  requireSeeing,
} from './checkpoint-files.ts';
import { CONFIG_FILE, paintsCodes, readManifest } from './manifest.ts';
import { checkWeights, readWeights } from './weights.ts';

export type { CheckpointFolders } from './checkpoint-files.ts';

export interface PaintCheckpoint {
  id: string;
  lxmert: { config: ModelConfig & { grid: number }; weights: HostTensors };
  /** Tokens in the order of their ids. */
  vocabulary: string[];
  /** Raw weights: with the vectors of the spectral norms. */
  generator: { config: GeneratorConfig; weights: HostTensors };
}

/** A model without codes, which paints by regression, and the vocabulary that the generator was trained on. */
export interface RegressionCheckpoint extends PaintCheckpoint {
  /** [K, F] */
  centroids: HostTensor;
}

/** @throws Error that says what is wrong with which file; all weights that do not fit at once */
export async function loadPaintCheckpoint(folders: CheckpointFolders): Promise<PaintCheckpoint> {
  return load(folders, (config) => {
    if (config.num_clusters > 0) return;
    throw new Error(`${CONFIG_FILE}: num_clusters is 0, so it has no visual codes to paint with`);
  });
}

/** Whichever of the two the model is. @throws Error as they do */
export async function loadAnyPaintCheckpoint(
  folders: CheckpointFolders,
): Promise<PaintCheckpoint | RegressionCheckpoint> {
  const { architecture } = await readManifest(folders.folder);
  return paintsCodes(architecture) ? loadPaintCheckpoint(folders) : loadRegressionCheckpoint(folders);
}

export const byRegression = (
  checkpoint: PaintCheckpoint | RegressionCheckpoint,
): checkpoint is RegressionCheckpoint => 'centroids' in checkpoint;

/**
 * Needs the component `visual_vocabulary` beside the generator.
 * @throws Error as `loadPaintCheckpoint`
 */
export async function loadRegressionCheckpoint(folders: CheckpointFolders): Promise<RegressionCheckpoint> {
  const checkpoint = await load(folders, (config) => {
    if (!regresses(config)) throw new Error(`${CONFIG_FILE}: a model that predicts no features cannot paint`);
  });
  const { visual_vocabulary } = folders.components;
  if (visual_vocabulary === undefined) throw new Error('painting needs a component: visual_vocabulary');
  const manifest = await readManifest(visual_vocabulary);
  const { centroids } = await readWeights(visual_vocabulary, manifest);
  const width = checkpoint.lxmert.config.visual_feat_dim;
  if (centroids?.shape[1] !== width) {
    throw new Error(
      `${manifest.id} has centroids [${centroids?.shape}], the model makes features of ${width}`,
    );
  }
  return { ...checkpoint, centroids };
}

async function load(
  { folder, components }: CheckpointFolders,
  refuse: (config: ModelConfig) => void,
): Promise<PaintCheckpoint> {
  const manifest = await readManifest(folder);
  requireSeeing(manifest, 'paint');
  if (components.generator === undefined) throw new Error('painting needs a component: generator');
  const read = await readJsonFile(join(folder, CONFIG_FILE));
  refuseFinetuned(read, 'paint');
  const config = parseModelConfig(read);
  refuse(config);
  const { grid, visual_feat_dim } = config;
  if (grid === undefined) throw new Error(`${CONFIG_FILE}: painting needs grid`);
  const vocabulary = await readTokens(folder, config);
  const weights = untied(config, await readWeights(folder, manifest));
  checkWeights(weights, modelWeightShapes(config), manifest.id);
  const generator = await loadGenerator(components.generator);
  if (generator.config.grid !== grid || generator.config.emb_dim !== visual_feat_dim) {
    const made = `${generator.config.grid}×${generator.config.grid} centroids of ${generator.config.emb_dim}`;
    throw new Error(`the generator takes ${made}, the model makes ${grid}×${grid} of ${visual_feat_dim}`);
  }
  return { id: manifest.id, lxmert: { config: { ...config, grid }, weights }, vocabulary, generator };
}

async function loadGenerator(folder: string): Promise<PaintCheckpoint['generator']> {
  const { config, weights } = await readComponent('generator', folder, 'generator', (read) =>
    generatorWeightShapes(read as GeneratorConfig),
  );
  return { config: config as GeneratorConfig, weights };
}
