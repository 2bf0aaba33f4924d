/** The TensorFlow engine, where it is installed: the shipped painter's pictures, memory, and what it refuses. */
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { createTensorFlowEngine } from '../../src/engines/tensorflow.ts';
import { createPaintPipeline, type PaintPipeline } from '../../src/inference/pipelines/paint.ts';
import { float32 } from '../../src/tensor.ts';
import { createZoo } from '../../src/zoo/discovery.ts';
import { loadPaintCheckpoint } from '../../src/zoo/paint-checkpoint.ts';
import { tensorFlowHere } from './installed.ts';

const { folder, reason } = tensorFlowHere();
if (reason) process.stderr.write(`the TensorFlow engine: ${reason}\n`);

describe.skipIf(folder === undefined)('the TensorFlow engine', () => {
  let engine: Engine;
  beforeAll(() => {
    engine = createTensorFlowEngine({ folder: folder!, device: 'cpu', threads: 2 });
  });

  describe('with the shipped painter', () => {
    let pipelines: PaintPipeline[];
    beforeAll(async () => {
      const { entries } = await createZoo([
        fileURLToPath(new URL('../../checkpoints', import.meta.url)),
      ]).scan();
      const painter = entries.find(({ manifest }) => manifest.tasks.includes('paint'))!;
      const checkpoint = await loadPaintCheckpoint({
        folder: painter.folder,
        components: Object.fromEntries(
          Object.entries(painter.components).map(([role, component]) => [role, component.folder]),
        ),
      });
      pipelines = [
        await createPaintPipeline(createOnnxRuntimeEngine({ threads: 2 }), checkpoint),
        await createPaintPipeline(engine, checkpoint),
      ];
    }, 300_000);
    afterAll(async () => {
      for (const pipeline of pipelines) await pipeline.release();
    });

    it.each([
      ['a giraffe standing on grass next to a red car', 1, undefined],
      ['two dogs on the beach', 2, 1],
    ])('paints %s as the default engine does', async (prompt, seed, temperature) => {
      const sampler = { strategy: 'mask-predict', ...(temperature ? { temperature } : {}) } as const;
      const [expected, painted] = await Promise.all(
        pipelines.map((pipeline) => pipeline.paint({ prompt, seed, sampler, format: 'png', steps: false })),
      );
      expect(painted!.codes).toEqual(expected!.codes);
      const [a, b] = await Promise.all(
        [expected!, painted!].map(({ encoded }) => sharp(encoded).raw().toBuffer()),
      );
      const largest = a!.reduce((most, value, i) => Math.max(most, Math.abs(value - b![i]!)), 0);
      process.stderr.write(`${prompt}: the same codes, pixels at most ${largest}/255 apart\n`);
      expect(largest).toBeLessThanOrEqual(1);
    });

    it('leaves no tensor behind', async () => {
      const paint = (seed: number) =>
        pipelines[1]!.paint({
          ...{ prompt: 'a red car', seed, format: 'png', steps: true },
          sampler: { strategy: 'mask-predict', steps: 2 },
        });
      await paint(0);
      const { numTensors, numDataBuffers } = tf.memory();
      for (let seed = 1; seed <= 10; seed++) {
        await paint(seed);
        expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
      }
    }, 300_000);
  });

  it('keeps the state of training and nothing else, and gives it back', async () => {
    const before = tf.memory().numTensors;
    const trainer = await engine.compileTraining({
      name: 'count',
      state: { w: float32([1, 2], [2]), same: float32([5], [1]) },
      batch: { x: { dtype: 'float32', shape: [2] } },
      steps: {
        // `same` comes back as it is, `w` and a metric share their data.
        add: ({ w, same }, { x }) => {
          const sum = tf.add(w!, x!);
          return { state: { w: sum, same: same! }, metrics: { first: tf.sum(sum), again: tf.sum(sum) } };
        },
      },
    });
    const step = { task: 'add', batch: { x: float32([1, 1], [2]) } };
    for (let i = 1; i <= 3; i++) {
      const metrics = await trainer.run([step, step]);
      expect(metrics.at(-1)).toEqual({ first: 3 + 4 * i, again: 3 + 4 * i });
      expect(tf.memory().numTensors).toBe(before + 2);
    }
    expect(trainer.state()).toEqual({ w: float32([7, 8], [2]), same: float32([5], [1]) });
    await expect(trainer.run([{ ...step, task: 'none' }])).rejects.toThrow(
      'unknown task none: expected one of add',
    );
    await trainer.release();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names the input that does not fit, and frees what a failed run has made', async () => {
    const before = tf.memory().numTensors;
    const compiled = await engine.compile({
      name: 'refuse',
      weights: {},
      inputs: { x: { dtype: 'float32', shape: ['N', 2] } },
      fn: (_, { x }) => ({ y: tf.matMul(tf.mul(x!, 2) as tf.Tensor2D, tf.ones([3, 3])) }),
    });
    await expect(compiled.run({ x: float32([1, 2, 3], [1, 3]) })).rejects.toThrow(
      'input x: expected float32 [N,2], got float32 [1,3]',
    );
    await expect(compiled.run({ x: float32([1, 2], [1, 2]) })).rejects.toThrow('Matrix size-incompatible');
    await compiled.release();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does not load a second library for another device', () => {
    expect(() => createTensorFlowEngine({ folder: folder!, device: 'cuda' })).toThrow('already loaded');
  });
});
