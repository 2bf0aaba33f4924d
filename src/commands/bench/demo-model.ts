/** A model of the zoo that paints and captions, for benches of the demo's size. */
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { UsageError } from '../../errors.ts';
import { createZoo, sourceOf } from '../../zoo/discovery.ts';
import { loadPaintCheckpoint, type PaintCheckpoint } from '../../zoo/paint-checkpoint.ts';

/** @throws UsageError when it is not there */
export async function loadDemoModel(
  model: string,
  { checkpointsDir, dataDir }: Pick<Config, 'checkpointsDir' | 'dataDir'>,
): Promise<PaintCheckpoint> {
  const { entries } = await createZoo([checkpointsDir, join(dataDir, 'checkpoints')]).scan();
  const entry = entries.find(({ id, manifest }) => id === model && manifest.tasks.includes('paint'));
  if (!entry) throw new UsageError(`There is no model "${model}" that paints in ${checkpointsDir}.`);
  return loadPaintCheckpoint(sourceOf(entry));
}
