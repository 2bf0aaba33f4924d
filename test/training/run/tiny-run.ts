/**
 * A training run small enough to be killed many times: logistic regression on points that depend on the step alone.
 * As a program (`tsx tiny-run.ts <runs folder> <name> <steps> <kill at step>`) it kills itself with SIGKILL
 * when that step's batch is asked for.
 */
import * as tf from '@tensorflow/tfjs-core';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { createRandom } from '../../../src/random.ts';
import { float32, type HostTensors } from '../../../src/tensor.ts';
import { adamWTraining, type Loss, stepsOf } from '../../../src/training/run/gradient-step.ts';
import { type LoopPlan, runLoop } from '../../../src/training/run/loop.ts';
import { Run } from '../../../src/training/run/run-directory.ts';

const B = 8;

export const silent = { write: () => true };

export function tinyPlan(steps: number, onBatch: (step: number) => void = () => {}): LoopPlan {
  const training = adamWTraining(
    {
      steps,
      learning_rate: 0.1,
      warmup_ratio: 0.1,
      weight_decay: 0.01,
      max_grad_norm: 1,
    },
    {
      kind: 'torch',
      epsilon: 1e-8,
      frozen: () => false,
      noDecay: (name) => name === 'bias',
    },
  );
  const lossOf =
    (flip: boolean): Loss =>
    ({ weight, bias }, { x, y }) => {
      const score = tf.add(tf.reshape(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D), [B]), bias!);
      const distance = tf.sub(tf.sigmoid(flip ? tf.neg(score) : score), y!);
      const loss = tf.mean(tf.square(distance)) as tf.Scalar;
      return { loss, aux: { largest: tf.max(tf.abs(distance)) } };
    };
  const losses = { straight: lossOf(false), flipped: lossOf(true) };
  return {
    name: 'tiny',
    steps,
    batchSize: B,
    checkpointEvery: 5,
    stepsPerCall: 3,
    tasks: stepsOf(training, losses, []),
    parts: { losses, adamW: training },
    batch: {
      x: { dtype: 'float32', shape: [B, 2] },
      y: { dtype: 'float32', shape: [B] },
      ...training.batch,
    },
    initialState: () =>
      training.initialState({
        weight: float32([0.5, -0.5], [2, 1]),
        bias: float32([0], [1]),
      }),
    next: (at) => {
      onBatch(at);
      const random = createRandom(`tiny/${at}`);
      const flipped = random.chance(0.5);
      const x = Array.from({ length: B * 2 }, () => random.normal());
      const y = Array.from({ length: B }, (_, i) => Number(x[2 * i]! > x[2 * i + 1]! !== flipped));
      const batch: HostTensors = { x: float32(x, [B, 2]), y: float32(y, [B]), ...training.inputs(at) };
      return { task: flipped ? 'flipped' : 'straight', batch };
    },
  };
}

export async function openTinyRun(runs: string, name: string): Promise<Run> {
  try {
    return await Run.resume(runs, name);
  } catch {
    return Run.create(runs, {
      kind: 'tiny',
      name,
      hyperparameters: {},
      seed: 0,
      dataset: 'points',
      components: {},
      command: 'test',
      commit: 'none',
      engine: 'onnxruntime-cpu',
      created: '2026-01-01T00:00:00Z',
    });
  }
}

if (process.argv[1] === import.meta.filename) {
  const [runs, name, steps, killAt] = process.argv.slice(2);
  const run = await openTinyRun(runs!, name!);
  const plan = tinyPlan(Number(steps), (step) => {
    if (step === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  });
  await runLoop(
    {
      engine: createOnnxRuntimeEngine({ threads: 1 }),
      run,
      signal: new AbortController().signal,
      output: silent,
    },
    plan,
  );
  await run.close();
}
