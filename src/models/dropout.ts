/**
 * Dropout whose mask follows from a seed: a counter-based generator in plain operators, so that a step that is
 * repeated, on a resumed run as well, drops the same numbers on every engine. onnxruntime's own generators go on from
 * where a session is, which is lost with it.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Some numbers of x are 0, the others larger by as much as is lost; the gradient goes where they are. */
export type Drop = <T extends tf.Tensor>(x: T) => T;

/** What layers drop with; left out: nothing. Only training sets it. */
export interface Dropping {
  drop?: Drop;
}

export const dropped = <T extends tf.Tensor>({ drop }: Dropping, x: T): T => (drop ? drop(x) : x);

/** Odd numbers of 32 bits whose multiples spread over all of them (xxHash's primes, as signed integers). */
const [ROW, COLUMN, SITE] = [-1640531535, -2048144777, -1028477379];

/** The halves of integers of 32 bits, which wrap, in each other's place. */
function swapped(x: tf.Tensor): tf.Tensor {
  const upper = tf.cast(tf.floor(tf.mul(tf.cast(x, 'float32'), tf.scalar(2 ** -16))), 'int32');
  return tf.add(upper, tf.mul(x, tf.scalar(2 ** 16, 'int32')));
}

/**
 * Uniform in 0..1 [rows, columns]: the middle of squares, on a sequence of Weyl (Widynski's "Squares", in 32 bits and
 * three rounds).
 * @param seed int32 [] @param site tells masks of one step apart
 */
export function uniform(rows: number, columns: number, seed: tf.Tensor, site: number): tf.Tensor {
  const counts = (length: number, factor: number, shape: number[]) =>
    tf.mul(
      tf.tensor(
        Int32Array.from({ length }, (_, i) => i + 1),
        shape,
        'int32',
      ),
      tf.scalar(factor, 'int32'),
    );
  const key = tf.mul(tf.add(seed, tf.scalar(site + 1, 'int32')), tf.scalar(SITE, 'int32'));
  const place = tf.add(tf.add(counts(rows, ROW, [rows, 1]), counts(columns, COLUMN, [1, columns])), key);
  let x = place;
  for (const added of [place, tf.add(place, key), place]) x = swapped(tf.add(tf.mul(x, x), added));
  return tf.add(tf.mul(tf.cast(x, 'float32'), tf.scalar(2 ** -32)), tf.scalar(0.5));
}

/**
 * For one call of a model: every use has a mask of its own, in the order of the calls.
 * @param rate share that is dropped; 0: nothing is
 * @param seed int32 [], of the step
 */
export function dropout(rate: number, seed: tf.Tensor): Drop {
  let site = 0;
  return <T extends tf.Tensor>(x: T): T => {
    if (rate === 0) return x;
    const columns = x.shape.at(-1)!;
    const rows = x.size / columns;
    const kept = tf.cast(tf.greaterEqual(uniform(rows, columns, seed, site++), tf.scalar(rate)), 'float32');
    const scale = tf.mul(tf.reshape(kept, x.shape), tf.scalar(1 / (1 - rate)));
    return tf.mul(x, scale) as T;
  };
}
