/** How much the stages of a perceptual network are multiplied with, so that none outweighs the others. */
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../../engines/engine.ts';
import type { PerceptualStages } from '../../models/perceptual.ts';
import { float32, type HostTensor, type HostTensors, imagesTensor } from '../../tensor.ts';

/** @param images RGB bytes [side × side × 3] each @returns one over the root mean square of each stage's map */
export async function measureStageScales(
  engine: Engine,
  { stages, count }: PerceptualStages,
  weights: HostTensors,
  images: readonly Uint8Array[],
  side: number,
): Promise<HostTensor> {
  const network = await engine.compile({
    name: 'perceptual-stages',
    weights,
    inputs: { images: { dtype: 'float32', shape: [1, side, side, 3] } },
    fn: (tensors, inputs) => ({
      squares: tf.stack(stages(tensors, inputs.images as tf.Tensor4D).map((map) => tf.mean(tf.square(map)))),
    }),
  });
  const sums = new Float64Array(count);
  try {
    for (const image of images) {
      const { squares } = await network.run({ images: imagesTensor([image], side) });
      for (let i = 0; i < count; i++) sums[i]! += (squares!.data as Float32Array)[i]! / images.length;
    }
  } finally {
    await network.release();
  }
  return float32(
    Float32Array.from(sums, (square) => 1 / Math.sqrt(Math.max(square, 1e-12))),
    [count],
  );
}
