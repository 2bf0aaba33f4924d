/** From disk: what answering questions, judging statements and captioning need. */
import { join } from 'node:path';
import {
  type AnswerHead,
  dropTiedWeights,
  type FinetunedConfig,
  finetunedWeightShapes,
  type LxmertConfig,
  lxmertWeightShapes,
  parseFinetunedConfig,
  parseLxmertConfig,
} from '../models/lxmert/index.ts';
import type { HostTensor, HostTensors } from '../tensor.ts';
import {
  type CheckpointFolders,
  type GridEncoderCheckpoint,
  readGridEncoder,
  readJson,
  readLines,
  readTokens,
} from './checkpoint-files.ts';
import { ANSWERS_FILE, CONFIG_FILE, readManifest } from './manifest.ts';
import { checkWeights, readWeights } from './weights.ts';

export type { CheckpointFolders } from './checkpoint-files.ts';

/** A model fine-tuned on VQA, GQA or NLVR2. */
export interface AnswerCheckpoint {
  id: string;
  head: AnswerHead;
  config: FinetunedConfig & { grid: number };
  /** The backbone and the head. */
  weights: HostTensors;
  /** Tokens in the order of their ids. */
  vocabulary: string[];
  /** In the order of the logits; none for nlvr2, whose logits are false and true. */
  answers: string[];
  gridEncoder: GridEncoderCheckpoint;
}

/** @throws Error that says what is wrong with which file; all weights that do not fit at once */
export async function loadAnswerCheckpoint(folders: CheckpointFolders): Promise<AnswerCheckpoint> {
  const { folder } = folders;
  const manifest = await readManifest(folder);
  if (manifest.architecture !== 'x-lxmert') throw new Error(`a ${manifest.architecture} cannot answer`);
  const config = withGrid(parseFinetunedConfig(await readJson(join(folder, CONFIG_FILE))), 'answering');
  const vocabulary = await readTokens(folder, config);
  const { head, num_answers } = config;
  const answers = head === 'nlvr2' ? [] : await readLines(join(folder, ANSWERS_FILE));
  if (head !== 'nlvr2' && answers.length !== num_answers) {
    throw new Error(`${ANSWERS_FILE} has ${answers.length} answers, ${CONFIG_FILE} says ${num_answers}`);
  }
  const weights = await readWeights(folder, manifest);
  checkWeights(weights, finetunedWeightShapes(config), manifest.id);
  const gridEncoder = await readGridEncoder(folders, config);
  return { id: manifest.id, head, config, weights, vocabulary, answers, gridEncoder };
}

/** The pre-trained model as it captions: it sees the centroids of the codes nearest to a picture's features. */
export interface CaptionCheckpoint {
  id: string;
  config: LxmertConfig & { grid: number };
  weights: HostTensors;
  /** Tokens in the order of their ids. */
  vocabulary: string[];
  gridEncoder: GridEncoderCheckpoint;
  /** The visual vocabulary, [K, F]. */
  centroids: HostTensor;
}

/** @throws Error that says what is wrong with which file; all weights that do not fit at once */
export async function loadCaptionCheckpoint(folders: CheckpointFolders): Promise<CaptionCheckpoint> {
  const { folder } = folders;
  const manifest = await readManifest(folder);
  if (manifest.architecture !== 'x-lxmert') throw new Error(`a ${manifest.architecture} cannot caption`);
  const read = await readJson(join(folder, CONFIG_FILE));
  refuseFinetuned(read, 'caption');
  const config = withGrid(parseLxmertConfig(read), 'captioning');
  if (config.num_clusters === 0) throw new Error(`${CONFIG_FILE}: captioning needs num_clusters`);
  const vocabulary = await readTokens(folder, config);
  const weights = dropTiedWeights(await readWeights(folder, manifest));
  checkWeights(weights, lxmertWeightShapes(config), manifest.id);
  const gridEncoder = await readGridEncoder(folders, config);
  const centroids = weights['vis_emb.weight']!;
  return { id: manifest.id, config, weights, vocabulary, gridEncoder, centroids };
}

/** A fine-tuned model has neither the heads nor the vocabulary of pre-training. */
export function refuseFinetuned(config: unknown, task: string): void {
  const head = (config as { head?: unknown } | null)?.head;
  if (head !== undefined) throw new Error(`a model fine-tuned on ${String(head)} cannot ${task}`);
}

function withGrid<C extends LxmertConfig>(config: C, task: string): C & { grid: number } {
  if (config.grid === undefined) throw new Error(`${CONFIG_FILE}: ${task} needs grid`);
  return { ...config, grid: config.grid };
}
