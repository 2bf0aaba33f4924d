/** Training with products in bf16: what is rounded, and the loss curve beside float32's, on every engine there is. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, TrainingPrecision } from '../../src/engines/engine.ts';
import { valueAndGradients } from '../../src/engines/gradients-of.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { createTensorFlowEngine } from '../../src/engines/tensorflow.ts';
import { linear } from '../../src/models/ops.ts';
import { createRandom } from '../../src/random.ts';
import { float32 } from '../../src/tensor.ts';
import { tensorFlowHere } from '../engines/installed.ts';
import { apart, TINY_MODEL, tinyRun } from './tiny-runs.ts';

/**
 * Tolerance, by a loss's own size. bf16 has 8 bits: a product is off by up to 1/256 of itself, a loss, which is a mean
 * of many, by far less.
 */
const TOLERANCE = 5e-4;

/** To the nearest number of 8 bits, ties to even. */
function bf16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer)[0]!;
}

const { folder, reason } = tensorFlowHere();
if (reason) process.stderr.write(`bf16 on TensorFlow: ${reason}\n`);
const ENGINES: [string, (() => Engine) | undefined][] = [
  ['onnxruntime', () => createOnnxRuntimeEngine({ threads: 1 })],
  ['TensorFlow', folder ? () => createTensorFlowEngine({ folder, device: 'cpu', threads: 1 }) : undefined],
];

describe.each(ENGINES)('bf16 on %s', (_, open) => {
  let engine: Engine;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'bf16-'));
    if (open) engine = open();
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it.skipIf(!open)(
    'rounds what is multiplied and what comes out, forward and backward, and nothing else',
    async () => {
      const random = createRandom('bf16');
      const [N, I, O] = [3, 5, 4];
      const numbers = (size: number) => Float32Array.from({ length: size }, () => random.normal());
      const [x, w, b] = [numbers(N * I), numbers(O * I), numbers(O)];
      const step = async (precision: TrainingPrecision) => {
        const trainer = await engine.compileTraining({
          name: 'product',
          precision,
          state: { w: float32(w, [O, I]), b: float32(b, [O]), y: float32(new Float32Array(N * O), [N, O]) },
          batch: { x: { dtype: 'float32', shape: [N, I] } },
          steps: {
            // The state moves by the gradient of the sum of all products, and keeps the products.
            step: ({ w: weight, b: bias }, batch) => {
              const { loss, gradients, aux } = valueAndGradients({ w: weight!, b: bias! }, (p) => {
                const y = linear(batch.x!, p.w!, p.b!);
                return { loss: tf.sum(y) as tf.Scalar, aux: { y } };
              });
              return { state: { w: gradients.w!, b: gradients.b!, y: aux.y! }, metrics: { loss } };
            },
          },
        });
        await trainer.run([{ task: 'step', batch: { x: float32(x, [N, I]) } }]);
        const state = trainer.state();
        await trainer.release();
        return state;
      };
      const { y, w: dw, b: db } = await step('bf16');
      for (let n = 0; n < N; n++) {
        for (let o = 0; o < O; o++) {
          let sum = 0;
          for (let i = 0; i < I; i++) sum += bf16(x[n * I + i]!) * bf16(w[o * I + i]!);
          // Sums in another order may round to the number beside it.
          const found = y!.data[n * O + o]! - b[o]!;
          expect(Math.abs(found - bf16(sum))).toBeLessThanOrEqual(Math.abs(sum) / 128 + 1e-6);
          expect(Math.abs(bf16(found) - found)).toBeLessThan(1e-6);
        }
      }
      for (let i = 0; i < I; i++) {
        let sum = 0;
        for (let n = 0; n < N; n++) sum += bf16(x[n * I + i]!);
        expect(Math.abs(dw!.data[i]! - bf16(sum))).toBeLessThanOrEqual(Math.abs(sum) / 128 + 1e-6);
        expect(bf16(dw!.data[i]!)).toBe(dw!.data[i]);
      }
      expect([...db!.data]).toEqual([N, N, N, N]);
      // The other precision is another, and still there.
      const exact = await step('float32');
      expect(apart({ y: y! }, { y: exact.y! }).difference).toBeGreaterThan(1e-4);
    },
  );

  it.skipIf(!open)(
    'has the loss curve of float32',
    async () => {
      const train = (precision: TrainingPrecision) =>
        tinyRun(
          {
            ...{ kind: 'pretrain', name: precision },
            hyperparameters: { steps: 8, batch_size: 8, ...TINY_MODEL, precision },
          },
          { dataDir, engine },
        );
      const exact = await train('float32');
      const rounded = await train('bf16');
      let largest = 0;
      for (const [i, { loss }] of exact.steps.entries()) {
        largest = Math.max(largest, Math.abs(rounded.steps[i]!.loss! - loss!) / Math.max(1, loss!));
      }
      process.stderr.write(
        `${engine.name}: losses of 8 steps are at most ${largest.toExponential(1)} apart\n`,
      );
      expect(largest).toBeLessThan(TOLERANCE);
      // It was another computation, and the weights are float32's: finer than bf16 can say.
      expect(apart(exact.state, rounded.state).difference).toBeGreaterThan(0);
      expect(
        Object.values(rounded.state).some(({ data }) => data.some((value) => bf16(value) !== value)),
      ).toBe(true);
      expect(rounded.said.includes('imitates bf16')).toBe(engine.bf16 === 'emulated');
    },
    600_000,
  );
});
