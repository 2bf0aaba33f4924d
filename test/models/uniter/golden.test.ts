/** Every output, loss and gradient of UNITER's own code on a small model, from its own file. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { Tensors } from '../../../src/engines/engine.ts';
import { valueAndGradients } from '../../../src/engines/gradients-of.ts';
import { crossEntropy } from '../../../src/models/ops.ts';
import {
  answerScores,
  attendedPairScores,
  matchedScores,
  pairScores,
  parseUniterConfig,
  predictedFeature,
  regionScores,
  regressionLoss,
  tripletScores,
  UNITER_TIED,
  type UniterConfig,
  type UniterOutput,
  uniter,
  uniterWeightShapes,
  wordScores,
} from '../../../src/models/uniter/index.ts';
import { float32, type HostTensor, type HostTensors, int32 } from '../../../src/tensor.ts';
import { evaluate, expectClose, golden, weightsFrom } from '../../fixtures/golden.ts';

const fixture = golden('uniter-tiny');
const sizes = fixture.config as Record<string, number>;
const config: UniterConfig = parseUniterConfig({
  ...sizes,
  visual_feat_dim: sizes.img_dim,
  visual_pos_dim: 7,
  num_clusters: 0,
  num_qa_labels: 0,
  num_object_labels: sizes.img_label_dim,
  visual_losses: ['obj', 'feat'],
});
const weights = Object.fromEntries(
  Object.entries(await weightsFrom('uniter-tiny/uniter-tiny.pt')).filter(([name]) => !(name in UNITER_TIED)),
);
const caseOf = (name: string) => fixture.cases.find((one) => one.name === name)!;

const scalar = (value: number): HostTensor => float32([value], []);

/** The rows of [B, L, C] where the mask [B, L] is set, as the reference returns them. */
function rowsWhere(all: HostTensor, mask: HostTensor): HostTensor {
  const width = all.shape.at(-1)!;
  const rows = [...mask.data.keys()].filter((i) => mask.data[i]);
  const data = rows.flatMap((row) => [...all.data.subarray(row * width, (row + 1) * width)]);
  return float32(data, [rows.length, width]);
}

/** The other way round: rows of targets at the places of the mask, zeros elsewhere. [B, L, C] */
function spread(rows: HostTensor, mask: HostTensor): HostTensor {
  const width = rows.shape.at(-1)!;
  const data = new Float32Array(mask.data.length * width);
  let row = 0;
  for (const [i, on] of mask.data.entries()) {
    if (on) data.set(rows.data.subarray(row * width, ++row * width), i * width);
  }
  return float32(data, [...mask.shape, width]);
}

test('has the weights that the config says', () => {
  expect(Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape]))).toEqual(
    uniterWeightShapes(config),
  );
});

test.each(['encode', 'encode-text-only', 'encode-image-only'])('%s', async (name) => {
  const one = caseOf(name);
  const outputs = await evaluate(
    (w, inputs) => {
      const { text, image, layers, pooled } = uniter(config, w, inputs);
      return {
        ...(text && image && { text_embedding: text, image_embedding: image }),
        ...Object.fromEntries(layers.map((layer, i) => [`layer_${i}`, layer])),
        pooled_output: pooled,
      };
    },
    weights,
    fixture.inputs(one),
  );
  for (const [key, expected] of Object.entries(fixture.expected(one))) {
    expectClose(outputs[key], expected, one.tolerance, key);
  }
});

interface Pretraining {
  mask: (inputs: HostTensors) => HostTensor;
  /** Inputs beside the backbone's. */
  targets: (inputs: HostTensors) => HostTensors;
  scores: (w: Tensors, output: UniterOutput, inputs: Tensors) => tf.Tensor;
  loss: (scores: tf.Tensor, inputs: Tensors) => tf.Scalar;
}

/** Labels of the masked places, -100 elsewhere. */
const labelled = (labels: readonly number[], mask: HostTensor): HostTensor => {
  let next = 0;
  return int32(
    Array.from(mask.data, (on) => (on ? labels[next++]! : -100)),
    mask.shape,
  );
};

const regions: Pick<Pretraining, 'mask' | 'scores'> = {
  mask: ({ img_mask_tgt }) => img_mask_tgt!,
  scores: (w, { states }) => regionScores(config, w, states),
};

/** KL divergence from soft targets, mean over classes too, of the masked positions (MRC-KL). → scalar */
function divergenceLoss(logits: tf.Tensor, target: tf.Tensor, mask: tf.Tensor): tf.Scalar {
  const counted = tf.cast(mask, 'float32');
  // 0 · log 0 is 0. A normal number: libtensorflow takes smaller ones, such as 1e-38, for 0.
  const entropy = tf.mul(target, tf.log(tf.maximum(target, tf.scalar(1e-30))));
  const divergence = tf.mean(tf.sub(entropy, tf.mul(target, tf.logSoftmax(logits))), -1);
  return tf.div(tf.sum(tf.mul(divergence, counted)), tf.maximum(tf.sum(counted), tf.scalar(1))) as tf.Scalar;
}

