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

/** A model fine-tuned on VQA, GQA or NLVR2, without an encoder: it takes features. */
export interface FinetunedCheckpoint {
  id: string;
  head: AnswerHead;
  config: FinetunedModelConfig;
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
  const gridEncoder = await loadGridEncoder(
    components.grid_encoder,
    checkpoint.config,
    components.drawing_encoder,
  );
  return { ...checkpoint, gridEncoder };
}

/**
 * The config of a pre-trained model that was asked questions, as one that answers with the head that it has: like GQA's,
 * it was trained to tell one right answer from all others.
 */
function answering(config: unknown): unknown {
  const { head, num_qa_labels, num_clusters } = config as Record<string, unknown>;
  // One of codes was asked about those, not about exact features.
  return head === undefined && num_clusters === 0
    ? { ...(config as object), head: 'gqa', num_answers: num_qa_labels }
    : config;
}

/** Its file has the other heads of pre-training too. */
const isPretrained = (config: unknown): boolean => (config as { head?: unknown }).head === undefined;

/** @throws Error as `loadAnswerCheckpoint` */
export async function loadFinetunedCheckpoint(folder: string): Promise<FinetunedCheckpoint> {
  const manifest = await readManifest(folder);
  requireSeeing(manifest, 'answer');
  const read = await readJsonFile(join(folder, CONFIG_FILE));
  const config = parseFinetunedModelConfig(answering(read));
  const { grid, num_boxes, head, num_answers } = config;
  if (grid === undefined && num_boxes === undefined)
    throw new Error(`${CONFIG_FILE}: answering needs grid, or num_boxes`);
  const vocabulary = await readTokens(folder, config);
  const answers = head === 'nlvr2' ? [] : await readAnswers(folder, num_answers);
  const shapes = finetunedModelShapes(config);
  const all = await readWeights(folder, manifest);
  const weights = isPretrained(read)
    ? Object.fromEntries(Object.entries(all).filter(([name]) => name in shapes))
    : all;
  checkWeights(weights, shapes, manifest.id);
  return { id: manifest.id, head, config, weights, vocabulary, answers };
}
