/** Reading what several kinds of checkpoints have: lists of words and answers, components. */
import { join } from 'node:path';
import { parseAnswers } from '../answers.ts';
import type { ModelConfig } from '../models/family.ts';
import type { HostTensors } from '../tensor.ts';
import { readJsonFile, readTextFile } from '../text.ts';
import { parseVocabulary } from '../tokenizer.ts';
import {
  ANSWERS_FILE,
  type Architecture,
  CONFIG_FILE,
  type Manifest,
  readManifest,
  VOCABULARY_FILE,
} from './manifest.ts';
import { checkWeights, readWeights, type WeightShapes } from './weights.ts';

/** Folders of a checkpoint and its components; a zoo entry gives them. */
export interface CheckpointFolders {
  folder: string;
  /** Role → folder. */
  components: Readonly<Record<string, string>>;
}

/** Tokens in the order of their ids. @throws Error when there are not as many as the config says */
export async function readTokens(folder: string, { vocab_size }: ModelConfig): Promise<string[]> {
  const tokens = parseVocabulary(await readTextFile(join(folder, VOCABULARY_FILE)));
  if (tokens.length !== vocab_size) {
    throw new Error(`${VOCABULARY_FILE} has ${tokens.length} tokens, ${CONFIG_FILE} says ${vocab_size}`);
  }
  return tokens;
}

/** In the order of the logits. @throws Error when there are not `wanted` */
export async function readAnswers(folder: string, wanted: number): Promise<string[]> {
  const answers = parseAnswers(await readTextFile(join(folder, ANSWERS_FILE)));
  if (answers.length !== wanted) {
    throw new Error(`${ANSWERS_FILE} has ${answers.length} answers, ${CONFIG_FILE} says ${wanted}`);
  }
  return answers;
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
  const config = await readJsonFile(join(folder, CONFIG_FILE));
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

/** What a family's checkpoints are called: with a visual vocabulary, and without. */
const SEEING: readonly Architecture[] = ['x-lxmert', 'lxmert', 'x-uniter', 'uniter'];

/** @throws Error unless it is a model of words and pictures */
export function requireSeeing({ architecture }: Manifest, task: string): void {
  if (!SEEING.includes(architecture)) throw new Error(`a ${architecture} cannot ${task}`);
}

/** A fine-tuned model has neither the heads nor the visual vocabulary of pre-training. */
export function refuseFinetuned(config: unknown, task: string): void {
  const head = (config as { head?: unknown } | null)?.head;
  if (head !== undefined) throw new Error(`a model fine-tuned on ${String(head)} cannot ${task}`);
}
