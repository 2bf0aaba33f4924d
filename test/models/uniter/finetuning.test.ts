/** Fine-tuned X-UNITER on a grid: the authors' values, and where training starts. */

import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { valueAndGradients } from '../../../src/engines/gradients-of.ts';
import {
  finetunedModelConfig,
  finetunedModelShapes,
  initFinetunedModel,
  initModel,
  modelFinetuningLoss,
  modelLogits,
  parseFinetunedModelConfig,
  parseModelConfig,
} from '../../../src/models/family.ts';
import { type AnswerHead, NLVR2_SETUPS, type Nlvr2Setup } from '../../../src/models/finetuning-choices.ts';
import type { UniterConfig } from '../../../src/models/uniter/index.ts';
import { createRandom } from '../../../src/random.ts';
import { float32, type HostTensor, type HostTensors, int32 } from '../../../src/tensor.ts';
import { evaluate, expectClose, golden, weightsFrom } from '../../fixtures/golden.ts';
import { collatedLogits, FIXTURES } from './collated-statements.ts';

const fixture = golden('uniter-tiny');
const sizes = fixture.config as Record<string, number>;
const published = parseModelConfig({
  ...sizes,
  visual_feat_dim: sizes.img_dim,
  visual_pos_dim: 7,
  num_clusters: 0,
  num_qa_labels: 0,
  num_object_labels: sizes.img_label_dim,
  visual_losses: ['obj', 'feat'],
});
const weights = Object.fromEntries(
  Object.entries(await weightsFrom('uniter-tiny/uniter-tiny.pt')).filter(([name]) =>
    name.startsWith('uniter.'),
  ),
);

/** One row of a batch, still [1, …]. */
function rowOf({ data, shape, dtype }: HostTensor, row: number): HostTensor {
  const length = data.length / shape[0]!;
  const own = data.slice(row * length, (row + 1) * length);
  const of = [1, ...shape.slice(1)];
  return dtype === 'int32' ? int32(own as Int32Array, of) : float32(own as Float32Array, of);
}

it("answers as the authors' VQA model does, on the row whose places are all seen", async () => {
  const one = fixture.cases.find(({ name }) => name === 'vqa')!;
  const { input_ids, img_feat, img_pos_feat } = fixture.inputs(one);
  const { scores } = fixture.expected(one);
  const config = finetunedModelConfig(published, 'vqa', scores!.shape[1]!);
  const { logits } = await evaluate(
    (w, inputs) => ({ logits: modelLogits(config, w, inputs) }),
    { ...weights, ...fixture.tensors('vqa-head.safetensors') },
    {
      input_ids: rowOf(input_ids!, 1),
      visual_feats: rowOf(img_feat!, 1),
      visual_pos: rowOf(img_pos_feat!, 1),
    },
  );
  expectClose(logits, rowOf(scores!, 1), one.tolerance, 'logits');
});

it.each(NLVR2_SETUPS)("judges as the authors' model of the setup %s does", async (setup) => {
  const head = fixture.tensors(`${FIXTURES[setup]}-head.safetensors`);
  const config = finetunedModelConfig(published, 'nlvr2', 2, setup);
  const random = createRandom('pairs');
  const [B, T, V] = [3, 6, 9];
  const F = config.visual_feat_dim;
  const numbers = (shape: number[]) =>
    float32(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
      shape,
    );
  const ids = [
    [101, 153, 106, 102, 0, 0],
    [101, 127, 136, 190, 132, 102],
    [101, 187, 102, 0, 0, 0],
  ];
  const places = numbers([V, 7]);
  const pictures = numbers([B, 2, V, F]);
  const own = { ...weights, ...head };
  const expected = await collatedLogits(setup, published as UniterConfig, own, ids, pictures, places);
  const { logits } = await evaluate((w, inputs) => ({ logits: modelLogits(config, w, inputs) }), own, {
    input_ids: int32(ids.flat(), [B, T]),
    visual_feats: pictures,
    visual_pos: places,
  });
  expectClose(logits, expected, { abs: 1e-4, rel: 1e-4 }, 'logits');
  const shapes = Object.fromEntries(Object.entries(own).map(([name, { shape }]) => [name, shape]));
  expect(finetunedModelShapes(config)).toEqual(shapes);
});

it('a checkpoint that is older than the choice of setups holds pairs', () => {
  const { nlvr2_setup: _, ...older } = finetunedModelConfig(published, 'nlvr2', 2, 'pair');
  const shapes = finetunedModelShapes(finetunedModelConfig(published, 'nlvr2', 2, 'pair'));
  expect(finetunedModelShapes(parseFinetunedModelConfig(older))).toEqual(shapes);
  expect(() => parseFinetunedModelConfig({ ...older, nlvr2_setup: 'three' })).toThrow(
    'nlvr2_setup (one of pair, pair-attention, triplet)',
  );
});

