/** AdamW in host memory, against what a compiled step does; and its arithmetic as it is shipped. */
import { readFileSync } from 'node:fs';
import type * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import wabt from 'wabt';
import type { TrainStep } from '../../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { createRandom } from '../../../src/random.ts';
import { float32 } from '../../../src/tensor.ts';
import { adamWInPlace, sumOfSquares } from '../../../src/training/run/host-adamw.ts';
import { adamW, initialAdamState, noDecay } from '../../../src/training/run/optimizer.ts';

const engine = createOnnxRuntimeEngine({ threads: 1 });
/** More than it does at a time, and not whole fours. */
const LENGTH = 8192 + 7;

test.each(['hf', 'torch'] as const)('in place, %s: what a compiled step makes of it', async (kind) => {
  const names = ['w', 'b.bias'];
  const random = createRandom(kind);
  const numbers = (scale: number) => Float32Array.from({ length: LENGTH }, () => scale * random.normal());
  const common = {
    kind,
    weightDecay: 0.1,
    betas: [0.9, 0.999],
    epsilon: 1e-6,
    noDecay,
    maxGradNorm: 1,
  } as const;
  const parameters = Object.fromEntries(names.map((name) => [name, float32(numbers(1), [LENGTH])]));
  const step: TrainStep = (state, { learning_rate, ...gradients }) => {
    const learningRate = learning_rate as tf.Scalar;
    const result = adamW(state, gradients, { ...common, learningRate });
    return { state: result.state, metrics: { norm: result.gradNorm } };
  };
  const blank = Object.fromEntries(names.map((name) => [name, float32(new Float32Array(LENGTH), [LENGTH])]));
  const trainer = await engine.compileTraining({
    name: 'in_place',
    steps: { step },
    state: { ...parameters, ...initialAdamState(parameters) },
    batch: { ...blank, learning_rate: { dtype: 'float32', shape: [] } },
  });
  const own = names.map((name) => ({
    ...{ name, parameter: parameters[name]!.data.slice() as Float32Array },
    ...{ m: new Float32Array(LENGTH), v: new Float32Array(LENGTH), t: 0 },
  }));
  // Clipped, and small enough not to be.
  for (const scale of [3, 0.01, 1]) {
    const given = Object.fromEntries(names.map((name) => [name, float32(numbers(scale), [LENGTH])]));
    await trainer.run([{ task: 'step', batch: { ...given, learning_rate: float32([0.01], []) } }]);
    const gradient = (name: string) => given[name]!.data as Float32Array;
    const gradNorm = Math.sqrt(names.reduce((sum, name) => sum + sumOfSquares(gradient(name)), 0));
    for (const one of own)
      adamWInPlace(one.name, one, gradient(one.name), gradNorm, { ...common, learningRate: 0.01 });
  }
  const state = trainer.state();
  for (const { name, parameter, m, v, t } of own) {
    expect(t).toBe(state[`adam_t/${name}`]!.data[0]);
    for (const [slot, data] of Object.entries({ '': parameter, 'adam_m/': m, 'adam_v/': v })) {
      for (const [i, value] of data.entries()) expect(value).toBeCloseTo(state[slot + name]!.data[i]!, 6);
    }
  }
  await trainer.release();
});

test('the binary is that of the text', async () => {
  const file = (name: string) => new URL(`../../../src/training/run/${name}`, import.meta.url);
  const { parseWat } = await wabt();
  const made = parseWat('adamw.wat', readFileSync(file('adamw.wat'), 'utf8')).toBinary({}).buffer;
  expect(Buffer.from(made).equals(readFileSync(file('adamw.wasm'))), 'npm run wasm').toBe(true);
});
