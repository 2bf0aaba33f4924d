/** Reading what several kinds of checkpoints have: JSON, lists of words, a grid encoder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CELL, type GridEncoderConfig } from '../models/grid-encoder/config.ts';
import { gridEncoderWeightShapes } from '../models/grid-encoder/grid-encoder.ts';
import type { LxmertConfig } from '../models/lxmert/index.ts';
import type { HostTensors } from '../tensor.ts';
import { parseVocabulary } from '../tokenizer.ts';
import { CONFIG_FILE, readManifest, VOCABULARY_FILE } from './manifest.ts';
import { checkWeights, readWeights, type WeightShapes } from './weights.ts';

/** Folders of a checkpoint and its components; a zoo entry gives them. */
export interface CheckpointFolders {
  folder: string;
  /** Role → folder. */
  components: Readonly<Record<string, string>>;
}

/** @throws Error that names the file */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file} is not JSON`, { cause });
  }
}

/** Tokens in the order of their ids. @throws Error when there are not as many as the config says */
export async function readTokens(folder: string, { vocab_size }: LxmertConfig): Promise<string[]> {
  const tokens = parseVocabulary(await readFile(join(folder, VOCABULARY_FILE), 'utf8'));
  if (tokens.length !== vocab_size) {
    throw new Error(`${VOCABULARY_FILE} has ${tokens.length} tokens, ${CONFIG_FILE} says ${vocab_size}`);
  }
  return tokens;
}

/** One entry a line, none of them empty. */
export async function readLines(file: string): Promise<string[]> {
  return parseLines(await readFile(file, 'utf8'));
}

export function parseLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

/** A component's config and weights, checked against each other. @throws Error that says which does not fit */
export async function readComponent(
  role: string,
  folder: string,
  architecture: string,
  shapesOf: (config: unknown) => WeightShapes,
): Promise<{ config: unknown; weights: HostTensors }> {
  const manifest = await readManifest(folder);
  if (manifest.architecture !== architecture) {
    throw new Error(`component ${role}: ${manifest.id} is a ${manifest.architecture}`);
  }
  const config = await readJson(join(folder, CONFIG_FILE));
  let shapes: WeightShapes;
  try {
    shapes = shapesOf(config);
  } catch (cause) {
    throw new Error(`${manifest.id}: ${CONFIG_FILE} does not describe a ${architecture}`, { cause });
  }
  const weights = await readWeights(folder, manifest);
  checkWeights(weights, shapes, manifest.id);
  return { config, weights };
}

export interface GridEncoderCheckpoint {
  config: GridEncoderConfig;
  weights: HostTensors;
}

/** The encoder that a model sees with. @throws Error when there is none, or its grid or features are of another size */
export async function readGridEncoder(
  { components }: CheckpointFolders,
  { grid, visual_feat_dim }: LxmertConfig,
): Promise<GridEncoderCheckpoint> {
  if (components.grid_encoder === undefined) throw new Error('seeing needs a component: grid_encoder');
  const { config: read, weights } = await readComponent(
    'grid_encoder',
    components.grid_encoder,
    'grid-encoder',
    (config) => gridEncoderWeightShapes(config as GridEncoderConfig),
  );
  const config = read as GridEncoderConfig;
  const cells = config.image_size / CELL;
  const width = config.channels[3];
  if (cells !== grid || width !== visual_feat_dim) {
    const made = `${cells}×${cells} features of ${width}`;
    throw new Error(`the grid encoder makes ${made}, the model sees ${grid}×${grid} of ${visual_feat_dim}`);
  }
  return { config, weights };
}
