/** Composite kernels of src/models/ops.ts that ONNX has as one operator, and their gradients. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Lowerer, registerLowering } from '../trace.ts';

/** Outputs: y [..., D], mean and inverse standard deviation [..., 1], which the gradient reads. */
registerLowering<{ epsilon: number }>(
  'LayerNormalization',
  ({ inputs: { x, scale, offset }, attrs: { epsilon }, lower }) => {
    const names = lower.graph.node(
      'LayerNormalization',
      [x!, scale!, offset!].map((tensor) => lower.name(tensor)),
      { axis: -1, epsilon: { float: epsilon } },
      { outputs: 3 },
    );
    const statistics = [...x!.shape.slice(0, -1), 1];
    return [
      lower.tensor(names[0]!, x!.shape, 'float32'),
      lower.tensor(names[1]!, statistics, 'float32'),
      lower.tensor(names[2]!, statistics, 'float32'),
    ];
  },
);

/** dx, dscale, doffset of layer normalisation over the last axis (Ba et al. 2016). */
registerLowering('LayerNormalizationGrad', ({ inputs, lower }) => {
  const { x, scale, mean, inverse, dy } = inputs as Record<string, TensorInfo>;
  const names = {
    x: lower.name(x!),
    scale: lower.name(scale!),
    dy: lower.name(dy!),
    inverse: lower.name(inverse!),
  };
  const last = [x!.shape.length - 1];
  const leading = x!.shape.slice(0, -1).map((_, i) => i);
  const average = (name: string) => lower.op('ReduceMean', [name, lower.graph.int64(last)], { keepdims: 1 });
  const total = (name: string) => lower.op('ReduceSum', [name, lower.graph.int64(leading)], { keepdims: 0 });
  const normalised = lower.op('Mul', [lower.op('Sub', [names.x, lower.name(mean!)]), names.inverse]);
  const scaled = lower.op('Mul', [names.dy, names.scale]);
  const projection = lower.op('Mul', [normalised, average(lower.op('Mul', [scaled, normalised]))]);
  const centred = lower.op('Sub', [lower.op('Sub', [scaled, average(scaled)]), projection]);
  return [
    lower.tensor(lower.op('Mul', [centred, names.inverse]), x!.shape, 'float32'),
    lower.tensor(total(lower.op('Mul', [names.dy, normalised])), scale!.shape, 'float32'),
    lower.tensor(total(names.dy), scale!.shape, 'float32'),
  ];
});

/** x · Φ(x), the exact form (Hendrycks and Gimpel 2016). */
registerLowering('Gelu', ({ inputs: { x }, lower }) =>
  lower.tensor(lower.op('Gelu', [lower.name(x!)], { approximate: 'none' }), x!.shape, 'float32'),
);

/** dy · (Φ(x) + x · φ(x)). */
registerLowering(
  'GeluGrad',
  ({ inputs: { x, dy }, lower }: { inputs: Record<string, TensorInfo>; lower: Lowerer }) => {
    const constant = (value: number) => lower.scalar(value, 'float32');
    const name = lower.name(x!);
    const erf = lower.op('Erf', [lower.op('Mul', [name, constant(Math.SQRT1_2)])]);
    const cumulative = lower.op('Add', [lower.op('Mul', [erf, constant(0.5)]), constant(0.5)]);
    const exponent = lower.op('Mul', [lower.op('Mul', [name, name]), constant(-0.5)]);
    const density = lower.op('Mul', [lower.op('Exp', [exponent]), constant(1 / Math.sqrt(2 * Math.PI))]);
    const slope = lower.op('Add', [cumulative, lower.op('Mul', [name, density])]);
    return lower.tensor(lower.op('Mul', [lower.name(dy!), slope]), x!.shape, 'float32');
  },
);
