import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { convolveResized } from '../../../src/models/generator/resized-convolution.ts';
import { normal } from '../../../src/models/initialise.ts';
import { conv2d, resizeBilinear } from '../../../src/models/ops.ts';
import { createRandom } from '../../../src/random.ts';
import { expectClose } from './fixture.ts';
import { evaluate } from './run.ts';

describe('convolveResized', () => {
  it('is the convolution of the resized map, at the borders too', async () => {
    const random = createRandom(6);
    const weights = { filter: normal([3, 3, 5, 7], 1, random), bias: normal([7], 1, random) };
    const inputs = { y: normal([2, 4, 4, 5], 1, random) };
    for (const side of [4, 8, 31, 64]) {
      const { plain, placed } = await evaluate(
        ({ filter, bias }, { y }) => ({
          plain: conv2d(resizeBilinear(y!, [side, side]), filter!, { padding: 1, bias: bias! }),
          placed: convolveResized(y as tf.Tensor4D, filter!, bias!, side),
        }),
        weights,
        inputs,
      );
      expectClose(placed, plain!, { abs: 2e-5, rel: 1e-5 }, `side ${side}`);
    }
  });

  it('refuses maps and filters that do not fit', async () => {
    const random = createRandom(6);
    const run = evaluate(
      ({ filter, bias }, { y }) => ({ out: convolveResized(y as tf.Tensor4D, filter!, bias!, 8) }),
      { filter: normal([3, 3, 4, 7], 1, random), bias: normal([7], 1, random) },
      { y: normal([1, 4, 4, 5], 1, random) },
    );
    await expect(run).rejects.toThrow(/filter \[3,3,4,7\] on map \[1,4,4,5\]/);
  });
});
