import * as tf from '@tensorflow/tfjs-core';

/** torch.nn.InstanceNorm2d without affine part: per image and channel, biased variance, epsilon 1e-5. NHWC. */
export function instanceNorm(x: tf.Tensor4D): tf.Tensor4D {
  const centred = tf.sub(x, tf.mean(x, [1, 2], true));
  const variance = tf.mean(tf.square(centred), [1, 2], true);
  return tf.mul(centred, tf.rsqrt(tf.add(variance, tf.scalar(1e-5))));
}
