/** Everything that answering questions and judging statements need from disk. */

import { join } from 'node:path';
import {
  type FinetunedModelConfig,
  finetunedModelShapes,
  parseFinetunedModelConfig,
} from '../models/family.ts';
import type { AnswerHead } from '../models/finetuning-choices.ts';
import type { HostTensors } from '../tensor.ts';
import { readJsonFile } from '../text.ts';
import { type CheckpointFolders, readAnswers, readTokens, requireSeeing } from './checkpoint-files.ts';
import { type GridEncoderCheckpoint, loadGridEncoder } from './grid-encoder.ts';
import { CONFIG_FILE, readManifest } from './manifest.ts';
import { checkWeights, readWeights } from './weights.ts';

/** A model fine-tuned on VQA, GQA or NLVR2, without eyes: it takes features. */
export interface FinetunedCheckpoint {
  id: string;
  head: AnswerHead;
  config: FinetunedModelConfig & { grid: number };
  /** The backbone and the head. */
  weights: HostTensors;
  /** Tokens in the order of their ids. */
  vocabulary: string[];
  /** In the order of the logits; none for nlvr2, whose logits are false and true. */
  answers: string[];
}

/** The same with what it sees pictures with. */
export interface AnswerCheckpoint extends FinetunedCheckpoint {
  gridEncoder: GridEncoderCheckpoint;
}

/** @throws Error that says what is wrong with which file; all weights that do not fit at once */
export async function loadAnswerCheckpoint({
  folder,
  components,
}: CheckpointFolders): Promise<AnswerCheckpoint> {
  const checkpoint = await loadFinetunedCheckpoint(folder);
  const gridEncoder = await loadGridEncoder(components.grid_encoder, checkpoint.config);
  return { ...checkpoint, gridEncoder };
}

/** @throws Error as `loadAnswerCheckpoint` */
export async function loadFinetunedCheckpoint(folder: string): Promise<FinetunedCheckpoint> {
  const manifest = await readManifest(folder);
  requireSeeing(manifest, 'answer');
  const config = parseFinetunedModelConfig(await readJsonFile(join(folder, CONFIG_FILE)));
  const { grid, head, num_answers } = config;
  if (grid === undefined) throw new Error(`${CONFIG_FILE}: answering needs grid`);
  const vocabulary = await readTokens(folder, config);
  const answers = head === 'nlvr2' ? [] : await readAnswers(folder, num_answers);
  const weights = await readWeights(folder, manifest);
  checkWeights(weights, finetunedModelShapes(config), manifest.id);
  return { id: manifest.id, head, config: { ...config, grid }, weights, vocabulary, answers };
}
