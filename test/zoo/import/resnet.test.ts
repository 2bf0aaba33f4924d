/** torchvision's ResNet from its file to the perceptual network, against PyTorch. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { valueAndGradients } from '../../../src/engines/gradients-of.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { perceptualStages } from '../../../src/models/perceptual.ts';
import { readSafetensors } from '../../../src/safetensors.ts';
import type { HostTensor } from '../../../src/tensor.ts';
import { importCheckpoint } from '../../../src/zoo/import/import-checkpoint.ts';

const FIXTURE = join(import.meta.dirname, '../../fixtures/resnet-tiny');
let root: string;
let folder: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'resnet-'));
  const asked = { from: join(FIXTURE, 'resnet.pth'), as: 'resnet/tiny', command: 'npm test', commit: 'none' };
  ({ folder } = await importCheckpoint(asked, [join(root, 'none'), root]));
});
afterAll(() => rm(root, { recursive: true }));

it('has the sizes that follow from the weights, and leaves out the classes', async () => {
  expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toEqual({
    ...{ depths: [1, 2, 1, 1], width: 2 },
  });
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain('`fc.weight`');
});

it('gives conv2_x to conv5_x and the gradient of the pixels as PyTorch does', async () => {
  const config: unknown = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  const network = perceptualStages('resnet', config)!;
  const { tensors: weights } = await readSafetensors(join(folder, 'model.safetensors'));
  const { tensors: wanted } = await readSafetensors(join(FIXTURE, 'cases.safetensors'));
  const { images, ...expected } = wanted as Record<string, HostTensor>;
  const compiled = await createOnnxRuntimeEngine({ threads: 1 }).compile({
    ...{ name: 'resnet', weights },
    inputs: { images: { dtype: 'float32', shape: [2, 64, 32, 3] } },
    fn: (own, inputs) => {
      const maps = network.stages(own, inputs.images as tf.Tensor4D);
      const { gradients } = valueAndGradients({ images: inputs.images! }, ({ images: x }) => {
        const squares = network.stages(own, x as tf.Tensor4D).map((map) => tf.mean(tf.square(map)));
        return { loss: squares.reduce((sum, one) => tf.add(sum, one)) as tf.Scalar, aux: {} };
      });
      return {
        ...Object.fromEntries(maps.map((map, i) => [`stage_${i}`, map])),
        gradient: gradients.images!,
      };
    },
  });
  const result = await compiled.run({ images: images! });
  await compiled.release();
  for (const [name, { shape, data }] of Object.entries(expected)) {
    expect(result[name]!.shape, name).toEqual(shape);
    const most = Math.max(...Array.from(data, (x, i) => Math.abs(x - result[name]!.data[i]!)));
    const scale = Math.max(...Array.from(data, Math.abs));
    expect(most / scale, name).toBeLessThan(1e-4);
  }
});
