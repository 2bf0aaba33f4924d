/** What a step of pre-training takes, at both sizes, in float32 and in bf16, and how far their losses are apart. */
import { openTrainingStep } from '../../../src/commands/bench/training-step.ts';
import type { Engine, TrainingPrecision } from '../../../src/engines/engine.ts';
import { painterOf, type Size } from '../models.ts';
import { exponent, openBoth, type Part } from '../part.ts';

const BATCH: Record<Size, number> = { demo: 32, published: 8 };
/**
 * Of a loss's own size. The logits of a trained model on numbers that mean nothing are large, and are rounded to 8 bits:
 * a loss is off by more than in test/runs/bf16.test.ts.
 */
const TOLERANCE = 1e-2;

async function trained(engine: Engine, size: Size, precision: TrainingPrecision, steps: number) {
  const { lxmert } = await painterOf(size);
  const training = await openTrainingStep(engine, lxmert, BATCH[size], { steps, precision });
  const times: number[] = [];
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const start = performance.now();
    losses.push(await training.run());
    times.push(performance.now() - start);
  }
  await training.release();
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
