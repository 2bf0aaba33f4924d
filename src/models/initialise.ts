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

/**
 * Convolution filter [kh, kw, in, out] whose matrix [out, in·kh·kw] has orthonormal rows, or orthonormal columns
 * where it is taller than wide (Saxe et al. 2013; torch.nn.init.orthogonal_).
 */
export function orthogonalFilter(
  shape: readonly [number, number, number, number],
  random: NormalSource,
): HostTensor {
  const out = shape[3];
  const rest = shape[0] * shape[1] * shape[2];
  const [count, length] = out <= rest ? [out, rest] : [rest, out];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => random.normal());
    // Twice: one Gram-Schmidt pass leaves rounding error along the vectors before.
    for (const other of [...vectors, ...vectors]) {
      const along = dot(vector, other);
      for (let i = 0; i < length; i++) vector[i]! -= along * other[i]!;
    }
    const norm = Math.sqrt(dot(vector, vector));
    vectors.push(vector.map((value) => value / norm));
  }
  const data = new Float32Array(out * rest);
  for (let o = 0; o < out; o++) {
    for (let r = 0; r < rest; r++) data[r * out + o] = out <= rest ? vectors[o]![r]! : vectors[r]![o]!;
  }
  return float32(data, shape);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
