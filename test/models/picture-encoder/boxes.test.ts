import type * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import {
  boxHeads,
  likeliestBoxes,
  type PlainMap,
  poolBox,
} from '../../../src/models/picture-encoder/boxes.ts';
import { parsePictureEncoderConfig } from '../../../src/models/picture-encoder/config.ts';
import { joinParts, maxPool, meanPool, stdPool } from '../../../src/models/picture-encoder/pool.ts';
import { createRandom } from '../../../src/random.ts';
import { float32 } from '../../../src/tensor.ts';
import { readJsonFile } from '../../../src/text.ts';

test('a box that is a cell of the grid gets what the grid’s cell gets', async () => {
  const engine = createOnnxRuntimeEngine({ threads: 1 });
  const random = createRandom('map');
  const [n, C, G] = [13, 3, 8];
  const data = Float32Array.from({ length: n * n * C }, () => random.normal());
  const compiled = await engine.compile({
    name: 'pools',
    fn: (_, { map }) => {
      const own = map as tf.Tensor4D;
      const parts = joinParts(meanPool(own, 2 * G), 2);
      return { mean: meanPool(own, G), max: maxPool(own, G), std: stdPool(own, G), parts };
    },
    weights: {},
    inputs: { map: { dtype: 'float32', shape: [1, n, n, C] } },
  });
  const grid = await compiled.run({ map: float32(data, [1, n, n, C]) });
  await compiled.release();
  const kinds = [
    ['mean', { pool: 'mean' }],
    ['max', { pool: 'max' }],
    ['std', { pool: 'std' }],
    ['parts', { pool: 'mean', parts: 2 }],
  ] as const;
  for (const [name, feature] of kinds) {
    const width = grid[name]!.shape[3]!;
    const found = new Float32Array(width);
    for (let cell = 0; cell < G * G; cell++) {
      const [row, column] = [Math.floor(cell / G), cell % G];
      const box = [column / G, row / G, (column + 1) / G, (row + 1) / G] as const;
      poolBox({ n, C, data }, box, feature, found, 0);
      const wanted = grid[name]!.data.slice(cell * width, (cell + 1) * width);
      for (const [c, value] of found.entries()) expect(value).toBeCloseTo(wanted[c]!, 4);
    }
  }
});

test('the shipped encoder of photographs has NanoDet’s three heads, that of scenes none', async () => {
  const config = parsePictureEncoderConfig(await readJsonFile('checkpoints/grid-encoder/coco/config.json'));
  const heads = boxHeads(config);
  expect(heads.map(({ classes, distances }) => [classes.output, distances.output])).toEqual(
    [153, 164, 175].map((node) => {
      const name = `PartitionedCall/onnx_tf_prefix_Split_${node}`;
      return [name, `${name}:1`];
    }),
  );
  const features = config.features.filter(({ backbone }) => backbone !== 'nanodet');
  expect(boxHeads({ ...config, features })).toEqual([]);
});

/** A head of 4 × 4 places, two classes and distances of 0, 1 or 2 places, in which nothing is likely. */
function head() {
  const n = 4;
  const classes: PlainMap = { n, C: 2, data: new Float32Array(n * n * 2).fill(-9) };
  const distances: PlainMap = { n, C: 12, data: new Float32Array(n * n * 12) };
  return {
    head: { classes, distances },
    /** Says that a place shows a class, so many places away from its centre to each side. */
    show(place: number, classId: number, logit: number, sides: readonly [number, number, number, number]) {
      classes.data[place * 2 + classId] = logit;
      for (const [side, places] of sides.entries()) distances.data[place * 12 + side * 3 + places] = 99;
    },
  };
}

test('boxes go from the centre of a place as far as its distances say, the surest first', () => {
  const { head: one, show } = head();
  show(5, 1, 2, [1, 1, 1, 2]);
  show(0, 0, 3, [2, 2, 1, 1]);
  const [first, second] = likeliestBoxes([one], 2);
  expect(first).toMatchObject({ classId: 0, box: [0, 0, 1.5 / 4, 1.5 / 4] });
  expect(first!.score).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
  expect(second).toMatchObject({ classId: 1, box: [0.5 / 4, 0.5 / 4, 2.5 / 4, 3.5 / 4] });
});

test('of boxes of one class that show the same thing there is one; of two classes both', () => {
  const { head: one, show } = head();
  show(5, 1, 3, [1, 1, 1, 1]);
  show(6, 1, 2, [2, 1, 0, 1]);
  show(9, 0, 1, [1, 2, 1, 0]);
  const classes = likeliestBoxes([one], 2).map(({ classId }) => classId);
  expect(classes).toEqual([1, 0]);
});
