/** Everything that captioning needs from disk: a pre-trained model, its vocabulary, and its grid encoder. */
import { join } from 'node:path';
import { type ModelConfig, modelWeightShapes, parseModelConfig, untied } from '../models/family.ts';
import type { HostTensor, HostTensors } from '../tensor.ts';
import { readJsonFile } from '../text.ts';
import { type CheckpointFolders, readTokens, refuseFinetuned, requireSeeing } from './checkpoint-files.ts';
import { type GridEncoderCheckpoint, loadGridEncoder } from './grid-encoder.ts';
import { CONFIG_FILE, readManifest } from './manifest.ts';
import { checkWeights, readWeights } from './weights.ts';

export interface CaptionCheckpoint {
  id: string;
  config: ModelConfig & { grid: number };
  weights: HostTensors;
  /** Tokens in the order of their ids. */
  vocabulary: string[];
  gridEncoder: GridEncoderCheckpoint;
  /** The visual vocabulary [K, F], the model's own `vis_emb.weight`; left out where it has none. */
  centroids?: HostTensor;
}

/** @throws Error that says what is wrong with which file; all weights that do not fit at once */
export async function loadCaptionCheckpoint({
  folder,
  components,
}: CheckpointFolders): Promise<CaptionCheckpoint> {
  const manifest = await readManifest(folder);
  requireSeeing(manifest, 'caption');
  const read = await readJsonFile(join(folder, CONFIG_FILE));
  refuseFinetuned(read, 'caption');
  const config = parseModelConfig(read);
  const { grid, visual_feat_dim } = config;
  if (grid === undefined) throw new Error(`${CONFIG_FILE}: captioning needs grid`);
  const vocabulary = await readTokens(folder, config);
  const weights = untied(config, await readWeights(folder, manifest));
  checkWeights(weights, modelWeightShapes(config), manifest.id);
  const gridEncoder = await loadGridEncoder(
    components.grid_encoder,
    { grid, visual_feat_dim },
    components.drawing_encoder,
  );
  const centroids = weights['vis_emb.weight'];
  return {
    ...{ id: manifest.id, config: { ...config, grid }, weights, vocabulary, gridEncoder },
    ...(centroids && { centroids }),
  };
}
