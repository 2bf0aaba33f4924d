/** Everything that painting needs from disk: an X-LXMERT, its vocabulary, and its generator. */
import { join } from 'node:path';
import { type ModelConfig, modelWeightShapes, parseModelConfig, untied } from '../models/family.ts';
import type { GeneratorConfig } from '../models/generator/config.ts';
import { generatorWeightShapes } from '../models/generator/generator.ts';
import type { HostTensors } from '../tensor.ts';
import {
  type CheckpointFolders,
  readComponent,
  readJson,
  readTokens,
  refuseFinetuned,
  requireSeeing,
} from './checkpoint-files.ts';
import { CONFIG_FILE, readManifest } from './manifest.ts';
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

/** @throws Error that says what is wrong with which file; all weights that do not fit at once */
export async function loadPaintCheckpoint({
  folder,
  components,
}: CheckpointFolders): Promise<PaintCheckpoint> {
  const manifest = await readManifest(folder);
  requireSeeing(manifest, 'paint');
  if (components.generator === undefined) throw new Error('painting needs a component: generator');
  const read = await readJson(join(folder, CONFIG_FILE));
  refuseFinetuned(read, 'paint');
  const config = parseModelConfig(read);
  const { grid, num_clusters, visual_feat_dim } = config;
  if (grid === undefined || num_clusters === 0) {
    throw new Error(`${CONFIG_FILE}: painting needs grid and num_clusters`);
  }
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
