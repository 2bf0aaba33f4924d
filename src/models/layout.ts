/**
 * From PyTorch's memory layout to ours, once, at import: images and feature maps are NHWC here, convolution
 * filters [kh, kw, in, out]. Linear weights are [out, in] in both.
 */
import { float32, type HostTensor, type HostTensors } from '../tensor.ts';

/** Axes of a float32 tensor in another order: out.shape[i] = tensor.shape[axes[i]]. */
function permute(tensor: HostTensor, axes: readonly number[]): HostTensor {
  if (tensor.shape.length !== axes.length) {
    throw new Error(`layout: [${tensor.shape}] has ${tensor.shape.length} axes, wanted ${axes.length}`);
  }
  const source = tensor.data as Float32Array;
  const strides = tensor.shape.map((_, axis) => tensor.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const shape = axes.map((axis) => tensor.shape[axis]!);
  const steps = axes.map((axis) => strides[axis]!);
  const out = new Float32Array(source.length);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = source[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += steps[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return float32(out, shape);
}

/** [out, in, kh, kw] → [kh, kw, in, out] */
export const filterFromTorch = (filter: HostTensor): HostTensor => permute(filter, [2, 3, 1, 0]);

/** [kh, kw, in, out] → [out, in, kh, kw] */
export const filterToTorch = (filter: HostTensor): HostTensor => permute(filter, [3, 2, 0, 1]);

/** [B, C, H, W] → [B, H, W, C] */
export const imageFromTorch = (image: HostTensor): HostTensor => permute(image, [0, 2, 3, 1]);

/** [B, H, W, C] → [B, C, H, W] */
export const imageToTorch = (image: HostTensor): HostTensor => permute(image, [0, 3, 1, 2]);

/** A PyTorch state dict in our layout: every 4-D weight is a convolution filter, the rest stays as it is. */
export function weightsFromTorch(stateDict: HostTensors): HostTensors {
  return Object.fromEntries(
    Object.entries(stateDict).map(([name, tensor]) => [
      name,
      tensor.shape.length === 4 ? filterFromTorch(tensor) : tensor,
    ]),
  );
}
