/** A model that paints, of codes or of features, as a command names it. */
import type { Engine } from '../engines/engine.ts';
import { UsageError } from '../errors.ts';
import { createPaintPipeline, type PaintPipelineOptions } from '../inference/pipelines/paint.ts';
import { createRegressionPipeline } from '../inference/pipelines/paint-by-regression.ts';
import type { PaintInput, PaintOutcome, PaintStep } from '../inference/protocol.ts';
import type { Painter } from '../inference/serve-models.ts';
import { sourceOf, type ZooEntry } from '../zoo/discovery.ts';
import { byRegression, loadAnyPaintCheckpoint } from '../zoo/paint-checkpoint.ts';

export interface OpenPainter extends Painter {
  /** Pixels of a side. */
  readonly size: number;
  paint(input: PaintInput, hooks?: { onStep?: (step: PaintStep) => void }): Promise<PaintOutcome>;
}

/** @throws UsageError that says why it cannot be loaded */
export async function openPainter(
  engine: Engine,
  entry: ZooEntry,
  options: PaintPipelineOptions = {},
): Promise<OpenPainter> {
  const checkpoint = await loadAnyPaintCheckpoint(sourceOf(entry)).catch((cause: Error) => {
    throw new UsageError(`The model ${entry.id} cannot be loaded: ${cause.message}`, { cause });
  });
  return byRegression(checkpoint)
    ? createRegressionPipeline(engine, checkpoint)
    : createPaintPipeline(engine, checkpoint, options);
}
