/**
 * `verify.ts <json of NativeOptions>`: loads an engine in a process of its own, computes a layer forward and
 * backward, and compares with the same in JavaScript. Prints a {@link Verification} as JSON; throws otherwise.
 */
import { cpus } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../engines/engine.ts';
import { valueAndGradients } from '../engines/gradients-of.ts';
import { createTensorFlowEngine } from '../engines/tensorflow.ts';
import type { NativeOptions } from '../engines/tensorflow-native.ts';
import { conv2d } from '../models/ops.ts';
import { float32 } from '../tensor.ts';

export interface Verification {
  engine: string;
  tensorflow: string;
  node: string;
  processor: string;
  /** Seconds: the library into memory, the check, and the speed of a bare matrix product. */
  loading: number;
  checking: number;
  gigaflops: number;
  /** Largest difference from JavaScript: of the layer, and of its gradient. */
  forward: number;
  gradient: number;
}

const [N, M] = [32, 24];
const TOLERANCE = 1e-4;

const seconds = (since: number) => (performance.now() - since) / 1000;

/** Something between -1 and 1, the same every time. */
const numbers = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * i + 1));

/** loss = Σ (x·w)² / (N·M), and its gradient 2·xᵀ(x·w) / (N·M). x [N, N], w [N, M] */
function inJavaScript(x: Float32Array, w: Float32Array): { loss: number; gradient: Float64Array } {
  const y = new Float64Array(N * M);
  for (let i = 0; i < N; i++)
    for (let k = 0; k < N; k++) for (let j = 0; j < M; j++) y[i * M + j]! += x[i * N + k]! * w[k * M + j]!;
  const gradient = new Float64Array(N * M);
  for (let k = 0; k < N; k++)
    for (let i = 0; i < N; i++)
      for (let j = 0; j < M; j++) gradient[k * M + j]! += (2 / (N * M)) * x[i * N + k]! * y[i * M + j]!;
  return { loss: y.reduce((sum, value) => sum + value * value, 0) / (N * M), gradient };
}

async function compare(engine: Engine): Promise<{ forward: number; gradient: number }> {
  const [x, w] = [numbers(N * N), numbers(N * M)];
  const trainer = await engine.compileTraining({
    name: 'verify',
    state: { w: float32(w, [N, M]) },
    batch: { x: { dtype: 'float32', shape: [N, N] } },
    steps: {
      // A learning rate of 1, so that the state moves by the gradient.
      step: (state, batch) => {
        const { loss, gradients } = valueAndGradients({ w: state.w! }, (p) => ({
          loss: tf.mean(tf.square(tf.matMul(batch.x as tf.Tensor2D, p.w as tf.Tensor2D))) as tf.Scalar,
        }));
        return { state: { w: tf.sub(state.w!, gradients.w!) }, metrics: { loss } };
      },
    },
  });
  const [metrics] = await trainer.run([{ task: 'step', batch: { x: float32(x, [N, N]) } }]);
  const moved = trainer.state().w!.data;
  const expected = inJavaScript(x, w);
  await trainer.release();
  return {
    forward: Math.abs(metrics!.loss! - expected.loss),
    gradient: expected.gradient.reduce((most, g, i) => Math.max(most, Math.abs(w[i]! - moved[i]! - g)), 0),
  };
}

/** A convolution goes through another library than a product (cuDNN, oneDNN): ones, 3×3 on three channels, are 27 inside. */
async function checkConvolution(engine: Engine): Promise<void> {
  const convolution = await engine.compile({
    name: 'verify-convolution',
    weights: { filter: float32(new Float32Array(27).fill(1), [3, 3, 3, 1]) },
    inputs: { x: { dtype: 'float32', shape: [1, 8, 8, 3] } },
    fn: ({ filter }, { x }) => ({ y: conv2d(x!, filter!) }),
  });
  const { y } = await convolution.run({ x: float32(new Float32Array(192).fill(1), [1, 8, 8, 3]) });
  await convolution.release();
  if (y!.data[9] !== 27) throw new Error(`a convolution gave ${y!.data[9]} for 27`);
}

async function speed(engine: Engine): Promise<number> {
  const size = 1024;
  const multiply = await engine.compile({
    name: 'verify-speed',
    weights: { w: float32(numbers(size * size), [size, size]) },
    inputs: { x: { dtype: 'float32', shape: [size, size] } },
    fn: ({ w }, { x }) => ({ y: tf.sum(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D)) }),
  });
  const x = float32(numbers(size * size), [size, size]);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const started = performance.now();
    await multiply.run({ x });
    best = Math.min(best, seconds(started));
  }
  await multiply.release();
  return (2 * size ** 3) / best / 1e9;
}

const options = JSON.parse(process.argv[2]!) as NativeOptions;
let started = performance.now();
const engine = createTensorFlowEngine(options);
const loading = seconds(started);
started = performance.now();
const differences = await compare(engine);
await checkConvolution(engine);
const checking = seconds(started);
for (const [what, difference] of Object.entries(differences)) {
  if (!(difference < TOLERANCE)) throw new Error(`${what} differs from JavaScript by ${difference}`);
}
const verification: Verification = {
  engine: engine.name,
  tensorflow: (tf.findBackend('tensorflow') as unknown as { binding: { TF_Version: string } }).binding
    .TF_Version,
  node: process.version,
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  loading,
  checking,
  gigaflops: await speed(engine),
  ...differences,
};
process.stdout.write(`${JSON.stringify(verification)}\n`);
