import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Tensors } from '../../../src/engines/engine.ts';
import { discriminate } from '../../../src/models/discriminator/discriminator.ts';
import { codeGrid } from '../../../src/models/generator/code-grid.ts';
import { generate } from '../../../src/models/generator/generator.ts';
import { discriminatorLoss, generatorLoss } from '../../../src/models/generator/losses.ts';
import { filterToTorch, imageToTorch } from '../../../src/models/layout.ts';
import { conv2d } from '../../../src/models/ops.ts';
import { spectrallyNormalised } from '../../../src/models/spectral-norm.ts';
import { float32, type HostTensor, type HostTensors } from '../../../src/tensor.ts';
import {
  discriminatorGradients,
  type GeneratorStepOptions,
  generatorBatch,
  generatorGradientSums,
  generatorGradients,
  generatorPass,
  generatorStep,
  initialGeneratorState,
  trainedGenerator,
} from '../../../src/training/generator/generator-step.ts';
import { passesOf } from '../../../src/training/run/passes.ts';
import {
  adam,
  discriminatorConfig,
  expectClose,
  generatorConfig,
  loadCase,
  lossWeights,
  pixels,
  weightsOf,
} from '../../models/generator/fixture.ts';
import { engine, evaluate, specsOf } from '../../models/generator/run.ts';

/** The fixture's stand-in for ResNet-50: four convolutions on ImageNet-normalised pixels. */
function perceptual(weights: Tensors, images: tf.Tensor4D): tf.Tensor[] {
  const unit = tf.clipByValue(tf.mul(tf.add(images, 1), 0.5), 0, 1);
  let h = tf.div(tf.sub(unit, tf.tensor1d([0.485, 0.456, 0.406])), tf.tensor1d([0.229, 0.224, 0.225]));
  return [0, 1, 2, 3].map((i) => {
    h = tf.relu(
      conv2d(h, weights[`stages.${i}.weight`]!, {
        strides: 2,
        padding: 1,
        bias: weights[`stages.${i}.bias`]!,
      }),
    );
    return h;
  });
}

const options: GeneratorStepOptions = {
  generator: generatorConfig,
  discriminator: discriminatorConfig,
  losses: lossWeights,
  perceptual,
  adam: { betas: adam.betas, epsilon: adam.eps, maxGradNorm: adam.grad_clip_norm },
};

const discriminator = await weightsOf('D');
const state = initialGeneratorState({
  centroids: discriminator['emb_classifier.weight']!,
  generator: await weightsOf('G'),
  discriminator,
  perceptual: await weightsOf('perceptual_stub'),
});

async function batchOf(name: string): Promise<HostTensors> {
  const { cluster_ids, img, ...noise } = (await loadCase(name)).inputs;
  return {
    codes: cluster_ids!,
    images: pixels(img!),
    ...noise,
    generator_learning_rate: float32([adam.g_lr], []),
    discriminator_learning_rate: float32([adam.d_lr], []),
  };
}

/** Scalars that the case states and that are computed here. */
function expectScalars(metrics: Record<string, number>, expected: Record<string, number>): void {
  const known = Object.entries(expected).filter(([name]) => name !== 'obj_loss');
  expect(known.length).toBeGreaterThan(10);
  for (const [name, value] of known) {
    expect(Math.abs(metrics[name]! - value), `${name}: ${metrics[name]}, wanted ${value}`).toBeLessThan(
      1e-4 + 1e-4 * Math.abs(value),
    );
  }
}

const inTorch = (tensor: HostTensor) => (tensor.shape.length === 4 ? filterToTorch(tensor) : tensor);

describe('the losses of generator and discriminator', () => {
  it('equal the reference’s validation pass', async () => {
    const golden = await loadCase('losses');
    const outputs = await evaluate(
      (weights, { codes, images, ...noise }) => {
        const named = (prefix: string) =>
          Object.fromEntries(
            Object.entries(weights)
              .filter(([name]) => name.startsWith(prefix))
              .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
          );
        const G = spectrallyNormalised(named('generator/'), 0).weights;
        const D = {
          ...spectrallyNormalised(named('discriminator/'), 0).weights,
          'emb_classifier.weight': weights.centroids!,
        };
        const judge = (x: tf.Tensor4D) => discriminate(discriminatorConfig, D, x);
        const real = images as tf.Tensor4D;
        const fake = generate(generatorConfig, G, codeGrid(weights.centroids!, codes!, 8), noise);
        const forGenerator = generatorLoss(lossWeights, {
          fake,
          real,
          codes: codes!,
          perceptual: (x) => perceptual(named('perceptual/'), x),
          discriminator: judge,
        });
        const forDiscriminator = discriminatorLoss(lossWeights, {
          fake: judge(fake),
          real: judge(real),
          codes: codes!,
        });
        return { fake, ...forGenerator.aux, ...forDiscriminator.aux };
      },
      state,
      await batchOf('losses'),
    );
    expectClose(imageToTorch(outputs.fake!), golden.tensors.fake_image!, golden.tolerance, 'fake_image');
    const metrics = Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data[0]!]));
    expectScalars(metrics, golden.scalars);
  });
});