const PRETRAINING: Record<string, Pretraining> = {
  'pretrain-mlm': {
    mask: ({ txt_labels }) =>
      int32(
        Array.from(txt_labels!.data, (label) => Number(label !== -1)),
        txt_labels!.shape,
      ),
    targets: ({ txt_labels }) => ({
      labels: int32(
        Array.from(txt_labels!.data, (label) => (label === -1 ? -100 : label)),
        txt_labels!.shape,
      ),
    }),
    scores: (w, { states }, { labels }) => {
      const [B, T] = labels!.shape as [number, number];
      return wordScores(config, w, tf.slice(states, [0, 0, 0], [B, T, config.hidden_size]));
    },
    loss: (scores, { labels }) => crossEntropy(scores, labels!),
  },
  'pretrain-mrfr': {
    mask: regions.mask,
    targets: ({ feat_targets, img_mask_tgt }) => ({
      targets: spread(feat_targets!, img_mask_tgt!),
      mask: img_mask_tgt!,
    }),
    scores: (w, { states }) => predictedFeature(config, w, states),
    loss: (scores, { targets, mask }) => regressionLoss(scores, targets!, mask!),
  },
  'pretrain-mrc': {
    ...regions,
    targets: ({ label_targets, img_mask_tgt }) => {
      const C = label_targets!.shape[1]!;
      const best = Array.from({ length: label_targets!.shape[0]! }, (_, row) => {
        const soft = [...label_targets!.data.subarray(row * C + 1, (row + 1) * C)];
        return 1 + soft.indexOf(Math.max(...soft));
      });
      return { labels: labelled(best, img_mask_tgt!) };
    },
    loss: (scores, { labels }) => crossEntropy(scores, labels!),
  },
  'pretrain-mrc-kl': {
    ...regions,
    targets: ({ label_targets, img_mask_tgt }) => ({
      targets: spread(label_targets!, img_mask_tgt!),
      mask: img_mask_tgt!,
    }),
    loss: (scores, { targets, mask }) => divergenceLoss(scores, targets!, mask!),
  },
};

const BACKBONE = [
  'input_ids',
  'position_ids',
  'img_feat',
  'img_pos_feat',
  'attn_masks',
  'gather_index',
  'img_masks',
];

test.each(Object.keys(PRETRAINING))('%s', async (name) => {
  const one = caseOf(name);
  const { mask, targets, scores, loss } = PRETRAINING[name]!;
  const given = fixture.inputs(one);
  const inputs = {
    ...Object.fromEntries(Object.entries(given).filter(([key]) => BACKBONE.includes(key))),
    ...targets(given),
  };
  const outputs = await evaluate(
    (w, batch) => {
      const result = valueAndGradients(w, (p) => {
        const all = scores(p, uniter(config, p, batch), batch);
        return { loss: loss(all, batch), aux: { scores: all } };
      });
      const gradients = Object.entries(result.gradients).map(([key, gradient]) => [`grad/${key}`, gradient]);
      return { ...result.aux, loss: result.loss, ...Object.fromEntries(gradients) };
    },
    weights,
    inputs,
  );
  const expected = fixture.expected(one);
  expectClose(rowsWhere(outputs.scores!, mask(given)), expected.scores!, one.tolerance, 'scores');
  expectClose(outputs.loss, scalar(one.expected_scalars!.mean_loss!), one.tolerance, 'mean_loss');
  for (const [key, gradient] of Object.entries(expected)) {
    if (key.startsWith('grad/')) expectClose(outputs[key], gradient, one.tolerance, key);
  }
});

/** Heads on what is pooled, and how their losses add up. */
const FINETUNED: Record<string, (w: Tensors, output: UniterOutput, inputs: Tensors) => tf.Tensor> = {
  'pretrain-itm': (w, { pooled }) => matchedScores(w, pooled),
  vqa: (w, { pooled }) => answerScores(config, w, pooled),
  'nlvr2-paired': (w, { pooled }) => pairScores(w, pooled),
  'nlvr2-triplet': (w, { pooled }) => tripletScores(w, pooled),
  'nlvr2-paired-attn': (w, { states }, { attn_masks }) => attendedPairScores(config, w, states, attn_masks!),
};

test.each(Object.keys(FINETUNED))('%s', async (name) => {
  const one = caseOf(name);
  const head = name === 'pretrain-itm' ? {} : fixture.tensors(`${name}-head.safetensors`);
  const outputs = await evaluate(
    (w, { targets, ...inputs }) => {
      const scores = FINETUNED[name]!(w, uniter(config, w, inputs), inputs);
      const loss =
        targets!.dtype === 'int32'
          ? crossEntropy(scores, targets!)
          : tf.mean(tf.sub(tf.softplus(scores), tf.mul(scores, targets!)));
      return { scores, loss };
    },
    { ...weights, ...head },
    fixture.inputs(one),
  );
  expectClose(outputs.scores, fixture.expected(one).scores!, one.tolerance, 'scores');
  expectClose(outputs.loss, scalar(one.expected_scalars!.mean_loss!), one.tolerance, 'mean_loss');
});

test('a config that lacks sizes is refused, all of them named', () => {
  expect(() =>
    parseUniterConfig({ ...config, num_hidden_layers: 0, visual_pos_dim: 4, hidden_act: 'relu' }),
  ).toThrow(/num_hidden_layers.*visual_pos_dim.*hidden_act/);
});
