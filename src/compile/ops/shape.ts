/** Kernels that move or repeat elements. */
import { backend_util, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type Lowerer, registerLowering, TraceError } from '../trace.ts';
import { alias } from './elementwise.ts';

function reshaped(lower: Lowerer, x: TensorInfo, shape: readonly number[]): TensorInfo {
  if (lower.fillOf(x) !== undefined || util.arraysEqual(x.shape, [...shape])) return alias(lower, x, shape);
  return lower.tensor(lower.reshape(lower.name(x), shape), shape, x.dtype);
}

registerLowering<{ shape: number[] }>('Reshape', ({ inputs: { x }, attrs, lower }) =>
  reshaped(lower, x!, util.inferFromImplicitShape(attrs.shape, util.sizeFromShape(x!.shape))),
);

registerLowering<{ dim: number }>('ExpandDims', ({ inputs: { input }, attrs, lower }) => {
  const shape = [...input!.shape];
  shape.splice(attrs.dim < 0 ? shape.length + 1 + attrs.dim : attrs.dim, 0, 1);
  return reshaped(lower, input!, shape);
});

registerLowering('Identity', ({ inputs: { x }, lower }) => alias(lower, x!, x!.shape));
registerLowering('ZerosLike', ({ inputs: { x }, lower }) => lower.fill(0, x!.shape, x!.dtype));
registerLowering('OnesLike', ({ inputs: { x }, lower }) => lower.fill(1, x!.shape, x!.dtype));

registerLowering<{ shape: number[]; value: number; dtype: 'float32' }>('Fill', ({ attrs, lower }) =>
  lower.fill(Number(attrs.value), attrs.shape, attrs.dtype ?? 'float32'),
);

registerLowering<{ perm: number[] }>('Transpose', ({ inputs: { x }, attrs: { perm }, lower }) => {
  const shape = perm.map((axis) => x!.shape[axis]!);
  if (lower.fillOf(x!) !== undefined || perm.every((axis, i) => axis === i)) return alias(lower, x!, shape);
  return lower.tensor(lower.transpose(lower.name(x!), perm), shape, x!.dtype);
});

registerLowering<{ axis: number }>('Concat', ({ inputs, attrs, lower }) => {
  const tensors = Object.values(inputs);
  const axis = util.parseAxisParam(attrs.axis, tensors[0]!.shape)[0]!;
  const shape = backend_util.computeOutShape(
    tensors.map((t) => t.shape),
    axis,
  );
  const parts = tensors.filter((t) => util.sizeFromShape(t.shape) > 0).map((t) => lower.name(t));
  return lower.tensor(lower.op('Concat', parts, { axis }), shape, tensors[0]!.dtype);
});

registerLowering<{ axis: number }>('Pack', ({ inputs, attrs, lower }) => {
  const tensors = Object.values(inputs);
  const shape = [...tensors[0]!.shape];
  const axis = attrs.axis < 0 ? shape.length + 1 + attrs.axis : attrs.axis;
  shape.splice(axis, 0, 1);
  const parts = tensors.map((t) => lower.name(reshaped(lower, t, shape)));
  shape[axis] = tensors.length;
  return lower.tensor(lower.op('Concat', parts, { axis }), shape, tensors[0]!.dtype);
});

registerLowering<{ axis: number }>('Unpack', ({ inputs: { value }, attrs, lower }) => {
  const axis = util.parseAxisParam(attrs.axis, value!.shape)[0]!;
  const shape = value!.shape.filter((_, i) => i !== axis);
  return Array.from({ length: value!.shape[axis]! }, (_, i) => {
    const index = lower.scalar(i, 'int64');
    return lower.tensor(lower.op('Gather', [lower.name(value!), index], { axis }), shape, value!.dtype);
  });
});

registerLowering<{ numOrSizeSplits: number[] | number; axis: number }>(
  'SplitV',
  ({ inputs: { x }, attrs, lower }) => {
    const axis = util.parseAxisParam(attrs.axis, x!.shape)[0]!;
    const sizes = backend_util.prepareSplitSize(x as never, attrs.numOrSizeSplits, axis);
    const names = lower.graph.node(
      'Split',
      [lower.name(x!), lower.graph.int64(sizes)],
      { axis },
      { outputs: sizes.length },
    );
    return names.map((name, i) => {
      const shape = [...x!.shape];
      shape[axis] = sizes[i]!;
      return lower.tensor(name, shape, x!.dtype);
    });
  },
);

