/** The perceptual network: an encoder's stages at the pictures' size, which gradients pass. */

import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { valueAndGradients } from '../../src/engines/gradients-of.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { maxPool3 } from '../../src/models/ops.ts';
import { perceptualStages, STAGE_SCALES } from '../../src/models/perceptual.ts';
import { readSafetensors } from '../../src/safetensors.ts';
import { float32 } from '../../src/tensor.ts';
import { readJsonFile } from '../../src/text.ts';
import { measureStageScales } from '../../src/training/generator/perceptual-scales.ts';

const engine = createOnnxRuntimeEngine({ threads: 1 });
const COCO = join(import.meta.dirname, '../../checkpoints/grid-encoder/coco');
const noise = (length: number) => Float32Array.from({ length }, (_, i) => ((i * 7919) % 255) / 127.5 - 1);

it('has the paper’s four strides, comparable stages, and gradients of the pixels', async () => {
  const network = perceptualStages('picture-encoder', await readJsonFile(join(COCO, 'config.json')))!;
  const { tensors } = await readSafetensors(join(COCO, 'model.safetensors'));
  const weights = Object.fromEntries(Object.entries(tensors).filter(([name]) => network.reads(name)));
  const picture = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);
  weights[STAGE_SCALES] = await measureStageScales(engine, network, weights, [picture], 64);
  const step = await engine.compile({
    name: 'perceptual',
    weights,
    inputs: { images: { dtype: 'float32', shape: [1, 64, 64, 3] } },
    fn: (tensors, { images }) => {
      const maps = network.stages(tensors, images as tf.Tensor4D);
      const { gradients } = valueAndGradients({ images: images! }, (inputs) => ({
        loss: tf.mean(tf.square(network.stages(tensors, inputs.images as tf.Tensor4D)[3]!)) as tf.Scalar,
        aux: {},
      }));
      return {
        ...Object.fromEntries(maps.map((map, i) => [`stage_${i}`, map])),
        gradient: gradients.images!,
      };
    },
  });
  const result = await step.run({ images: float32(noise(64 * 64 * 3), [1, 64, 64, 3]) });
  await step.release();
  expect([0, 1, 2, 3].map((i) => result[`stage_${i}`]!.shape[1])).toEqual([16, 8, 4, 2]);
  for (let i = 0; i < 4; i++) {
    const { data } = result[`stage_${i}`]!;
    const square = (data as Float32Array).reduce((sum, x) => sum + x * x, 0) / data.length;
    expect(Math.sqrt(square)).toBeGreaterThan(0.3);
    expect(Math.sqrt(square)).toBeLessThan(3);
  }
  expect((result.gradient!.data as Float32Array).some((x) => Math.abs(x) > 1e-6)).toBe(true);
});

it('is none where an encoder has nothing that gradients pass', async () => {
  const config = (await readJsonFile(join(COCO, 'config.json'))) as Record<string, unknown>;
  const { nanodet } = config.backbones as Record<string, unknown>;
  const features = (config.features as { backbone: string }[]).filter(
    ({ backbone }) => backbone !== 'efficientnet',
  );
  expect(
    perceptualStages('picture-encoder', { ...config, backbones: { nanodet }, features }),
  ).toBeUndefined();
  expect(perceptualStages('detector', {})).toBeUndefined();
});

it('pools as a max pooling of 3 × 3 with a stride of 2 does', async () => {
  const pooled = await engine.compile({
    name: 'max-pool',
    weights: {},
    inputs: { x: { dtype: 'float32', shape: ['N', 6, 8, 5] } },
    fn: (_, { x }) => ({
      ours: maxPool3(tf.relu(x!)),
      theirs: tf.maxPool(tf.relu(x as tf.Tensor4D), 3, 2, 1, 'floor'),
    }),
  });
  const { ours, theirs } = await pooled.run({ x: float32(noise(2 * 6 * 8 * 5), [2, 6, 8, 5]) });
  await pooled.release();
  expect(ours).toEqual(theirs);
});
