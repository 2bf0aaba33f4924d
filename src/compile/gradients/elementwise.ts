import * as tf from '@tensorflow/tfjs-core';
import { gradient, unbroadcast } from './register.ts';

// ---- one operand ----

type Unary = (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor;

/** Rules that read the input. */
const OF_INPUT: Record<string, Unary> = {
  Square: (dy, x) => tf.mul(dy, tf.mul(x, 2)),
  Log: (dy, x) => tf.div(dy, x),
  Relu: (dy, x) => tf.mul(dy, tf.cast(tf.greater(x, 0), 'float32')),
  Abs: (dy, x) => tf.mul(dy, tf.sign(x)),
  Erf: (dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI))),
  Sin: (dy, x) => tf.mul(dy, tf.cos(x)),
  Cos: (dy, x) => tf.neg(tf.mul(dy, tf.sin(x))),
  Softplus: (dy, x) => tf.mul(dy, tf.sigmoid(x)),
};

/** Rules that read the output, which is there anyway. */
const OF_OUTPUT: Record<string, Unary> = {
  Exp: (dy, y) => tf.mul(dy, y),
  Sqrt: (dy, y) => tf.div(dy, tf.mul(y, 2)),
  Rsqrt: (dy, y) => tf.mul(dy, tf.mul(tf.mul(tf.square(y), y), -0.5)),
  Tanh: (dy, y) => tf.mul(dy, tf.sub(1, tf.square(y))),
  Sigmoid: (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))),
  Reciprocal: (dy, y) => tf.neg(tf.mul(dy, tf.square(y))),
};

for (const [kernel, rule] of Object.entries(OF_INPUT)) {
  gradient(kernel, { inputs: ['x'], rule: (dy, [x]) => ({ x: () => rule(dy, x!) }) });
}
for (const [kernel, rule] of Object.entries(OF_OUTPUT)) {
  gradient(kernel, { outputs: [true], rule: (dy, [y]) => ({ x: () => rule(dy, y!) }) });
}

gradient('Neg', { rule: (dy) => ({ x: () => tf.neg(dy) }) });
for (const kernel of ['Floor', 'Ceil', 'Round', 'Sign']) {
  gradient(kernel, { rule: (dy) => ({ x: () => tf.zerosLike(dy) }) });
}
gradient<{ alpha: number }>('LeakyRelu', {
  inputs: ['x'],
  rule: (dy, [x], { alpha }) => ({ x: () => tf.where(tf.greater(x!, 0), dy, tf.mul(dy, alpha)) }),
});
gradient<{ clipValueMin: number; clipValueMax: number }>('ClipByValue', {
  inputs: ['x'],
  rule: (dy, [x], { clipValueMin, clipValueMax }) => ({
    x: () => {
      const inside = tf.logicalAnd(tf.greaterEqual(x!, clipValueMin), tf.lessEqual(x!, clipValueMax));
      return tf.mul(dy, tf.cast(inside, 'float32'));
    },
  }),
});
gradient('Cast', { rule: (dy) => ({ x: () => tf.cast(dy, 'float32') }) });

// ---- two operands, broadcast against each other ----

type Binary = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Where a maximum or minimum ties, the whole gradient goes to a. */
const BINARY: Record<string, { a: Binary; b: Binary }> = {
  Add: { a: (dy) => dy, b: (dy) => dy },
  Sub: { a: (dy) => dy, b: (dy) => tf.neg(dy) },
  Multiply: {
    a: (dy, _, b) => tf.mul(dy, tf.cast(b, 'float32')),
    b: (dy, a) => tf.mul(dy, tf.cast(a, 'float32')),
  },
  RealDiv: {
    a: (dy, _, b) => tf.div(dy, tf.cast(b, 'float32')),
    b: (dy, a, b) => tf.neg(tf.div(tf.mul(dy, a), tf.square(tf.cast(b, 'float32')))),
  },
  Maximum: {
    a: (dy, a, b) => tf.mul(dy, tf.cast(tf.greaterEqual(a, b), 'float32')),
    b: (dy, a, b) => tf.mul(dy, tf.cast(tf.less(a, b), 'float32')),
  },
  Minimum: {
    a: (dy, a, b) => tf.mul(dy, tf.cast(tf.lessEqual(a, b), 'float32')),
    b: (dy, a, b) => tf.mul(dy, tf.cast(tf.greater(a, b), 'float32')),
  },
  SquaredDifference: {
    a: (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(a, b), 2)),
    b: (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(b, a), 2)),
  },
  Pow: {
    a: (dy, a, b) => tf.mul(dy, tf.mul(b, tf.pow(a, tf.sub(b, 1)))),
    // log only where it exists; elsewhere the power does not depend on b in a differentiable way.
    b: (dy, a, b) => {
      const positive = tf.greater(a, 0);
      const logarithm = tf.log(tf.where(positive, a, tf.onesLike(a)));
      return tf.mul(dy, tf.mul(tf.pow(a, b), logarithm));
    },
  },
};

for (const [kernel, { a: ofA, b: ofB }] of Object.entries(BINARY)) {
  gradient(kernel, {
    inputs: ['a', 'b'],
    rule: (dy, [a, b]) => ({
      a: () => unbroadcast(ofA(dy, a!, b!), a!.shape),
      b: () => unbroadcast(ofB(dy, a!, b!), b!.shape),
    }),
  });
}

// Comparisons are flat wherever they have a derivative; without a rule tfjs would refuse the loss.
for (const kernel of [
  'Equal',
  'NotEqual',
  'Greater',
  'GreaterEqual',
  'Less',
  'LessEqual',
  'LogicalAnd',
  'LogicalOr',
]) {
  gradient(kernel, {
    inputs: ['a', 'b'],
    rule: (_, [a, b]) => ({ a: () => tf.zeros(a!.shape), b: () => tf.zeros(b!.shape) }),
  });
}

gradient('Select', {
  inputs: ['condition'],
  rule: (dy, [condition]) => {
    const rank = dy.shape.length;
    const test =
      condition!.shape.length === 1 && rank > 1
        ? tf.reshape(condition!, [condition!.shape[0]!, ...Array<number>(rank - 1).fill(1)])
        : condition!;
    const chosen = () => tf.cast(test, 'float32');
    return {
      condition: () => tf.zerosLike(tf.cast(condition!, 'float32')),
      t: () => tf.mul(dy, chosen()),
      e: () => tf.mul(dy, tf.sub(1, chosen())),
    };
  },
});
