/** Initial weights, made on the host from a seeded generator of random numbers. */
import { float32, type HostTensor, type HostTensors, sizeOf } from '../tensor.ts';

/** The part of `Random` (src/random.ts) that initialisation uses: standard normal deviates. */
export interface NormalSource {
  normal(): number;
}

/** One weight that a network has: its shape, and how it starts. */
export interface PlannedWeight {
  shape: readonly number[];
  make(random: NormalSource): HostTensor;
}

/** Every weight of a network by name: what loading checks a file against, and what training starts from. */
export type WeightPlan = Record<string, PlannedWeight>;

export function plannedShapes(plan: WeightPlan): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(plan).map(([name, { shape }]) => [name, shape]));
}

export function makeWeights(plan: WeightPlan, random: NormalSource): HostTensors {
  return Object.fromEntries(Object.entries(plan).map(([name, weight]) => [name, weight.make(random)]));
}

/** `name`.weight as given and `name`.bias of zeros. */
export function withBias(name: string, width: number, weight: PlannedWeight): WeightPlan {
  return { [`${name}.weight`]: weight, [`${name}.bias`]: filled([width], 0) };
}

/** The scale and shift of a normalisation. */
export function plannedNorm(name: string, width: number): WeightPlan {
  return { [`${name}.weight`]: filled([width], 1), [`${name}.bias`]: filled([width], 0) };
}

export function filled(shape: readonly number[], value: number): PlannedWeight {
  return { shape, make: () => constant(shape, value) };
}

/** A 3×3 convolution for a ReLU to follow. */
export function plannedConvolution(name: string, from: number, to: number, gain = 1): WeightPlan {
  const shape = [3, 3, from, to] as const;
  return withBias(name, to, { shape, make: (random) => heFilter(shape, random, gain) });
}

/** A linear layer, weight [to, from], that scales the deviation of what it sees by `gain`. */
export function plannedLinear(name: string, from: number, to: number, gain = 1): WeightPlan {
  const shape = [to, from];
  return withBias(name, to, { shape, make: (random) => normal(shape, gain / Math.sqrt(from), random) });
}

/** A convolution of the paper's generator and discriminator. */
export function plannedOrthogonal(name: string, kernel: number, from: number, to: number): WeightPlan {
  const shape = [kernel, kernel, from, to] as const;
  return withBias(name, to, { shape, make: (random) => orthogonalFilter(shape, random) });
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
function orthogonalFilter(
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
