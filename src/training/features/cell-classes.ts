/** What a detector takes each cell for: labels of object classification, where no one has named what pictures show. */
import type { Engine } from '../../engines/engine.ts';
import { CELLS } from '../../grid.ts';
import { parseDetectorConfig } from '../../models/detector/config.ts';
import { classifyPart } from '../../models/detector/detector.ts';
import { float32 } from '../../tensor.ts';
import type { Component } from '../run/training-kind.ts';
import type { SceneFeatures } from './scene-features.ts';

/** Pictures of a run of the engine. */
const TOGETHER = 16;

/** Classes that an encoder tells apart, 0 the background. Undefined: it tells none. */
export const classesOf = (encoder: Pick<Component, 'architecture' | 'config'> | undefined) =>
  encoder?.architecture === 'detector' ? parseDetectorConfig(encoder.config).num_classes : undefined;

/** @returns the class of every cell of the first `count` pictures, [count × 64] */
export async function cellClasses(
  engine: Engine,
  { config, tensors }: Component,
  features: SceneFeatures,
  count: number,
): Promise<Int32Array> {
  const { fn, inputs, weights: names } = classifyPart(parseDetectorConfig(config));
  const weights = tensors['model.safetensors']!;
  const classify = await engine.compile({
    ...{ name: 'cell-classes', fn, inputs },
    weights: Object.fromEntries(names.map((name) => [name, weights[name]!])),
  });
  const { width: F } = features;
  const classes = new Int32Array(count * CELLS);
  try {
    for (let first = 0; first < count; first += TOGETHER) {
      const some = Math.min(TOGETHER, count - first);
      const cells = new Float32Array(some * CELLS * F);
      for (let i = 0; i < some; i++) features.read(first + i, cells, i * CELLS * F);
      const found = await classify.run({ features: float32(cells, [some * CELLS, F]) });
      classes.set(found.classes!.data as Int32Array, first * CELLS);
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    await classify.release();
  }
  return classes;
}
