/** What a step of pre-training takes, at both sizes, in float32 and in bf16, and how far their losses are apart. */
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { openTrainingStep } from '../../../src/commands/bench/training-step.ts';
import type { Engine, TrainingPrecision } from '../../../src/engines/engine.ts';
import { painterOf, type Size } from '../models.ts';
import { exponent, openBoth, type Part } from '../part.ts';

const BATCH: Record<Size, number> = { demo: 32, published: 8 };
/** GiB of free memory for a step at the published size on a CPU, whose batch is 1: it took 7.5. */
const WANTED_GIB = 10;
/**
 * Tolerance, by a loss's own size. The logits of a trained model on numbers that mean nothing are large, and are
 * rounded to 8 bits: a loss is off by more than in test/runs/bf16.test.ts.
 */
const TOLERANCE = 1e-2;

async function trained(
  engine: Engine,
  size: Size,
  batch: number,
  precision: TrainingPrecision,
  steps: number,
) {
  const { lxmert } = await painterOf(size);
  const training = await openTrainingStep(engine, lxmert, batch, { steps, precision });
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
  const free = freeGib();
  const sizes: Size[] = options.small && free < WANTED_GIB ? ['demo'] : ['demo', 'published'];
  if (sizes.length === 1) {
    finding.note(
      `No step at the published size: it wants ${WANTED_GIB} GiB of memory, and ${free.toFixed(1)} are free.`,
    );
  }
  for (const size of sizes) {
    const batch = options.small && size === 'published' ? 1 : BATCH[size];
    const found: Partial<Record<TrainingPrecision, number[]>> = {};
    for (const precision of ['float32', 'bf16'] as const) {
      const { losses, ms } = await trained(device, size, batch, precision, options.small ? 3 : 8);
      found[precision] = losses;
      row(`${size} size, batch ${batch}`, { [precision]: ms });
    }
    const [exact, rounded] = [found.float32!, found.bf16!];
    const off = Math.max(...exact.map((loss, i) => Math.abs(rounded[i]! - loss) / Math.max(1, loss)));
    finding.check(
      `${size}: the loss curve in bf16`,
      off < TOLERANCE,
      `${exact.length} steps, at most ${exponent(off)} apart`,
    );
    if (size === 'published')
      finding.note(`The process took ${(process.resourceUsage().maxRSS / 2 ** 20).toFixed(1)} GiB at most.`);
  }
};

/** What Linux could give without ending others; elsewhere what nobody uses. */
function freeGib(): number {
  try {
    return Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))![1]) / 2 ** 20;
  } catch {
    return freemem() / 2 ** 30;
  }
}

export default part;