/** One step on the whole batch of a case. */
async function stepOnce() {
  const batch = await batchOf('train-step');
  const specs = generatorBatch(options, batch.codes!.shape[0]!);
  expect(specs).toEqual(specsOf(batch));
  const trainer = await engine.compileTraining({
    name: 'generator',
    steps: { step: generatorStep(options) },
    state,
    batch: specs,
  });
  const [metrics] = await trainer.run([{ task: 'step', batch }]);
  const after = trainer.state();
  await trainer.release();
  return { batch, metrics: metrics!, after };
}
/** Two tests look at it: compiling takes most of their time. */
let whole: ReturnType<typeof stepOnce> | undefined;
const wholeStep = () => {
  whole ??= stepOnce();
  return whole;
};

describe('the training step', () => {
  it('has the reference’s gradients before clipping', async () => {
    const golden = await loadCase('train-step');
    const outputs = await evaluate(
      (weights, batch) => {
        const painted = generatorGradients(options, weights, batch);
        const judged = discriminatorGradients(options, weights, batch, painted.fake);
        const named = (prefix: string, tensors: Tensors) =>
          Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor] as const);
        return Object.fromEntries([
          ...named('g_grad/', painted.gradients),
          ...named('d_grad/', judged.gradients),
        ]);
      },
      state,
      await batchOf('train-step'),
    );
    const gradients = Object.keys(golden.expected).filter((name) => name.includes('_grad/'));
    expect(gradients.length).toBe(18);
    for (const name of gradients) {
      expectClose(inTorch(outputs[name]!), golden.tensors[name]!, { abs: 2e-3, rel: 1e-2 }, name);
    }
  });

  it('ends where the reference’s update of G, then D, ends', async () => {
    const golden = await loadCase('train-step');
    const { metrics, after } = await wholeStep();
    expectScalars(metrics, golden.scalars);
    for (const name of Object.keys(golden.expected).filter((key) => key.includes('_after/'))) {
      const weight = name.replace('g_after/', 'generator/').replace('d_after/', 'discriminator/');
      const gradient = golden.tensors[name.replace('_after/', '_grad/')];
      if (gradient) {
        // Adam's first update is the learning rate times the gradient's sign: small entries may flip.
        const largest = Math.max(...Array.from(gradient.data, Math.abs));
        const counts = (i: number) => Math.abs(gradient.data[i]!) > 0.01 * largest;
        const tolerance = { abs: 1e-4, rel: 0 };
        expectClose(inTorch(after[weight]!), golden.tensors[name]!, tolerance, name, counts);
        // The tolerance is as large as one update of D: the weights must have moved, too.
        expect(after[weight]!.data, name).not.toEqual(state[weight]!.data);
      } else {
        expect(name).toMatch(/weight_[uv]$/);
        expectClose(after[weight], golden.tensors[name]!, { abs: 1e-4, rel: 1e-4 }, name);
      }
    }
    const frozen = Object.keys(state).filter(
      (name) => name.startsWith('perceptual/') || name === 'centroids',
    );
    for (const name of frozen) expect(after[name]!.data, name).toEqual(state[name]!.data);
    expect(Object.keys(trainedGenerator(after))).toEqual(Object.keys(trainedGenerator(state)));
  });
});

describe('a batch in passes', () => {
  it('ends where the whole batch ends, and adds up to its losses', async () => {
    const { batch, metrics, after: wanted } = await wholeStep();
    const rows = batch.codes!.shape[0]!;
    const share = 1 / rows;
    const parts = await engine.compileTraining({
      name: 'parts',
      steps: {
        'step/more': generatorPass(options, { pass: 'more', share }),
        'step/last': generatorPass(options, { pass: 'last', share }),
      },
      state: { ...state, ...generatorGradientSums(state) },
      batch: generatorBatch(options, 1),
    });
    const found: Record<string, number>[] = [];
    for (const pass of passesOf('step', batch, rows, 1)) found.push(...(await parts.run([pass])));
    const after = parts.state();
    // Of Adam's first moment, which at beta1 0 is the gradient: its first update has the same size for any gradient,
    // so that where that is nothing but rounding, the parameters differ.
    const compared = Object.entries(wanted).filter(
      ([name]) => !/^(generator|discriminator)\/.*(weight_orig|weight|bias)$/.test(name),
    );
    expect(compared.length).toBeGreaterThan(50);
    for (const [name, tensor] of compared) {
      const other = after[name]!.data;
      const most = Math.max(...Array.from(tensor.data, (x, i) => Math.abs(x - other[i]!)));
      expect(most, name).toBeLessThan(1e-5);
    }
    for (const [name, { data }] of Object.entries(after))
      if (name.startsWith('grad_sum/')) expect(Math.max(...data.map(Math.abs)), name).toBe(0);
    for (const loss of ['g_loss', 'd_loss', 'feat_loss'])
      expect(
        found.reduce((sum, one) => sum + one[loss]!, 0),
        loss,
      ).toBeCloseTo(metrics[loss]!, 4);
    expect(found.at(-1)!.g_grad_norm).toBeCloseTo(metrics.g_grad_norm!, 3);
    await parts.release();
  });
});
