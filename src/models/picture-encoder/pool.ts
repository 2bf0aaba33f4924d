/** Maps of any size pooled to the cells of a grid. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Each cell's mean over the places that it covers, by area where a place lies in several cells.
 * @param map [B, n, n, C]
 * @returns [B, G, G, C]
 */
export function meanPool(map: tf.Tensor4D, grid: number): tf.Tensor4D {
  const [B, n, , C] = map.shape;
  if (n === grid) return map;
  const rows = tf.tensor2d(coverage(n, grid), [grid, n]);
  // [G, n] · [B, n, n·C] and the same for columns: two small products.
  const tall = tf.matMul(tf.tile(tf.expandDims(rows, 0), [B, 1, 1]), tf.reshape(map, [B, n, n * C]));
  const turned = tf.transpose(tf.reshape(tall, [B, grid, n, C]), [0, 2, 1, 3]); // [B, n, G, C]
  const both = tf.matMul(tf.tile(tf.expandDims(rows, 0), [B, 1, 1]), tf.reshape(turned, [B, n, grid * C]));
  return tf.transpose(tf.reshape(both, [B, grid, grid, C]), [0, 2, 1, 3]);
}

/** Share of each of n places in each of `grid` cells, row by row; rows sum to 1. */
function coverage(n: number, grid: number): Float32Array {
  const out = new Float32Array(grid * n);
  const width = n / grid;
  for (let cell = 0; cell < grid; cell++) {
    const [from, to] = [cell * width, (cell + 1) * width];
    for (let place = Math.floor(from); place < Math.min(n, Math.ceil(to - 1e-9)); place++) {
      out[cell * n + place] = (Math.min(to, place + 1) - Math.max(from, place)) / width;
    }
  }
  return out;
}

/** Each cell's greatest value over the places that it touches. @param map [B, n, n, C] @returns [B, G, G, C] */
export function maxPool(map: tf.Tensor4D, grid: number): tf.Tensor4D {
  const [B, n, , C] = map.shape;
  if (n === grid) return map;
  const spans = Array.from({ length: grid }, (_, cell) => {
    const from = Math.floor((cell * n) / grid);
    return { from, length: Math.ceil(((cell + 1) * n) / grid) - from };
  });
  const rows = spans.map(({ from, length }) =>
    tf.max(tf.slice(map, [0, from, 0, 0], [B, length, n, C]), 1, true),
  );
  const tall = tf.concat(rows, 1); // [B, G, n, C]
  const cells = spans.map(({ from, length }) =>
    tf.max(tf.slice(tall, [0, 0, from, 0], [B, grid, length, C]), 2, true),
  );
  return tf.concat(cells, 2) as tf.Tensor4D;
}

/** Each cell's standard deviation. @param map [B, n, n, C] @returns [B, G, G, C] */
export function stdPool(map: tf.Tensor4D, grid: number): tf.Tensor4D {
  const mean = meanPool(map, grid);
  const squares = meanPool(tf.square(map), grid);
  return tf.sqrt(tf.relu(tf.sub(squares, tf.square(mean))));
}

/** The parts of each cell beside one another. @param map [B, G·parts, G·parts, C] @returns [B, G, G, parts·parts·C] */
export function joinParts(map: tf.Tensor4D, parts: number): tf.Tensor4D {
  if (parts === 1) return map;
  const [B, n, , C] = map.shape;
  const G = n / parts;
  const cells = tf.transpose(tf.reshape(map, [B, G, parts, G, parts, C]), [0, 1, 3, 2, 4, 5]);
  return tf.reshape(cells, [B, G, G, parts * parts * C]);
}
