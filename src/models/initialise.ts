/** Initial weights, made on the host from a seeded generator of random numbers. */
import { float32, type HostTensor, sizeOf } from '../tensor.ts';

/** The part of `Random` (src/random.ts) that initialisation uses: standard normal deviates. */
export interface NormalSource {
  normal(): number;
}

export function normal(shape: readonly number[], deviation: number, random: NormalSource): HostTensor {
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = random.normal() * deviation;
  return float32(data, shape);
}

export function constant(shape: readonly number[], value: number): HostTensor {
  return float32(new Float32Array(sizeOf(shape)).fill(value), shape);
}

/** Convolution filter [kh, kw, in, out] that keeps the variance through a ReLU (He et al. 2015), times `gain`. */
export function heFilter(
  shape: readonly [number, number, number, number],
  random: NormalSource,
  gain = 1,
): HostTensor {
  const fanIn = shape[0] * shape[1] * shape[2];
  return normal(shape, gain * Math.sqrt(2 / fanIn), random);
}
