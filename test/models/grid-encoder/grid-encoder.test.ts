import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { valueAndGradients } from '../../../src/engines/gradients-of.ts';
import type { GridEncoderConfig } from '../../../src/models/grid-encoder/config.ts';
import {
  gridEncoderFunction,
  gridEncoderLoss,
  gridEncoderStages,
  gridEncoderWeightShapes,
  initialGridEncoder,
} from '../../../src/models/grid-encoder/grid-encoder.ts';
import { normal } from '../../../src/models/initialise.ts';
import { createRandom } from '../../../src/random.ts';
import { float32, type HostTensors, int32 } from '../../../src/tensor.ts';
import { adam, initialAdamState } from '../../../src/training/run/optimizer.ts';
import { engine, evaluate, specsOf } from '../generator/run.ts';

const config: GridEncoderConfig = {
  image_size: 32,
  channels: [4, 8, 8, 12],
  blocks: [0, 1, 1, 1],
  layer_norm_epsilon: 1e-6,
  objects: 5,
  colours: 3,
  parts: 4,
  backgrounds: 2,
};
const weights = initialGridEncoder(config, createRandom(1));

function batchOf(images: number): HostTensors {
  const random = createRandom(2);
  const labels = (classes: number, length: number) => Int32Array.from({ length }, () => random.int(classes));
  const cells = [images, 4];
  return {
    images: normal([images, 32, 32, 3], 0.5, random),
    object: int32(labels(config.objects, images * 4), cells),
    colour: int32(labels(config.colours, images * 4), cells),
    part: int32(labels(config.parts, images * 4), cells),
    background: int32(labels(config.backgrounds, images), [images]),
  };
}

const lossOf = (batch: HostTensors, empty_cell_weight = 0.3) =>
  evaluate(
    (w, inputs) => {
      const { loss, aux } = gridEncoderLoss(config, { empty_cell_weight }, w, inputs);
      return { loss, ...aux };
    },
    weights,
    batch,
  );

describe('the grid encoder', () => {
  it('gives features and the logits of four heads for every cell, from four halving stages', async () => {
    const { images } = batchOf(2);
    const outputs = await evaluate(gridEncoderFunction(config), weights, { images: images! });
    expect(Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape]))).toEqual({
      features: [2, 2, 2, 12],
      object_logits: [2, 2, 2, 5],
      colour_logits: [2, 2, 2, 3],
      part_logits: [2, 2, 2, 4],
      background_logits: [2, 2, 2, 2],
    });
    const stages = await evaluate(
      (w, inputs) => Object.fromEntries(gridEncoderStages(config, w, inputs.images as tf.Tensor4D).entries()),
      weights,
      { images: images! },
    );
    expect(Object.values(stages).map(({ shape }) => shape)).toEqual([
      [2, 16, 16, 4],
      [2, 8, 8, 8],
      [2, 4, 4, 8],
      [2, 2, 2, 12],
    ]);
  });

  it('encodes an image alone as it does beside others', async () => {
    const { images } = batchOf(3);
    const encoder = await engine.compile({
      name: 'encoder',
      fn: gridEncoderFunction(config),
      weights,
      inputs: { images: { dtype: 'float32', shape: ['B', 32, 32, 3] } },
    });
    const together = (await encoder.run({ images: images! })).features!.data as Float32Array;
    const size = 32 * 32 * 3;
    for (let i = 0; i < 3; i++) {
      const one = float32((images!.data as Float32Array).slice(i * size, (i + 1) * size), [1, 32, 32, 3]);
      const alone = (await encoder.run({ images: one })).features!.data as Float32Array;
      const expected = together.subarray((i * together.length) / 3, ((i + 1) * together.length) / 3);
      for (const [j, value] of alone.entries()) expect(Math.abs(value - expected[j]!)).toBeLessThan(1e-5);
    }
    await encoder.release();
  });

  it('refuses images of another size by name', async () => {
    const images = float32(new Float32Array(64 * 64 * 3), [1, 64, 64, 3]);
    await expect(evaluate(gridEncoderFunction(config), weights, { images })).rejects.toThrow(
      /grid encoder: images \[1,64,64,3\], wanted \[B, 32, 32, 3\]/,
    );
  });

  it('names exactly the weights that it starts with', () => {
    const shapes = Object.entries(weights).map(([name, { shape }]) => [name, shape]);
    expect(gridEncoderWeightShapes(config)).toEqual(Object.fromEntries(shapes));
  });

  it('judges the background on empty cells only', async () => {
    const batch = batchOf(2);
    const flipped = int32(
      Int32Array.from(batch.background!.data, (label) => 1 - label),
      [2],
    );
    const full = { ...batch, object: int32(new Int32Array(8).fill(1), [2, 4]) };
    const [covered, other] = [await lossOf(full), await lossOf({ ...full, background: flipped })];
    expect(covered.background_loss!.data[0]).toBe(0);
    expect(other.loss!.data[0]).toBe(covered.loss!.data[0]);
    const bare = { ...batch, object: int32(new Int32Array(8), [2, 4]) };
    const [seen, unseen] = [await lossOf(bare), await lossOf({ ...bare, background: flipped })];
    expect(seen.background_loss!.data[0]).toBeGreaterThan(0);
    expect(unseen.loss!.data[0]).not.toBe(seen.loss!.data[0]);
  });

  it('weighs empty cells as it is told to', async () => {
    const batch = batchOf(2);
    const halves = { ...batch, object: int32([0, 0, 1, 2, 0, 1, 0, 3], [2, 4]) };
    const [none, all] = [await lossOf(halves, 0), await lossOf(halves, 1)];
    const filled = await lossOf({ ...halves, object: int32([-100, -100, 1, 2, -100, 1, -100, 3], [2, 4]) });
    expect(none.object_loss!.data[0]).toBeCloseTo(filled.object_loss!.data[0]!, 5);
    expect(all.object_loss!.data[0]).not.toBeCloseTo(none.object_loss!.data[0]!, 3);
  });

  it('learns the labels of a handful of images', async () => {
    const batch = batchOf(4);
    const trainer = await engine.compileTraining({
      name: 'encoder',
      steps: {
        labels: (state, { images, object, colour, part, background }) => {
          const parameters = Object.fromEntries(Object.keys(weights).map((name) => [name, state[name]!]));
          const inputs = {
            images: images!,
            object: object!,
            colour: colour!,
            part: part!,
            background: background!,
          };
          const { loss, aux, gradients } = valueAndGradients(parameters, (p) =>
            gridEncoderLoss(config, { empty_cell_weight: 1 }, p, inputs),
          );
          const update = adam(state, gradients, {
            learningRate: state.rate as tf.Scalar,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            maxGradNorm: 1,
          });
          return { state: update.state, metrics: { loss, ...aux } };
        },
      },
      state: { ...weights, ...initialAdamState(weights), rate: float32([1e-2], []) },
      batch: specsOf(batch) as never,
    });
    const metrics = await trainer.run(Array.from({ length: 100 }, () => ({ task: 'labels', batch })));
    expect(metrics[0]!.loss).toBeGreaterThan(2);
    expect(metrics.at(-1)!.loss).toBeLessThan(0.1);
    expect(metrics.at(-1)).toMatchObject({ object_accuracy: 1, part_accuracy: 1, background_accuracy: 1 });
    await trainer.release();
  });
});
