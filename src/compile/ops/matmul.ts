/** Matrix products. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type Lowerer, registerLowering } from '../trace.ts';
import { type FusedActivation, withBiasAndActivation } from './elementwise.ts';

interface MatMulAttrs {
  transposeA: boolean;
  transposeB: boolean;
}

registerLowering<MatMulAttrs>('BatchMatMul', ({ inputs: { a, b }, attrs, lower }) =>
  product(lower, a!, b!, attrs),
);

registerLowering<MatMulAttrs & FusedActivation>('_FusedMatMul', (call) => {
  const { a, b } = call.inputs;
  return withBiasAndActivation(call, product(call.lower, a!, b!, call.attrs));
});

function product(
  lower: Lowerer,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: MatMulAttrs,
): TensorInfo {
  const rank = a.shape.length;
  const rows = a.shape[transposeA ? rank - 1 : rank - 2]!;
  const columns = b.shape[transposeB ? b.shape.length - 2 : b.shape.length - 1]!;
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, rows, columns];
  const names = [a, b].map((x) => lower.rounded(lower.name(x)));
  const transposed = { transA: Number(transposeA), transB: Number(transposeB) };
  const name =
    !transposeA && !transposeB
      ? lower.op('MatMul', names)
      : rank === 2 && b.shape.length === 2
        ? lower.op('Gemm', names, transposed)
        : lower.op('FusedMatMul', names, transposed, 'com.microsoft');
  return lower.tensor(lower.rounded(name), shape, 'float32');
}

/** Composite: x [..., in] · weight [out, in]ᵀ + bias [out]; see src/models/ops.ts. */
registerLowering('Linear', ({ inputs: { x, weight, bias }, lower }) => {
  const [out, features] = weight!.shape as [number, number];
  const rows = util.sizeFromShape(x!.shape) / features;
  const flat = x!.shape.length === 2 ? lower.name(x!) : lower.reshape(lower.name(x!), [rows, features]);
  const operands = [flat, lower.name(weight!)].map((name) => lower.rounded(name));
  const added = bias ? [lower.name(bias)] : [];
  const gemm = lower.op('Gemm', lower.rounds ? operands : [...operands, ...added], { transB: 1 });
  // The bias joins after a product has been rounded, in float32.
  const product =
    lower.rounds && bias ? lower.op('Add', [lower.rounded(gemm), ...added]) : lower.rounded(gemm);
  const shape = [...x!.shape.slice(0, -1), out];
  const name = x!.shape.length === 2 ? product : lower.reshape(product, shape);
  return lower.tensor(name, shape, 'float32');
});
