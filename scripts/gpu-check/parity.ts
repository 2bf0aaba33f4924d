/** A few steps of every kind of training, in the order in which they build on each other, and how curves compare. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../src/engines/engine.ts';
import { startTraining } from '../../src/runs/training-run.ts';
import { KINDS } from '../../src/training/kinds.ts';
import { checkpointsDir } from './models.ts';

const common = { steps: 4, batch_size: 4, checkpoint_every: 4 };
const finetuning = { ...common, scenes: 12, validation_scenes: 4 };
/** In the order in which they build on each other. */
export const SIZES: Record<string, Record<string, unknown>> = {
  'grid-encoder': { ...common, width: 16, validation_scenes: 4 },
  recogniser: { ...common, width: 8, validation_scenes: 4 },
  'visual-vocabulary': { clusters: 24, iterations: 3, scenes: 24, gate_scenes: 6 },
  generator: { ...common, batch_size: 2, discriminator_width: 4, scenes: 16, validation_scenes: 4 },
  pretrain: {
    ...common,
    steps: 6,
    checkpoint_every: 6,
    ...{ hidden_size: 16, num_attention_heads: 2, intermediate_size: 16 },
    ...{ l_layers: 1, r_layers: 1, x_layers: 1 },
    scenes: 16,
    validation_scenes: 8,
  },
  vqa: finetuning,
  gqa: finetuning,
  nlvr2: finetuning,
};

/** Tolerance by a metric's own size, or by 1 where that is less. */
const TOLERANCE: Record<string, number> = { generator: 1e-2 };
const DEFAULT_TOLERANCE = 5e-4;
export const toleranceOf = (kind: string): number => TOLERANCE[kind] ?? DEFAULT_TOLERANCE;
/**
 * What kinds build on that four steps of training are not good enough for. A fresh generator on the codes of a
 * fresh encoder has instance norms that hardly vary, and amplifies rounding: the compiled engine's own curve changes
 * as much when its weights are changed by one part in a million. The shipped ones are well conditioned.
 */
const SHIPPED: Record<string, Record<string, string>> = {
  generator: {
    grid_encoder: 'grid-encoder-scenes',
    visual_vocabulary: 'visual-vocabulary-scenes',
    base_model: 'generator-scenes',
  },
};
/** How fast a run was, and what is counted over a handful of scenes: one of eight more or less is no difference. */
const NOT_COMPARED = /seconds|per_second|_ms$|accuracy|recall|share|rate$/;

export type Curve = readonly Record<string, unknown>[];

/** The lines of a run on this engine; it builds on what the default engine has made. */
export async function train(kind: string, engine: Engine, dataDir: string): Promise<Curve> {
  const name = `${kind}-${engine.name}`;
  const onnx = (part: string) => `${part}-onnxruntime-cpu`;
  const { requires } = KINDS.find((one) => one.name === kind)!;
  const parts: Record<string, string> = {
    grid_encoder: onnx('grid-encoder'),
    visual_vocabulary: onnx('visual-vocabulary'),
    base_model: onnx('pretrain'),
  };
  await startTraining(
    {
      kind: KINDS.find((one) => one.name === kind)!,
      name,
      seed: 1,
      dataset: 'lattice-1style',
      hyperparameters: SIZES[kind]!,
      components: SHIPPED[kind] ?? Object.fromEntries(requires.map((role) => [role, parts[role]!])),
      command: 'test',
      commit: 'none',
    },
    {
      dataDir,
      checkpointsDir,
      engine,
      signal: new AbortController().signal,
      output: { write: () => true },
      kinds: KINDS,
    },
  );
  const lines = await readFile(join(dataDir, 'runs', name, 'metrics.jsonl'), 'utf8');
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** @throws Error when the lines are not of the same tasks, or have other numbers than each other */
export function compareCurves(a: Curve, b: Curve) {
  let compared = 0;
  let largest = { name: '', difference: 0 };
  const namesOf = (line: Record<string, unknown>) => Object.keys(line).sort().join();
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [one, other] = [a[i], b[i]];
    if (!one || !other || one.task !== other.task || namesOf(one) !== namesOf(other)) {
      throw new Error(
        `line ${i + 1} is ${JSON.stringify(one)} in one curve, ${JSON.stringify(other)} in the other`,
      );
    }
    for (const [name, value] of Object.entries(one)) {
      if (typeof value !== 'number' || NOT_COMPARED.test(name)) continue;
      compared++;
      const difference = Math.abs((other[name] as number) - value) / Math.max(1, Math.abs(value));
      if (difference > largest.difference || Number.isNaN(difference)) {
        largest = { name: `${name} of line ${i + 1}`, difference };
      }
    }
  }
  return { compared, lines: a.length, ...largest };
}
