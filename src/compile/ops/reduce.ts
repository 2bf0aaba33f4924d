/** Reductions, softmax, arg-max, cumulative sums, top-k. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type Lowerer, registerLowering } from '../trace.ts';
import { cast } from './elementwise.ts';

const REDUCTIONS = {
  Sum: 'ReduceSum',
  Mean: 'ReduceMean',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
  Prod: 'ReduceProd',
};

interface ReduceAttrs {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

for (const [kernel, op] of Object.entries(REDUCTIONS)) {
  registerLowering<ReduceAttrs>(kernel, ({ inputs: { x }, attrs, lower }) => {
    // tfjs sums booleans as int32.
    const input = x!.dtype === 'bool' ? cast(lower, x!, 'int32') : x!;
    return reduce(lower, op, input, attrs);
  });
}

function reduce(
  lower: Lowerer,
  op: string,
  x: TensorInfo,
  { axis, reductionIndices, keepDims }: ReduceAttrs,
): TensorInfo {
  const axes = util.parseAxisParam((axis ?? reductionIndices)!, x.shape);
  const [reduced, kept] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const shape = keepDims ? backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
  const fill = lower.fillOf(x);
  if (fill !== undefined && op !== 'ReduceSum' && op !== 'ReduceProd')
    return lower.fill(fill, shape, x.dtype);
  if (axes.length === 0 || util.sizeFromShape(kept) === 1) {
    return lower.tensor(lower.reshape(lower.name(x), shape), shape, x.dtype);
  }
  const name = lower.op(op, [lower.name(x), lower.graph.int64(axes)], { keepdims: keepDims ? 1 : 0 });
  return lower.tensor(name, shape, x.dtype);
}

for (const [kernel, op] of [
  ['All', 'ReduceMin'],
  ['Any', 'ReduceMax'],
] as const) {
  registerLowering<ReduceAttrs>(kernel, ({ inputs: { x }, attrs, lower }) =>
    cast(lower, reduce(lower, op, cast(lower, x!, 'int32'), attrs), 'bool'),
  );
}

for (const [kernel, op] of [
  ['ArgMax', 'ArgMax'],
  ['ArgMin', 'ArgMin'],
] as const) {
  registerLowering<{ axis: number }>(kernel, ({ inputs: { x }, attrs, lower }) => {
    const axis = util.parseAxisParam(attrs.axis, x!.shape)[0]!;
    const index = lower.op(op, [lower.name(x!)], { axis, keepdims: 0 });
    const shape = x!.shape.filter((_, i) => i !== axis);
    return lower.tensor(lower.op('Cast', [index], { to: 6 }), shape, 'int32');
  });
}

registerLowering<{ dim: number }>('Softmax', ({ inputs: { logits }, attrs, lower }) =>
  lower.tensor(lower.op('Softmax', [lower.name(logits!)], { axis: attrs.dim }), logits!.shape, 'float32'),
);

registerLowering<{ axis: number }>('LogSoftmax', ({ inputs: { logits }, attrs, lower }) =>
  lower.tensor(lower.op('LogSoftmax', [lower.name(logits!)], { axis: attrs.axis }), logits!.shape, 'float32'),
);

registerLowering<{ axis: number; exclusive: boolean; reverse: boolean }>(
  'Cumsum',
  ({ inputs: { x }, attrs, lower }) => {
    const axis = util.parseAxisParam(attrs.axis, x!.shape)[0]!;
    const name = lower.op('CumSum', [lower.name(x!), lower.scalar(axis, 'int64')], {
      exclusive: attrs.exclusive ? 1 : 0,
      reverse: attrs.reverse ? 1 : 0,
    });
    return lower.tensor(name, x!.shape, x!.dtype);
  },
);

registerLowering<{ k: number; sorted: boolean }>('TopK', ({ inputs: { x }, attrs, lower }) => {
  const shape = [...x!.shape.slice(0, -1), attrs.k];
  const [values, indices] = lower.graph.node(
    'TopK',
    [lower.name(x!), lower.graph.int64([attrs.k])],
    { axis: -1, sorted: attrs.sorted ? 1 : 0 },
    { outputs: 2 },
  );
  return [
    lower.tensor(values!, shape, x!.dtype),
    lower.tensor(lower.op('Cast', [indices!], { to: 6 }), shape, 'int32'),
  ];
});
