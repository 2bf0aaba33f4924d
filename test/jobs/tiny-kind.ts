/** A kind of training whose runs take a second: logistic regression, see test/training/run/tiny-run.ts. */
import { setTimeout as sleep } from 'node:timers/promises';
import Type from 'typebox';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { TrainingError } from '../../src/training/run/errors.ts';
import { runLoop } from '../../src/training/run/loop.ts';
import { defineKind } from '../../src/training/run/training-kind.ts';
import { tinyPlan } from '../training/run/tiny-run.ts';

export const tiny = defineKind({
  name: 'tiny',
  description: 'logistic regression',
  requires: [],
  optional: [],
  hyperparameters: Type.Object({
    steps: Type.Integer({ minimum: 1, maximum: 100_000, default: 20 }),
    /** Milliseconds that every step waits. */
    slowness: Type.Integer({ minimum: 0, maximum: 10_000, default: 0 }),
    /** Step at which the loss diverges, or the process dies. 0: none. */
    diverges_at: Type.Integer({ minimum: 0, maximum: 100_000, default: 0 }),
    dies_at: Type.Integer({ minimum: 0, maximum: 100_000, default: 0 }),
    throws_at: Type.Integer({ minimum: 0, maximum: 100_000, default: 0 }),
  }),
  async train(context, h) {
    const plan = tinyPlan(h.steps, (step) => {
      if (h.dies_at > 0 && step === h.dies_at) process.kill(process.pid, 'SIGKILL');
      if (h.throws_at > 0 && step === h.throws_at) throw new Error('a fault of the code');
      if (h.diverges_at > 0 && step === h.diverges_at) throw new TrainingError('diverged', 'it diverged');
    });
    let metrics: Record<string, number> = {};
    // Waits before every call, without holding the event loop.
    const engine = createOnnxRuntimeEngine({ threads: 1 });
    const slow: typeof engine = {
      ...engine,
      async compileTraining(spec) {
        const trainer = await engine.compileTraining(spec);
        return {
          run: async (steps) => {
            await sleep(h.slowness * steps.length);
            return trainer.run(steps);
          },
          state: () => trainer.state(),
          replace: (part) => trainer.replace(part),
          release: () => trainer.release(),
        };
      },
    };
    const state = await runLoop(
      { ...context, engine: slow },
      {
        ...plan,
        evaluate: async (state) => {
          metrics = { weight: state.weight!.data[0]! };
          return metrics;
        },
      },
    );
    if (Object.keys(metrics).length === 0) metrics = { weight: state.weight!.data[0]! };
    return {
      architecture: 'recogniser',
      tasks: [],
      config: {},
      tensors: { 'model.safetensors': { weight: state.weight!, bias: state.bias! } },
      texts: {},
      components: [],
      metrics,
    };
  },
});
