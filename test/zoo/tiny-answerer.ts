/** Fine-tuned and captioning checkpoints with random weights, real files. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnswerHead } from '../../src/models/finetuning-choices.ts';
import type { GridEncoderConfig } from '../../src/models/grid-encoder/config.ts';
import { initialGridEncoder } from '../../src/models/grid-encoder/grid-encoder.ts';
import {
  type FinetunedConfig,
  initFinetuned,
  initXLxmert,
  type LxmertConfig,
} from '../../src/models/lxmert/index.ts';
import { createRandom } from '../../src/random.ts';
import { float32, type HostTensors } from '../../src/tensor.ts';
import type { CheckpointFolders } from '../../src/zoo/checkpoint-files.ts';
import { LXMERT, VOCABULARY } from '../inference/tiny-zoo.ts';
import { manifest, writeCheckpoint } from './write-checkpoint.ts';

export const ANSWERS = ['yes', 'no', 'red', 'two', 'dog'];

export const ENCODER: GridEncoderConfig = {
  image_size: 128,
  channels: [4, 4, 8, LXMERT.visual_feat_dim],
  blocks: [0, 0, 0, 0],
  layer_norm_epsilon: 1e-6,
  objects: 3,
  colours: 3,
  parts: 10,
  backgrounds: 2,
};

/** A pre-trained model, with its QA head. */
function pretrained(config: LxmertConfig): HostTensors {
  const random = createRandom('tiny answerer');
  const { num_clusters: K, visual_feat_dim: F } = config;
  const centroids = float32(
    Float32Array.from({ length: K * F }, () => random.normal()),
    [K, F],
  );
  // Fresh weights are so small that every picture would get the same answer.
  return Object.fromEntries(
    Object.entries(initXLxmert(config, random, centroids)).map(([name, { data, shape }]) => {
      const scale = name === 'vis_emb.weight' || /norm|linear_feat|logit_fc\.2/i.test(name) ? 1 : 6;
      return [
        name,
        float32(
          (data as Float32Array).map((x) => x * scale),
          shape,
        ),
      ];
    }),
  );
}

async function writeEncoder(root: string): Promise<string> {
  return writeCheckpoint(root, 'grid-encoder/tiny', {
    manifest: manifest({ id: 'grid-encoder-tiny', architecture: 'grid-encoder', tasks: [] }),
    config: ENCODER,
    weights: initialGridEncoder(ENCODER, createRandom('tiny encoder')),
  });
}

/** What a checkpoint knows, when it is not the few words here. */
interface Knowledge {
  vocabulary: readonly string[];
  answers: readonly string[];
  /** What the manifest says of its data. */
  data: { name: string; description: string };
}
const LITTLE: Knowledge = {
  vocabulary: VOCABULARY,
  answers: ANSWERS,
  data: { name: 'none', description: 'random weights' },
};

/** Writes `x-lxmert-<head>/tiny` (id `tiny-<head>`) and `grid-encoder/tiny`; returns their folders. */
export async function writeTinyAnswerer(
  root: string,
  head: AnswerHead,
  { vocabulary, answers, data }: Knowledge = LITTLE,
): Promise<CheckpointFolders> {
  const base: LxmertConfig = {
    ...LXMERT,
    vocab_size: vocabulary.length,
    num_qa_labels: answers.length,
  };
  const num_answers = head === 'nlvr2' ? 2 : answers.length;
  const config: FinetunedConfig = { ...base, head, num_answers };
  const own = head === 'nlvr2' ? [] : answers;
  const folder = await writeCheckpoint(root, `x-lxmert-${head}/tiny`, {
    manifest: manifest({
      id: `tiny-${head}`,
      tasks: [head === 'nlvr2' ? 'nlvr2' : 'vqa'],
      files: ['config.json', 'model.safetensors', 'vocab.txt', ...(head === 'nlvr2' ? [] : ['answers.txt'])],
      components: { grid_encoder: 'grid-encoder/tiny' },
      data,
    }),
    config,
    weights: initFinetuned(config, pretrained(base), { own, base: answers }, createRandom('head')),
    vocabulary,
  });
  if (head !== 'nlvr2') await writeFile(join(folder, 'answers.txt'), `${answers.join('\n')}\n`);
  return { folder, components: { grid_encoder: await writeEncoder(root) } };
}

/** Writes `x-lxmert/captioner` (id `tiny-captioner`) and `grid-encoder/tiny`; returns their folders. */
export async function writeTinyCaptioner(root: string): Promise<CheckpointFolders> {
  const config: LxmertConfig = { ...LXMERT, num_qa_labels: ANSWERS.length };
  const folder = await writeCheckpoint(root, 'x-lxmert/captioner', {
    manifest: manifest({
      id: 'tiny-captioner',
      tasks: ['caption'],
      files: ['config.json', 'model.safetensors', 'vocab.txt'],
      components: { grid_encoder: 'grid-encoder/tiny' },
    }),
    config,
    weights: pretrained(config),
    vocabulary: VOCABULARY,
  });
  return { folder, components: { grid_encoder: await writeEncoder(root) } };
}
