/** Batch normalisation, of which nothing but a factor and a shift is left, as part of the convolution before it. */
import { filterFromTorch } from '../../models/layout.ts';
import { float32, type HostTensor } from '../../tensor.ts';
import type { StoredTensors } from './plan.ts';
import type { StoredTensor } from './weight-file.ts';

export const BATCH_NORM = ['weight', 'bias', 'running_mean', 'running_var'] as const;

/** A convolution [out, in, kh, kw] and what follows it, of which both must be in the file. */
export interface NormalisedConvolution {
  /** Their names there, without `.weight` and the like. */
  convolution: string;
  norm: string;
  epsilon: number;
}

/** @returns the filter [kh, kw, in, out] and the bias [out], computed when they are read */
export function folded(
  tensors: StoredTensors,
  { convolution, norm, epsilon }: NormalisedConvolution,
): { weight: StoredTensor; bias: StoredTensor } {
  const filter = tensors.get(`${convolution}.weight`)!;
  const [to, from, kh, kw] = filter.shape as [number, number, number, number];
  const factorAndShift = async () => {
    const [weight, bias, mean, variance] = (await Promise.all(
      BATCH_NORM.map(async (part) => (await tensors.get(`${norm}.${part}`)!.read()).data),
    )) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const factor = Float64Array.from(weight, (x, i) => x / Math.sqrt(variance[i]! + epsilon));
    return { factor, shift: bias.map((x, i) => x - mean[i]! * factor[i]!) };
  };
  return {
    weight: lazy([kh, kw, from, to], async () => {
      const { factor } = await factorAndShift();
      return filterFromTorch(scaled(await filter.read(), factor));
    }),
    bias: lazy([to], async () => float32((await factorAndShift()).shift, [to])),
  };
}

/** filter [out, in, kh, kw], each output channel times its factor. */
export function scaled({ data, shape }: HostTensor, factor: Float32Array | Float64Array): HostTensor {
  const each = data.length / factor.length;
  return float32(
    (data as Float32Array).map((x, i) => x * factor[Math.floor(i / each)]!),
    shape,
  );
}

/** A weight that is computed when it is written: halves do not hold it. */
export const lazy = (shape: number[], read: () => Promise<HostTensor>): StoredTensor => ({
  ...{ dtype: 'float32', stored: 'F32', shape, read },
});
