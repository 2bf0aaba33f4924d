/**
 * EfficientNet-Lite as PyTorch ports of the official one name it (`_conv_stem`, `_blocks.0._depthwise_conv`, …). Batch
 * normalisation becomes part of the convolution before it.
 */

import { filterFromTorch } from '../../models/layout.ts';
import type { EfficientNetLiteConfig } from '../../models/picture-encoder/config.ts';
import { float32, type HostTensor, type HostTensors } from '../../tensor.ts';
import { ImportError } from './error.ts';
import { countLayers, type StoredTensors } from './plan.ts';

/** Strides of the seven stages of EfficientNet; a stage begins where the width of the output changes. */
const STRIDES = [1, 2, 2, 2, 1, 2, 1];
/** The ports' batch_norm_epsilon. */
const EPSILON = 1e-3;

export const isEfficientNetLite = (tensors: StoredTensors): boolean =>
  tensors.has('_conv_stem.weight') && !tensors.has('_blocks.0._se_reduce.weight');

/** @throws ImportError weights_mismatch that names what is missing */
export async function readEfficientNetLite(
  file: StoredTensors,
  input: EfficientNetLiteConfig['input'],
): Promise<{ config: EfficientNetLiteConfig; weights: HostTensors }> {
  const read = async (name: string): Promise<HostTensor> => {
    const tensor = file.get(name);
    if (!tensor) throw new ImportError('weights_mismatch', `missing: ${name}`);
    return tensor.read();
  };
  const weights: HostTensors = {};
  /** @returns shape of the filter, [out, in, kh, kw] */
  const convolution = async (name: string, from: string, norm: string): Promise<readonly number[]> => {
    const filter = await read(`${from}.weight`);
    const part = async (which: string) => (await read(`${norm}.${which}`)).data as Float32Array;
    const [scale, shift, mean, variance] = [
      await part('weight'),
      await part('bias'),
      await part('running_mean'),
      await part('running_var'),
    ];
    const factor = scale.map((x, i) => x / Math.sqrt(variance[i]! + EPSILON));
    const each = filter.data.length / factor.length;
    const folded = (filter.data as Float32Array).map((x, i) => x * factor[Math.floor(i / each)]!);
    const ours = filterFromTorch(float32(folded, filter.shape)); // [kh, kw, in, out]
    const [kh, kw, within, out] = ours.shape as [number, number, number, number];
    weights[`${name}.weight`] = name.endsWith('depthwise')
      ? float32(ours.data as Float32Array, [kh, kw, out, within])
      : ours;
    weights[`${name}.bias`] = float32(
      shift.map((x, i) => x - mean[i]! * factor[i]!),
      [factor.length],
    );
    return filter.shape;
  };
  const [stem] = await convolution('stem', '_conv_stem', '_bn0');
  const blocks: EfficientNetLiteConfig['blocks'] = [];
  let from = stem!;
  let stage = -1;
  for (let i = 0; i < countLayers(file, '_blocks.'); i++) {
    const [theirs, ours] = [`_blocks.${i}`, `blocks.${i}`];
    const expands = file.has(`${theirs}._expand_conv.weight`);
    const [expanded] = expands
      ? await convolution(`${ours}.expand`, `${theirs}._expand_conv`, `${theirs}._bn0`)
      : [from];
    const [, , kernel] = await convolution(
      `${ours}.depthwise`,
      `${theirs}._depthwise_conv`,
      `${theirs}._bn1`,
    );
    const [to] = await convolution(`${ours}.project`, `${theirs}._project_conv`, `${theirs}._bn2`);
    const begins = blocks.at(-1)?.to !== to;
    if (begins) stage++;
    const stride = begins ? (STRIDES[stage] ?? 1) : 1;
    blocks.push({ kernel: kernel!, stride, from, expanded: expanded!, to: to! });
    from = to!;
  }
  return { config: { kind: 'efficientnet-lite', input, stem: stem!, blocks }, weights };
}
