/** A step of pre-training on numbers that mean nothing: how long it takes does not depend on them. */
import type { Engine, InputSpec, TrainingPrecision } from '../../engines/engine.ts';
import type { ModelConfig } from '../../models/family.ts';
import { FROZEN_WEIGHTS } from '../../models/lxmert/index.ts';
import { createRandom, type Random } from '../../random.ts';
import { float32, type HostTensor, type HostTensors, int32, sizeOf } from '../../tensor.ts';
import { pretrainingBatch } from '../../training/pretraining/batches.ts';
import { pretrainingTaskLoss } from '../../training/pretraining/step.ts';
import { openTrainer } from '../../training/run/apart-trainer.ts';
import { adamWTraining, stepsOf } from '../../training/run/gradient-step.ts';
import { noDecay } from '../../training/run/optimizer.ts';

/** Steps of the schedule, which has no more. */
const MOST_STEPS = 1000;

/**
 * @param batch examples of a step
 * @param options.steps how many there will be, of whose schedule these are
 */
export async function openTrainingStep(
  engine: Engine,
  { config, weights }: { config: ModelConfig & { grid: number }; weights: HostTensors },
  batch: number,
  { steps = MOST_STEPS, precision }: { steps?: number; precision?: TrainingPrecision } = {},
): Promise<{
  /** So many steps in one call, as training makes them. @returns the last one's loss */
  run(count?: number): Promise<number>;
  release(): Promise<void>;
}> {
  const adam = adamWTraining(
    { steps, learning_rate: 1e-4, warmup_ratio: 0.1, weight_decay: 0.01, max_grad_norm: 1 },
    { kind: 'hf', epsilon: 1e-6, frozen: (name) => FROZEN_WEIGHTS.has(name), noDecay },
  );
  const losses = { vis_mask: pretrainingTaskLoss(config, config.grid, 'vis_mask') };
  const trainer = await openTrainer(engine, {
    name: 'bench',
    state: adam.initialState(weights),
    batch: { ...pretrainingBatch(batch), ...adam.batch },
    steps: stepsOf(adam, losses, []),
    parts: { losses, adamW: adam },
    ...(precision && { precision }),
  });
  const random = createRandom(0);
  const data = Object.fromEntries(
    Object.entries(pretrainingBatch(batch)).map(([name, spec]) => [name, filled(name, spec, config, random)]),
  );
  let step = 0;
  return {
    async run(count = 1) {
      const next = () => ({ task: 'vis_mask', batch: { ...data, ...adam.inputs(step++) } });
      const metrics = await trainer.run(Array.from({ length: count }, next));
      return metrics.at(-1)!.loss!;
    },
    release: () => trainer.release(),
  };
}

/** Numbers that the model takes: speed does not depend on which. */
function filled(name: string, { dtype, shape }: InputSpec, config: ModelConfig, random: Random): HostTensor {
  const sizes = shape as readonly number[];
  const below: Record<string, number> = {
    input_ids: config.vocab_size,
    cluster_ids: config.num_clusters,
    obj_labels: config.num_clusters,
    vis_mask: 2,
  };
  const most = below[name] ?? 1;
  const values = Array.from({ length: sizeOf(sizes) }, () => random.int(most));
  return dtype === 'float32'
    ? float32(
        values.map(() => 1),
        sizes,
      )
    : int32(values, sizes);
}
