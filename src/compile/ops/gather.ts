/** Lookups and their transposes. */
import { util } from '@tensorflow/tfjs-core';
import { registerLowering, TraceError } from '../trace.ts';

registerLowering<{ axis: number; batchDims: number }>(
  'GatherV2',
  ({ inputs: { x, indices }, attrs, lower }) => {
    if (attrs.batchDims) throw new TraceError('gather: batchDims is not supported');
    const axis = util.parseAxisParam(attrs.axis, x!.shape)[0]!;
    const name = lower.op('Gather', [lower.name(x!), lower.name(indices!)], { axis });
    const shape = [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)];
    return lower.tensor(name, shape, x!.dtype);
  },
);

/**
 * Rows added up by id. ScatterND(reduction=add) races on duplicate ids in onnxruntime's CPU provider, so this
 * is ScatterElements. Negative ids are dropped in tfjs; ONNX would count them from the end, so they are sent to
 * a row that is cut off afterwards.
 */
registerLowering<{ numSegments: number }>(
  'UnsortedSegmentSum',
  ({ inputs: { x, segmentIds }, attrs: { numSegments }, lower }) => {
    const ids = lower.name(segmentIds!);
    const dropped = lower.op('Where', [
      lower.op('Less', [ids, lower.scalar(0, 'int32')]),
      lower.scalar(numSegments, 'int32'),
      ids,
    ]);
    const row = x!.shape.slice(1);
    const column = lower.reshape(dropped, [x!.shape[0]!, ...row.map(() => 1)]);
    const indices = lower.op('Expand', [column, lower.graph.int64(x!.shape)]);
    const zeros = lower.name(lower.fill(0, [numSegments + 1, ...row], x!.dtype));
    const sums = lower.op('ScatterElements', [zeros, indices, lower.name(x!)], { axis: 0, reduction: 'add' });
    const name = lower.op('Slice', [
      sums,
      lower.graph.int64([0]),
      lower.graph.int64([numSegments]),
      lower.graph.int64([0]),
    ]);
    return lower.tensor(name, [numSegments, ...row], x!.dtype);
  },
);

registerLowering<{ depth: number; onValue: number; offValue: number; dtype?: 'float32' }>(
  'OneHot',
  ({ inputs: { indices }, attrs, lower }) => {
    const dtype = attrs.dtype ?? 'float32';
    // ONNX wraps negative indices around; tfjs gives a row of offValue. Comparing with a range does the latter.
    const range = lower.graph.constant({
      dtype: 'int32',
      shape: [attrs.depth],
      data: Int32Array.from({ length: attrs.depth }, (_, i) => i),
    });
    const column = lower.reshape(lower.name(indices!), [...indices!.shape, 1]);
    const hit = lower.op('Equal', [column, range]);
    const name = lower.op('Where', [
      hit,
      lower.scalar(attrs.onValue, dtype),
      lower.scalar(attrs.offValue, dtype),
    ]);
    return lower.tensor(name, [...indices!.shape, attrs.depth], dtype);
  },
);
