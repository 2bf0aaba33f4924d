import * as tf from '@tensorflow/tfjs-core';
import { TRACE_BACKEND } from '../trace.ts';
import { gradient, unbroadcast } from './register.ts';

function runKernel<T>(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attributes: Record<string, unknown> = {},
): T {
  return tf.engine().runKernel(name, inputs as never, attributes as never) as T;
}

gradient<{ transposeA: boolean; transposeB: boolean }>('BatchMatMul', {
  inputs: ['a', 'b'],
  rule: (dy, [a, b], { transposeA, transposeB }) => ({
    a: () =>
      unbroadcast(
        transposeA ? tf.matMul(b!, dy, transposeB, true) : tf.matMul(dy, b!, false, !transposeB),
        a!.shape,
      ),
    b: () =>
      unbroadcast(
        transposeB ? tf.matMul(dy, a!, true, transposeA) : tf.matMul(a!, dy, !transposeA, false),
        b!.shape,
      ),
  }),
});

gradient('Linear', {
  inputs: ['x', 'weight'],
  rule: (dys, [x, weight]) => {
    const [out, features] = weight!.shape as [number, number];
    const dy = tf.reshape(dys, [-1, out]) as tf.Tensor2D;
    return {
      x: () => tf.reshape(tf.matMul(dy, weight as tf.Tensor2D), x!.shape),
      weight: () => tf.matMul(dy, tf.reshape(x!, [-1, features]) as tf.Tensor2D, true, false),
      // Asked for only where there is a bias.
      bias: () => tf.sum(dy, 0),
    };
  },
});

gradient('Softmax', {
  outputs: [true],
  rule: (dy, [y]) => ({
    logits: () => {
      const weighted = tf.mul(dy, y!);
      return tf.sub(weighted, tf.mul(y!, tf.sum(weighted, -1, true)));
    },
  }),
});
gradient('LogSoftmax', {
  outputs: [true],
  rule: (dy, [y]) => ({ logits: () => tf.sub(dy, tf.mul(tf.exp(y!), tf.sum(dy, -1, true))) }),
});

gradient('LayerNormalization', {
  inputs: ['x', 'scale'],
  outputs: [false, true, true],
  rule: (dy, [x, scale, mean, inverse]) => {
    const parts = (attributes: { only?: number }) =>
      runKernel<tf.Tensor[]>(
        'LayerNormalizationGrad',
        { x: x!, scale: scale!, mean: mean!, inverse: inverse!, dy },
        attributes,
      );
    // In a graph one kernel makes all three; it runs when the first is asked for. Where tensors are freed, the
    // others would be gone by the time that they are asked for.
    let all: tf.Tensor[] | undefined;
    const part = (index: number) => () => {
      if (tf.getBackend() !== TRACE_BACKEND) return parts({ only: index })[0]!;
      all ??= parts({});
      return all[index]!;
    };
    return { x: part(0), scale: part(1), offset: part(2) };
  },
});
gradient('Gelu', {
  inputs: ['x'],
  rule: (dy, [x]) => ({ x: () => runKernel<tf.Tensor>('GeluGrad', { x: x!, dy }) }),
});

interface ConvAttrs {
  strides: number | [number, number];
  pad: 'valid' | 'same' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

gradient<ConvAttrs>('Conv2D', {
  inputs: ['x', 'filter'],
  rule: (dy, [x, filter], { strides, pad, dimRoundingMode }) => {
    const shared = { strides, pad, dataFormat: 'NHWC', dimRoundingMode };
    return {
      x: () =>
        runKernel<tf.Tensor>(
          'Conv2DBackpropInput',
          { dy, filter: filter! },
          { ...shared, inputShape: x!.shape },
        ),
      filter: () =>
        runKernel<tf.Tensor>(
          'Conv2DBackpropFilter',
          { x: x!, dy },
          { ...shared, filterShape: filter!.shape },
        ),
    };
  },
});
/** The gradient of x alone: networks with such convolutions are frozen here. */
gradient<ConvAttrs>('DepthwiseConv2dNative', {
  inputs: ['x', 'filter'],
  rule: (dy, [x, filter], { strides, pad, dimRoundingMode }) => ({
    x: () =>
      runKernel<tf.Tensor>(
        'DepthwiseConv2dNativeBackpropInput',
        { dy, filter: filter! },
        { strides, pad, dilations: 1, dimRoundingMode, inputShape: x!.shape },
      ),
    filter: () => {
      throw new Error('the filter of a depthwise convolution has no gradient');
    },
  }),
});

gradient('AvgPool', {
  inputs: ['x'],
  rule: (dy, [x], attrs) => ({ x: () => runKernel<tf.Tensor>('AvgPoolGrad', { dy, input: x! }, attrs) }),
});
gradient('ResizeBilinear', {
  inputs: ['images'],
  rule: (dy, [images], attrs) => ({
    images: () => runKernel<tf.Tensor>('ResizeBilinearGrad', { images: images!, dy }, attrs),
  }),
});