const BASE = {
  ...{ vocab_size: 20, hidden_size: 8, num_attention_heads: 2, intermediate_size: 8, num_hidden_layers: 1 },
  ...{ max_position_embeddings: 8, type_vocab_size: 2, visual_feat_dim: 4, visual_pos_dim: 7 },
  ...{ num_clusters: 3, num_qa_labels: 3, num_object_labels: 0, hidden_act: 'gelu', layer_norm_eps: 1e-12 },
  ...{ visual_losses: ['obj'], grid: 2 },
};
const answers = { base: ['yes', 'no', 'red'], own: ['no', 'blue', 'red', 'yes'] };

const SETUPS: [AnswerHead, Nlvr2Setup | undefined][] = [
  ['vqa', undefined],
  ['gqa', undefined],
  ...NLVR2_SETUPS.map((setup): [AnswerHead, Nlvr2Setup] => ['nlvr2', setup]),
];

describe.each(SETUPS)('%s %s', (head, setup) => {
  const config = finetunedModelConfig(BASE, head, head === 'nlvr2' ? 2 : answers.own.length, setup);
  const random = createRandom('base');
  const base = initModel(
    parseModelConfig(BASE),
    random,
    float32(
      Array.from({ length: 12 }, () => random.normal()),
      [3, 4],
    ),
  );
  const initial = initFinetunedModel(config, base, answers, createRandom('head'));

  it('starts from the pre-trained backbone and the answers it knows', () => {
    expect(Object.fromEntries(Object.entries(initial).map(([name, { shape }]) => [name, shape]))).toEqual(
      finetunedModelShapes(config),
    );
    const layer = 'uniter.encoder.layer.0.output.dense.weight';
    expect(initial[layer]).toEqual(base[layer]);
    const types = 'uniter.embeddings.token_type_embeddings.weight';
    const D = 8;
    if (head === 'nlvr2') {
      expect([...initial[types]!.data.subarray(0, 2 * D)]).toEqual([...base[types]!.data]);
      // The second picture begins as one of the first's type.
      expect(initial[types]!.data.subarray(2 * D)).toEqual(base[types]!.data.subarray(D, 2 * D));
      return;
    }
    const output = 'vqa_output.3.weight';
    const row = (of: HostTensors, i: number) => [...of[output]!.data.subarray(i * 2 * D, (i + 1) * 2 * D)];
    expect(row(initial, 0)).toEqual(row(base, 1));
    expect(row(initial, 2)).toEqual(row(base, 2));
    expect(row(initial, 3)).toEqual(row(base, 0));
    expect(answers.base.map((_, i) => row(base, i))).not.toContainEqual(row(initial, 1));
  });

  it('refuses a base that lacks a weight', () => {
    const { 'uniter.pooler.dense.bias': _, ...rest } = base;
    expect(() => initFinetunedModel(config, rest, answers, createRandom('head'))).toThrow(
      'uniter.pooler.dense.bias is missing',
    );
  });

  it('learns with every weight that it reads', async () => {
    const B = 2;
    const pairs = head === 'nlvr2' ? [B, 2, 4, 4] : [B, 4, 4];
    const numbers = (shape: number[]) =>
      float32(
        Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
        shape,
      );
    const outputs = await evaluate(
      (w, batch) => {
        const { gradients } = valueAndGradients(w, (p) => ({
          loss: modelFinetuningLoss(config, p, batch).loss,
          aux: {},
        }));
        return Object.fromEntries(
          Object.entries(gradients).map(([name, gradient]) => [name, tf.norm(gradient)]),
        );
      },
      initial,
      {
        input_ids: int32([2, 5, 3, 0, 2, 6, 7, 3], [B, 4]),
        visual_feats: numbers(pairs),
        visual_pos: numbers([4, 7]),
        labels: int32([0, 1], [B]),
        targets: numbers([B, 4]),
      },
    );
    const still = Object.entries(outputs).filter(([, { data }]) => !(data[0]! > 0));
    // Keys' biases cancel in the softmax, up to rounding; pictures that are seen have no mask.
    expect(still.map(([name]) => name).filter((name) => !/mask_embedding|key\.bias/.test(name))).toEqual([]);
    // Attention pools in place of the pooler, which stays in the authors' files.
    const unread = setup === 'pair-attention' ? /mask_embedding|pooler/ : /mask_embedding/;
    const shapes = Object.keys(finetunedModelShapes(config)).filter((name) => !unread.test(name));
    expect(shapes.filter((name) => !(name in outputs))).toEqual([]);
  });
});
