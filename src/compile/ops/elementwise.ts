/** Elementwise kernels: one ONNX node each, with lazy uniform tensors folded on the way. */
import { backend_util, type TensorInfo, upcastType, util } from '@tensorflow/tfjs-core';
import { type KernelCall, type Lowerer, registerLowering } from '../trace.ts';

const { assertAndGetBroadcastShape } = backend_util;

const UNARY: Record<string, string> = {
  Sqrt: 'Sqrt',
  Exp: 'Exp',
  Log: 'Log',
  Tanh: 'Tanh',
  Sigmoid: 'Sigmoid',
  Relu: 'Relu',
  Erf: 'Erf',
  Abs: 'Abs',
  Sin: 'Sin',
  Cos: 'Cos',
  Floor: 'Floor',
  Ceil: 'Ceil',
  Round: 'Round',
  Sign: 'Sign',
  Softplus: 'Softplus',
  Reciprocal: 'Reciprocal',
  LogicalNot: 'Not',
  Elu: 'Elu',
  Selu: 'Selu',
};

for (const [kernel, op] of Object.entries(UNARY)) {
  registerLowering(kernel, ({ inputs: { x }, lower }) =>
    lower.tensor(lower.op(op, [lower.name(x!)]), x!.shape, x!.dtype),
  );
}

// The gradient of a sum negates ones; keep those lazy.
registerLowering('Neg', ({ inputs: { x }, lower }) => {
  const fill = lower.fillOf(x!);
  if (fill !== undefined) return lower.fill(-fill, x!.shape, x!.dtype);
  return lower.tensor(lower.op('Neg', [lower.name(x!)]), x!.shape, x!.dtype);
});

registerLowering('Square', ({ inputs: { x }, lower }) => {
  const name = lower.name(x!);
  return lower.tensor(lower.op('Mul', [name, name]), x!.shape, x!.dtype);
});

registerLowering('Rsqrt', ({ inputs: { x }, lower }) => {
  const root = lower.op('Sqrt', [lower.name(x!)]);
  return lower.tensor(lower.op('Reciprocal', [root]), x!.shape, x!.dtype);
});

registerLowering<{ alpha: number }>('LeakyRelu', ({ inputs: { x }, attrs: { alpha }, lower }) =>
  lower.tensor(activated(lower, lower.name(x!), 'leakyrelu', { alpha }), x!.shape, x!.dtype),
);

registerLowering('Relu6', ({ inputs: { x }, lower }) =>
  lower.tensor(activated(lower, lower.name(x!), 'relu6'), x!.shape, x!.dtype),
);

registerLowering('Prelu', ({ inputs: { x, alpha: slopes }, lower }) =>
  lower.tensor(activated(lower, lower.name(x!), 'prelu', { slopes }), x!.shape, x!.dtype),
);

registerLowering<{ varianceEpsilon: number }>(
  'FusedBatchNorm',
  ({ inputs: { x, mean, variance, scale, offset }, attrs, lower }) => {
    const spread = lower.op('Sqrt', [
      lower.op('Add', [lower.name(variance!), lower.scalar(attrs.varianceEpsilon, 'float32')]),
    ]);
    const centred = lower.op('Sub', [lower.name(x!), lower.name(mean!)]);
    let y = lower.op('Div', [centred, spread]);
    if (scale) y = lower.op('Mul', [y, lower.name(scale)]);
    if (offset) y = lower.op('Add', [y, lower.name(offset)]);
    return lower.tensor(y, x!.shape, 'float32');
  },
);

/** What tfjs's fused kernels end with, by its names. */
export interface FusedActivation {
  activation?: 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'prelu' | 'leakyrelu';
  leakyreluAlpha?: number;
}

const ACTIVATIONS: Record<string, string> = { relu: 'Relu', elu: 'Elu', sigmoid: 'Sigmoid' };

/** How a fused kernel ends: with its bias, and its activation. @param y what it multiplied */
export function withBiasAndActivation(
  { inputs: { bias, preluActivationWeights: slopes }, attrs, lower }: KernelCall<FusedActivation>,
  y: TensorInfo,
): TensorInfo {
  const added = bias ? lower.op('Add', [lower.name(y), lower.name(bias)]) : lower.name(y);
  const alpha = attrs.leakyreluAlpha;
  return lower.tensor(activated(lower, added, attrs.activation, { alpha, slopes }), y.shape, 'float32');
}

/** @param slopes of `prelu` */
function activated(
  lower: Lowerer,
  x: string,
  activation: FusedActivation['activation'],
  { alpha = 0.2, slopes }: { alpha?: number | undefined; slopes?: TensorInfo | undefined } = {},
): string {
  if (activation === undefined || activation === 'linear') return x;
  if (activation === 'relu6')
    return lower.op('Clip', [x, lower.scalar(0, 'float32'), lower.scalar(6, 'float32')]);
  if (activation === 'leakyrelu') return lower.op('LeakyRelu', [x], { alpha: { float: alpha } });
  if (activation === 'prelu') return lower.op('PRelu', [x, lower.name(slopes!)]);
  return lower.op(ACTIVATIONS[activation]!, [x]);
}

registerLowering<{ clipValueMin: number; clipValueMax: number }>(
  'ClipByValue',
  ({ inputs: { x }, attrs, lower }) => {
    const bounds = [attrs.clipValueMin, attrs.clipValueMax].map((bound) => lower.scalar(bound, 'float32'));
    return lower.tensor(lower.op('Clip', [lower.name(x!), ...bounds]), x!.shape, x!.dtype);
  },
);

const ONNX_TYPE: Record<string, number> = { float32: 1, int32: 6, bool: 9 };

