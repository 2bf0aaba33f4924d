import * as tf from '@tensorflow/tfjs-core';
import { gradient, unbroadcast } from './register.ts';

gradient('Identity', { rule: (dy) => ({ x: () => dy }) });
gradient('Reshape', { inputs: ['x'], rule: (dy, [x]) => ({ x: () => tf.reshape(dy, x!.shape) }) });
gradient('ExpandDims', {
  inputs: ['input'],
  rule: (dy, [input]) => ({ input: () => tf.reshape(dy, input!.shape) }),
});
gradient<{ perm: number[] }>('Transpose', {
  rule: (dy, _, { perm }) => ({
    x: () => {
      const inverse = perm.map((_axis, i) => perm.indexOf(i));
      return tf.transpose(dy, inverse);
    },
  }),
});

// Concat and Pack take any number of inputs, named by their index.
tf.registerGradient({
  kernelName: 'Concat',
  saveAllInputs: true,
  gradFunc: (dy, saved, attrs) => {
    const axis = tf.util.parseAxisParam(attrs.axis as number, saved[0]!.shape)[0]!;
    let offset = 0;
    return Object.fromEntries(
      saved.map((part, index) => {
        const begin = part.shape.map(() => 0);
        begin[axis] = offset;
        offset += part.shape[axis]!;
        return [index, () => tf.slice(dy as tf.Tensor, begin, part.shape)];
      }),
    );
  },
});
tf.registerGradient({
  kernelName: 'Pack',
  saveAllInputs: true,
  gradFunc: (dy, saved, attrs) => {
    const axis =
      (attrs.axis as number) < 0
        ? saved[0]!.shape.length + 1 + (attrs.axis as number)
        : (attrs.axis as number);
    return Object.fromEntries(
      saved.map((part, index) => [
        index,
        () => {
          const begin = (dy as tf.Tensor).shape.map(() => 0);
          begin[axis] = index;
          const size = [...(dy as tf.Tensor).shape];
          size[axis] = 1;
          return tf.reshape(tf.slice(dy as tf.Tensor, begin, size), part.shape);
        },
      ]),
    );
  },
});
gradient<{ axis: number }>('Unpack', {
  rule: (_dy, _saved, { axis }, dys) => ({ value: () => tf.stack(dys, axis) }),
});
gradient<{ axis: number }>('SplitV', {
  rule: (_dy, _saved, { axis }, dys) => ({ x: () => tf.concat(dys, axis) }),
});
gradient<{ begin: number[]; size: number[] }>('Slice', {
  inputs: ['x'],
  rule: (dy, [x], attrs) => ({
    x: () => {
      const [begin, size] = tf.slice_util.parseSliceParams(x!, attrs.begin, attrs.size);
      const paddings = x!.shape.map((length, i): [number, number] => [
        begin![i]!,
        length - begin![i]! - size![i]!,
      ]);
      return tf.pad(dy, paddings);
    },
  }),
});
gradient<{ paddings: [number, number][] }>('PadV2', {
  inputs: ['x'],
  rule: (dy, [x], { paddings }) => ({
    x: () =>
      tf.slice(
        dy,
        paddings.map(([before]) => before),
        x!.shape,
      ),
  }),
});
gradient<{ reps: number[] }>('Tile', {
  inputs: ['x'],
  rule: (dy, [x], { reps }) => ({
    x: () => {
      if (x!.shape.every((length, i) => length === 1 || reps[i] === 1)) return unbroadcast(dy, x!.shape);
      const split = x!.shape.flatMap((length, i) => [reps[i]!, length]);
      return tf.reshape(
        tf.sum(
          tf.reshape(dy, split),
          x!.shape.map((_, i) => 2 * i),
        ),
        x!.shape,
      );
    },
  }),
});

gradient<{ axis: number | number[] }>('Sum', {
  inputs: ['x'],
  rule: (dy, [x], { axis }) => ({ x: () => spread(dy, x!, axis) }),
});
gradient<{ axis: number | number[] }>('Mean', {
  inputs: ['x'],
  rule: (dy, [x], { axis }) => ({
    x: () => {
      const axes = tf.util.parseAxisParam(axis, x!.shape);
      const count = axes.reduce((product, i) => product * x!.shape[i]!, 1);
      return spread(tf.div(dy, count), x!, axis);
    },
  }),
});

function spread(dy: tf.Tensor, x: tf.Tensor, axis: number | number[]): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const kept = x.shape.map((length, i) => (axes.includes(i) ? 1 : length));
  return tf.broadcastTo(tf.reshape(dy, kept), x.shape);
}

gradient<{ axis: number }>('GatherV2', {
  inputs: ['x', 'indices'],
  rule: (dy, [x, indices], attrs) => ({
    x: () => {
      const axis = tf.util.parseAxisParam(attrs.axis, x!.shape)[0]!;
      const count = tf.util.sizeFromShape(indices!.shape);
      // Bring the gathered axes to the front as one, add up by index, and bring the axis back.
      const outer = x!.shape.slice(0, axis);
      const inner = x!.shape.slice(axis + 1);
      const flat = tf.reshape(dy, [...outer, count, ...inner]);
      const perm = [axis, ...x!.shape.map((_, i) => i).filter((i) => i !== axis)];
      const front = axis === 0 ? flat : tf.transpose(flat, perm);
      const sums = tf.unsortedSegmentSum(
        front,
        tf.reshape(indices!, [count]) as tf.Tensor1D,
        x!.shape[axis]!,
      );
      return axis === 0
        ? sums
        : tf.transpose(
            sums,
            perm.map((_axis, i) => perm.indexOf(i)),
          );
    },
    indices: () => tf.zeros(indices!.shape),
  }),
});
