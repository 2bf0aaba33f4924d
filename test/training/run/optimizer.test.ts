/** AdamW in a compiled training step, against six updates of the authors' training code. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { TrainStep } from '../../../src/engines/engine.ts';
import { valueAndGradients } from '../../../src/engines/gradients-of.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import {
  dropTiedWeights,
  FROZEN_WEIGHTS,
  type LxmertConfig,
  type PretrainingTask,
  parseLxmertConfig,
  pretrainingLoss,
} from '../../../src/models/lxmert/index.ts';
import { float32, type HostTensors, int32, sizeOf } from '../../../src/tensor.ts';
import {
  adam,
  adamW,
  initialAdamState,
  isOptimizerSlot,
  noDecay,
  warmupThenDecay,
} from '../../../src/training/run/optimizer.ts';
import { expectClose, type GoldenCase, golden, weightsFrom } from '../../fixtures/golden.ts';

interface OptimizerCase extends GoldenCase {
  optimizer: {
    kind: 'hf' | 'torch';
    lr: number;
    weight_decay: number;
    warmup_ratio: number;
    total_steps: number;
    clip_grad_norm: number;
    betas: [number, number];
    eps: number;
    no_decay: string[];
  };
  trace: { task: PretrainingTask; loss: number; grad_norm: number; lr: number }[];
}

const engine = createOnnxRuntimeEngine({ threads: 2 });

function trainStep(
  config: LxmertConfig,
  task: PretrainingTask,
  settings: OptimizerCase['optimizer'],
): TrainStep {
  return (state, { learning_rate, ...batch }) => {
    const parameters = Object.fromEntries(
      Object.entries(state).filter(([name]) => !isOptimizerSlot(name) && !FROZEN_WEIGHTS.has(name)),
    );
    const { loss, gradients } = valueAndGradients(parameters, (p) => ({
      loss: pretrainingLoss(config, { ...state, ...p }, batch, { task }).loss,
    }));
    const result = adamW(state, gradients, {
      kind: settings.kind,
      weightDecay: settings.weight_decay,
      betas: settings.betas,
      epsilon: settings.eps,
      noDecay,
      maxGradNorm: settings.clip_grad_norm,
      learningRate: learning_rate as tf.Scalar,
    });
    return { state: result.state, metrics: { loss, gradNorm: result.gradNorm } };
  };
}

describe.each([
  ['x-lxmert-tiny', 'Epoch20_LXRT.pth'],
  ['lxmert-tiny', 'model.safetensors'],
])('AdamW on %s/%s', async (folder, file) => {
  const fixture = golden<OptimizerCase>(folder);
  const config = parseLxmertConfig(fixture.config);
  const weights = dropTiedWeights(await weightsFrom(`${folder}/${file}`));
  const tasks = ['vis_mask', 'word_mask', 'matched'] as const;

  test.each(fixture.cases.filter(({ name }) => name.startsWith('optimizer-')))('$name', async (update) => {
    const batches = Object.fromEntries(
      tasks.map((task) => [task, fixture.inputs(fixture.cases.find(({ name }) => name === `loss-${task}`)!)]),
    );
    // One layout for all tasks: what a task does not read is zero.
    const layout: HostTensors = Object.assign({ learning_rate: float32([0], []) }, ...Object.values(batches));
    const blank: HostTensors = Object.fromEntries(
      Object.entries(layout).map(([name, { dtype, shape }]) => {
        const zeros = new Array<number>(sizeOf(shape)).fill(0);
        return [name, dtype === 'float32' ? float32(zeros, shape) : int32(zeros, shape)];
      }),
    );
    const trainable = Object.fromEntries(
      Object.entries(weights).filter(([name]) => !FROZEN_WEIGHTS.has(name)),
    );
    const { lr, warmup_ratio, total_steps } = update.optimizer;
    const trainer = await engine.compileTraining({
      name: update.name,
      steps: Object.fromEntries(tasks.map((task) => [task, trainStep(config, task, update.optimizer)])),
      state: { ...weights, ...initialAdamState(trainable) },
      batch: blank,
    });
    try {
      for (const half of [0, 3]) {
        const steps = update.trace.slice(half, half + 3).map(({ task }, i) => {
          const rate = lr * warmupThenDecay(half + i, Math.trunc(total_steps * warmup_ratio), total_steps);
          expect(rate).toBeCloseTo(update.trace[half + i]!.lr, 12);
          return { task, batch: { ...blank, ...batches[task]!, learning_rate: float32([rate], []) } };
        });
        const metrics = await trainer.run(steps);
        for (const [i, { loss, grad_norm }] of update.trace.slice(half, half + 3).entries()) {
          expect(Math.abs(metrics[i]!.loss! - loss)).toBeLessThan(1e-4 + 1e-4 * loss);
          expect(Math.abs(metrics[i]!.gradNorm! - grad_norm)).toBeLessThan(1e-4 + 1e-4 * grad_norm);
        }
        const state = trainer.state();
        for (const [name, expected] of Object.entries(fixture.expected(update))) {
          const [when, parameter] = [name.slice(0, 5), name.slice(6)];
          if (when === `step${half + 3}`) expectClose(state[parameter], expected, update.tolerance, name);
        }
        // Every parameter counts its own updates: a head only those of its task.
        const count = (name: string): number => state[`adam_t/${name}`]!.data[0]!;
        expect(count('bert.embeddings.word_embeddings.weight')).toBe(half + 3);
        expect(count('cls.seq_relationship.weight')).toBe(half / 3 + 1);
      }
      expect(trainer.state()['vis_emb.weight']).toEqual(weights['vis_emb.weight']);
    } finally {
      await trainer.release();
    }
  });
});

test('the decay groups are chosen by substring, as the reference does', () => {
  expect(noDecay('bert.pooler.dense.bias')).toBe(true);
  expect(noDecay('bert.embeddings.LayerNorm.weight')).toBe(true);
  expect(noDecay('bert.encoder.visn_fc.visn_layer_norm.weight')).toBe(false);
});

test('the learning rate warms up from 0 and decays to 0', () => {
  const rates = [0, 1, 2, 6, 10, 11].map((step) => warmupThenDecay(step, 2, 10));
  expect(rates).toEqual([0, 0.5, 1, 0.5, 0, 0]);
  expect(warmupThenDecay(0, 0, 10)).toBe(1);
});

test('Adam finds the minimum of a parabola and leaves a parameter without gradient alone', async () => {
  const parameters: HostTensors = { x: float32([3, -2], [2]), idle: float32([1], [1]) };
  const step: TrainStep = (state, batch) => {
    const { loss, gradients } = valueAndGradients({ x: state.x!, idle: state.idle! }, (p) => ({
      loss: tf.sum(tf.square(p.x!)) as tf.Scalar,
    }));
    const result = adam(state, gradients, {
      learningRate: batch.learning_rate as tf.Scalar,
      betas: [0.9, 0.999],
      epsilon: 1e-8,
      maxGradNorm: 0,
    });
    return { state: result.state, metrics: { loss } };
  };
  const trainer = await engine.compileTraining({
    name: 'parabola',
    steps: { step },
    state: { ...parameters, ...initialAdamState(parameters) },
    batch: { learning_rate: { dtype: 'float32', shape: [] } },
  });
  const batch = { learning_rate: float32([0.1], []) };
  const metrics = await trainer.run(Array.from({ length: 200 }, () => ({ task: 'step', batch })));
  const state = trainer.state();
  // The first step of Adam is the learning rate itself, against the gradient's sign: 3 - 0.1, -2 + 0.1.
  expect(metrics[0]!.loss).toBeCloseTo(13, 5);
  expect(metrics[1]!.loss).toBeCloseTo(2.9 ** 2 + 1.9 ** 2, 4);
  expect(metrics.at(-1)!.loss).toBeLessThan(1e-2);
  expect([...state.idle!.data]).toEqual([1]);
  expect(state['adam_t/idle']!.data[0]).toBe(0);
  await trainer.release();
});
