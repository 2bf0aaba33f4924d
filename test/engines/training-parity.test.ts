/** A few steps of every kind of training on both engines, from the same data: the same loss curve. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { createTensorFlowEngine } from '../../src/engines/tensorflow.ts';
import { startTraining } from '../../src/runs/training-run.ts';
import { KINDS } from '../../src/training/kinds.ts';
import { tensorFlowHere } from './installed.ts';

const common = { steps: 4, batch_size: 4, checkpoint_every: 4 };
const finetuning = { ...common, scenes: 12, validation_scenes: 4 };
/** In the order in which they build on each other. */
const SIZES: Record<string, Record<string, unknown>> = {
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

/** Of a metric's own size, or of 1 where that is less. */
const TOLERANCE: Record<string, number> = { generator: 1e-2 };
const DEFAULT_TOLERANCE = 5e-4;
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

const checkpointsDir = fileURLToPath(new URL('../../checkpoints', import.meta.url));

const { folder, reason } = tensorFlowHere();
if (reason) process.stderr.write(`training on both engines: ${reason}\n`);

describe.skipIf(folder === undefined)('training on both engines', () => {
  let dataDir: string;
  let engines: Engine[];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'parity-'));
    // The first one's results are what both engines' next kinds build on.
    engines = [
      createOnnxRuntimeEngine({ threads: 1 }),
      createTensorFlowEngine({ folder: folder!, device: 'cpu', threads: 1 }),
    ];
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  async function train(kind: string, engine: Engine): Promise<Record<string, unknown>[]> {
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

  it.each(Object.keys(SIZES))(
    '%s',
    async (kind) => {
      const [compiled, eager] = [await train(kind, engines[0]!), await train(kind, engines[1]!)];
      expect(eager.length).toBe(compiled.length);
      let compared = 0;
      let largest = { name: '', difference: 0 };
      for (const [i, line] of compiled.entries()) {
        expect(eager[i]!.task).toBe(line.task);
        expect(Object.keys(eager[i]!).sort()).toEqual(Object.keys(line).sort());
        for (const [name, value] of Object.entries(line)) {
          if (typeof value !== 'number' || NOT_COMPARED.test(name)) continue;
          compared++;
          const difference = Math.abs((eager[i]![name] as number) - value) / Math.max(1, Math.abs(value));
          if (difference > largest.difference || Number.isNaN(difference)) {
            largest = { name: `${name} of line ${i + 1}`, difference };
          }
        }
      }
      process.stderr.write(
        `${kind}: ${compared} numbers in ${compiled.length} lines, largest difference ` +
          `${largest.difference.toExponential(1)} ${largest.name}\n`,
      );
      expect(compared).toBeGreaterThan(0);
      expect(largest.difference).toBeLessThan(TOLERANCE[kind] ?? DEFAULT_TOLERANCE);
    },
    600_000,
  );
});
