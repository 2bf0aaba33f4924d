/** Image resizing. */
import { registerLowering } from '../trace.ts';
import { NCHW, NHWC } from './convolution.ts';

interface ResizeAttrs {
  size: [number, number];
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

const coordinates = ({ alignCorners, halfPixelCenters }: ResizeAttrs) =>
  alignCorners ? 'align_corners' : halfPixelCenters ? 'half_pixel' : 'asymmetric';

for (const [kernel, mode] of [
  ['ResizeBilinear', { mode: 'linear' }],
  ['ResizeNearestNeighbor', { mode: 'nearest', nearest_mode: 'floor' }],
] as const) {
  registerLowering<ResizeAttrs>(kernel, ({ inputs: { images }, attrs, lower }) => {
    const [batch, , , channels] = images!.shape as [number, number, number, number];
    // Full sizes, because `axes` breaks onnxruntime's transpose optimisation.
    const sizes = lower.graph.int64([batch, channels, ...attrs.size]);
    const y = lower.op('Resize', [lower.transpose(lower.name(images!), NCHW), '', '', sizes], {
      ...mode,
      coordinate_transformation_mode: coordinates(attrs),
    });
    return lower.tensor(lower.transpose(y, NHWC), [batch, ...attrs.size, channels], images!.dtype);
  });
}

/** Row i: how much each of `from` samples contributes to sample i of `to`. [to, from] */
export function interpolationMatrix(
  from: number,
  to: number,
  attrs: Omit<ResizeAttrs, 'size'>,
): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const scale = attrs.alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
    const centre = attrs.halfPixelCenters ? (i + 0.5) * scale - 0.5 : i * scale;
    const position = Math.min(Math.max(centre, 0), from - 1);
    const low = Math.floor(position);
    const high = Math.min(low + 1, from - 1);
    matrix[i * from + low]! += 1 - (position - low);
    matrix[i * from + high]! += position - low;
  }
  return matrix;
}

/** Bilinear resizing is linear and separable: its gradient is two products with the transposed matrices. */
registerLowering<ResizeAttrs>('ResizeBilinearGrad', ({ inputs: { images, dy }, attrs, lower }) => {
  const [batch, height, width, channels] = images!.shape as [number, number, number, number];
  const [, outHeight, outWidth] = dy!.shape as [number, number, number, number];
  const transposed = (from: number, to: number) => {
    const matrix = interpolationMatrix(from, to, attrs);
    const result = new Float32Array(from * to);
    for (let i = 0; i < to; i++) for (let j = 0; j < from; j++) result[j * to + i] = matrix[i * from + j]!;
    return lower.float32(result, [from, to]);
  };
  const rows = lower.op('MatMul', [
    transposed(height, outHeight),
    lower.reshape(lower.name(dy!), [batch, outHeight, outWidth * channels]),
  ]);
  const columns = lower.op('MatMul', [
    transposed(width, outWidth),
    lower.reshape(rows, [batch, height, outWidth, channels]),
  ]);
  return lower.tensor(columns, images!.shape, 'float32');
});