registerLowering<{ begin: number[]; size: number[] }>('Slice', ({ inputs: { x }, attrs, lower }) => {
  const [begin, size] = slice_util.parseSliceParams(x as never, attrs.begin, attrs.size);
  if (lower.fillOf(x!) !== undefined || util.arraysEqual(x!.shape, size!)) return alias(lower, x!, size!);
  // Only the axes that are cut: the others may be symbolic.
  const axes = size!.flatMap((length, axis) => (length === x!.shape[axis] ? [] : [axis]));
  const name = lower.op('Slice', [
    lower.name(x!),
    lower.graph.int64(axes.map((axis) => begin![axis]!)),
    lower.graph.int64(axes.map((axis) => begin![axis]! + size![axis]!)),
    lower.graph.int64(axes),
  ]);
  return lower.tensor(name, size!, x!.dtype);
});

interface StridedSliceAttrs {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}

registerLowering<StridedSliceAttrs>('StridedSlice', ({ inputs: { x }, attrs: a, lower }) => {
  const { finalShapeSparse, finalShape, begin, end, strides } = slice_util.sliceInfo(
    x!.shape,
    a.begin,
    a.end,
    a.strides,
    a.beginMask,
    a.endMask,
    a.ellipsisMask,
    a.newAxisMask,
    a.shrinkAxisMask,
  );
  if (strides.some((stride) => stride < 1)) throw new TraceError('stridedSlice: only positive strides');
  const axes = x!.shape.flatMap((length, axis) =>
    begin[axis] === 0 && end[axis]! >= length && strides[axis] === 1 ? [] : [axis],
  );
  const pick = (values: number[]) => lower.graph.int64(axes.map((axis) => values[axis]!));
  const sliced = axes.length
    ? lower.op('Slice', [lower.name(x!), pick(begin), pick(end), lower.graph.int64(axes), pick(strides)])
    : lower.name(x!);
  return reshaped(lower, lower.tensor(sliced, finalShapeSparse, x!.dtype), finalShape);
});

registerLowering<{ paddings: [number, number][]; constantValue: number }>(
  'PadV2',
  ({ inputs: { x }, attrs, lower }) => {
    const shape = x!.shape.map((length, i) => length + attrs.paddings[i]![0] + attrs.paddings[i]![1]);
    if (attrs.paddings.every(([before, after]) => before === 0 && after === 0))
      return alias(lower, x!, shape);
    const pads = [...attrs.paddings.map(([before]) => before), ...attrs.paddings.map(([, after]) => after)];
    const value = lower.scalar(attrs.constantValue, x!.dtype as 'float32');
    return lower.tensor(lower.op('Pad', [lower.name(x!), lower.graph.int64(pads), value]), shape, x!.dtype);
  },
);

registerLowering<{ reps: number[] }>('Tile', ({ inputs: { x }, attrs: { reps }, lower }) => {
  const shape = x!.shape.map((length, i) => length * reps[i]!);
  if (lower.fillOf(x!) !== undefined || reps.every((r) => r === 1)) return alias(lower, x!, shape);
  // Where every repeated axis has length 1 this is a broadcast, which states sizes instead of factors:
  // sizes may be symbolic.
  const broadcast = x!.shape.every((length, i) => length === 1 || reps[i] === 1);
  const name = broadcast
    ? lower.op('Expand', [lower.name(x!), lower.graph.int64(shape)])
    : lower.op('Tile', [lower.name(x!), lower.graph.int64(reps)]);
  return lower.tensor(name, shape, x!.dtype);
});

registerLowering<{ dims: number[] }>('Reverse', ({ inputs: { x }, attrs, lower }) => {
  const axes = util.parseAxisParam(attrs.dims, x!.shape);
  const name = lower.op('Slice', [
    lower.name(x!),
    lower.graph.int64(axes.map(() => -1)),
    lower.graph.int64(axes.map(() => -(2 ** 31))),
    lower.graph.int64(axes),
    lower.graph.int64(axes.map(() => -1)),
  ]);
  return lower.tensor(name, x!.shape, x!.dtype);
});