/** The tensor as another type. tfjs truncates towards zero, and so does ONNX. */
export function cast(lower: Lowerer, x: TensorInfo, dtype: string): TensorInfo {
  if (x.dtype === dtype) return x;
  const to = dtype as 'float32' | 'int32' | 'bool';
  const fill = lower.fillOf(x);
  if (fill !== undefined) {
    const value = to === 'int32' ? Math.trunc(fill) : to === 'bool' ? Number(fill !== 0) : fill;
    return lower.fill(value, x.shape, to);
  }
  return lower.tensor(lower.op('Cast', [lower.name(x)], { to: ONNX_TYPE[to]! }), x.shape, to);
}

registerLowering<{ dtype: string }>('Cast', ({ inputs: { x }, attrs, lower }) => {
  if (x!.dtype === attrs.dtype) return alias(lower, x!, x!.shape);
  return cast(lower, x!, attrs.dtype);
});

/** The same value in a tensor of its own; no node. */
export function alias(lower: Lowerer, x: TensorInfo, shape: readonly number[]): TensorInfo {
  const fill = lower.fillOf(x);
  return fill === undefined ? lower.tensor(lower.name(x), shape, x.dtype) : lower.fill(fill, shape, x.dtype);
}

interface Binary {
  op: string;
  fold?: (a: number, b: number) => number;
  /** Which uniform operand leaves the other unchanged. */
  neutral?: { left?: number; right?: number };
  /** Which uniform operand makes the result that operand: gradients that are zero stay lazy. */
  absorbing?: number;
  boolean?: true;
}

const ARITHMETIC: Record<string, Binary> = {
  Add: { op: 'Add', fold: (a, b) => a + b, neutral: { left: 0, right: 0 } },
  Sub: { op: 'Sub', fold: (a, b) => a - b, neutral: { right: 0 } },
  Multiply: { op: 'Mul', fold: (a, b) => a * b, neutral: { left: 1, right: 1 }, absorbing: 0 },
  RealDiv: { op: 'Div', fold: (a, b) => a / b, neutral: { right: 1 } },
  Maximum: { op: 'Max', fold: Math.max },
  Minimum: { op: 'Min', fold: Math.min },
  Pow: { op: 'Pow' },
  Equal: { op: 'Equal', boolean: true },
  Greater: { op: 'Greater', boolean: true },
  GreaterEqual: { op: 'GreaterOrEqual', boolean: true },
  Less: { op: 'Less', boolean: true },
  LessEqual: { op: 'LessOrEqual', boolean: true },
  LogicalAnd: { op: 'And', boolean: true },
  LogicalOr: { op: 'Or', boolean: true },
};

for (const [kernel, rule] of Object.entries(ARITHMETIC)) {
  registerLowering(kernel, (call) => binary(call, rule));
}

function binary(
  { inputs, lower }: KernelCall,
  { op, fold, neutral, absorbing, boolean }: Binary,
): TensorInfo {
  // tfjs upcasts most operands itself, but not in every gradient.
  const common = upcastType(inputs.a!.dtype, inputs.b!.dtype);
  const [a, b] = [cast(lower, inputs.a!, common), cast(lower, inputs.b!, common)];
  const shape = assertAndGetBroadcastShape(a.shape, b.shape);
  const [left, right] = [lower.fillOf(a), lower.fillOf(b)];
  if (fold && left !== undefined && right !== undefined) {
    const value = fold(left, right);
    return lower.fill(common === 'float32' ? Math.fround(value) : value, shape, common);
  }
  if (absorbing !== undefined && (left === absorbing || right === absorbing))
    return lower.fill(absorbing, shape, common);
  if (neutral && right !== undefined && right === neutral.right && util.arraysEqual(a.shape, shape))
    return alias(lower, a, shape);
  if (neutral && left !== undefined && left === neutral.left && util.arraysEqual(b.shape, shape))
    return alias(lower, b, shape);
  // A uniform operand may stay a scalar unless it is the one that gives the result its shape.
  const nameOf = (x: TensorInfo, other: TensorInfo) =>
    util.arraysEqual(other.shape, shape) ? lower.broadcastName(x) : lower.name(x);
  const name = lower.op(op, [nameOf(a, b), nameOf(b, a)]);
  return lower.tensor(name, shape, boolean ? 'bool' : common);
}

registerLowering('NotEqual', (call) => {
  const equal = binary(call, { op: 'Equal', boolean: true });
  return call.lower.tensor(call.lower.op('Not', [call.lower.name(equal)]), equal.shape, 'bool');
});

registerLowering('SquaredDifference', (call) => {
  const difference = binary(call, ARITHMETIC.Sub!);
  const name = call.lower.name(difference);
  return call.lower.tensor(call.lower.op('Mul', [name, name]), difference.shape, difference.dtype);
});

registerLowering('Select', ({ inputs: { condition, t, e }, lower }) => {
  // tfjs lets a vector condition choose whole rows.
  let test = lower.name(condition!);
  if (condition!.shape.length === 1 && t!.shape.length > 1) {
    test = lower.reshape(test, [condition!.shape[0]!, ...t!.shape.slice(1).map(() => 1)]);
  }
  const dtype = upcastType(t!.dtype, e!.dtype);
  const [then, otherwise] = [cast(lower, t!, dtype), cast(lower, e!, dtype)];
  const whole = util.arraysEqual(condition!.shape, t!.shape);
  const [x, y] = [then, otherwise].map((value) => (whole ? lower.broadcastName(value) : lower.name(value)));
  return lower.tensor(lower.op('Where', [test, x!, y!]), t!.shape, dtype);
});
