/** What a step of pre-training takes, at both sizes, in float32 and in bf16, and how far their losses are apart. */
import type { Engine, InputSpec, TrainingPrecision } from '../../../src/engines/engine.ts';
import type { ModelConfig } from '../../../src/models/family.ts';
import { FROZEN_WEIGHTS } from '../../../src/models/lxmert/index.ts';
import { createRandom, type Random } from '../../../src/random.ts';
import { float32, type HostTensor, type HostTensors, int32, sizeOf } from '../../../src/tensor.ts';
import { pretrainingBatch } from '../../../src/training/pretraining/batches.ts';
import { pretrainingTaskLoss } from '../../../src/training/pretraining/step.ts';
import { adamWTraining } from '../../../src/training/run/gradient-step.ts';
import { noDecay } from '../../../src/training/run/optimizer.ts';
import { painterOf, type Size } from '../models.ts';
import { exponent, openBoth, type Part } from '../part.ts';

const BATCH: Record<Size, number> = { demo: 32, published: 8 };
/**
 * Of a loss's own size. The logits of a trained model on numbers that mean nothing are large, and are rounded to 8 bits:
 * a loss is off by more than in test/runs/bf16.test.ts.
 */
const TOLERANCE = 1e-2;

/** Numbers that the model takes: speed does not depend on which. */
function filled(name: string, { dtype, shape }: InputSpec, config: ModelConfig, random: Random): HostTensor {
  const sizes = shape as readonly number[];
  const below: Record<string, number> = {
    input_ids: config.vocab_size,
    cluster_ids: config.num_clusters,
    obj_labels: config.num_clusters,
    vis_mask: 2,
  };
  const values = Array.from({ length: sizeOf(sizes) }, () => random.int(below[name] ?? 1));
  return dtype === 'float32'
    ? float32(
        Float32Array.from(values, () => 1),
        sizes,
      )
    : int32(values, sizes);
}

async function trained(engine: Engine, size: Size, precision: TrainingPrecision, steps: number) {
  const { config, weights } = (await painterOf(size)).lxmert;
  const adam = adamWTraining(
    { steps, learning_rate: 1e-4, warmup_ratio: 0.1, weight_decay: 0.01, max_grad_norm: 1 },
    { kind: 'hf', epsilon: 1e-6, frozen: (name) => FROZEN_WEIGHTS.has(name), noDecay },
  );
  const specs = pretrainingBatch(BATCH[size]);
  const trainer = await engine.compileTraining({
    ...{ name: 'steps', precision, state: adam.initialState(weights), batch: { ...specs, ...adam.batch } },
    steps: { vis_mask: adam.step(pretrainingTaskLoss(config, config.grid, 'vis_mask')) },
  });
  const random = createRandom(0);
  const data = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, filled(name, spec, config, random)]),
  );
  const times: number[] = [];
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const inputs: HostTensors = { ...data, ...adam.inputs(step) };
    const start = performance.now();
    const [metrics] = await trainer.run([{ task: 'vis_mask', batch: inputs }]);
    times.push(performance.now() - start);
    losses.push(metrics!.loss!);
  }
  await trainer.release();
  return { losses, ms: times.slice(1).sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)]! };
}

const part: Part = async (finding, options) => {
  const { device } = await openBoth(options);
  const row = finding.table(`A step of pre-training on ${device.name}, milliseconds`, ['float32', 'bf16']);
  const sizes: Size[] = options.small ? ['demo'] : ['demo', 'published'];
  if (options.small)
    finding.note('No step at the published size: too much for a CPU in the time of a rehearsal.');
  for (const size of sizes) {
    const found: Partial<Record<TrainingPrecision, number[]>> = {};
    for (const precision of ['float32', 'bf16'] as const) {
      const { losses, ms } = await trained(device, size, precision, options.small ? 3 : 8);
      found[precision] = losses;
      row(`${size} size, batch ${BATCH[size]}`, { [precision]: ms });
    }
    const [exact, rounded] = [found.float32!, found.bf16!];
    const off = Math.max(...exact.map((loss, i) => Math.abs(rounded[i]! - loss) / Math.max(1, loss)));
    finding.check(
      `${size}: the loss curve in bf16`,
      off < TOLERANCE,
      `${exact.length} steps, at most ${exponent(off)} apart`,
    );
  }
};

export default part;
