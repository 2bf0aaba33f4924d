/** Small runs on composed scenes, and what they leave. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine } from '../../src/engines/engine.ts';
import type { OpenedEngine } from '../../src/runs/peer-processes.ts';
import { startTraining } from '../../src/runs/training-run.ts';
import { readSafetensors } from '../../src/safetensors.ts';
import type { HostTensors } from '../../src/tensor.ts';
import { KINDS } from '../../src/training/kinds.ts';

const checkpointsDir = fileURLToPath(new URL('../../checkpoints', import.meta.url));

/** What a few steps of pre-training are small enough with to be a test. */
export const TINY_MODEL = {
  ...{
    hidden_size: 16,
    num_attention_heads: 2,
    intermediate_size: 16,
    l_layers: 1,
    r_layers: 1,
    x_layers: 1,
  },
  ...{ scenes: 16, validation_scenes: 4 },
};

export interface TinyRun {
  kind: 'pretrain' | 'vqa';
  name: string;
  hyperparameters: Record<string, unknown>;
  components?: Record<string, string>;
}

export interface TinyResult {
  /** One line a step. */
  steps: Record<string, number>[];
  /** After the last step: weights and moments. */
  state: HostTensors;
  said: string;
}

export async function tinyRun(
  { kind, name, hyperparameters, components = {} }: TinyRun,
  { dataDir, engine, opened }: { dataDir: string; engine: Engine; opened?: OpenedEngine },
): Promise<TinyResult> {
  let said = '';
  const steps = Number(hyperparameters.steps);
  const run = await startTraining(
    {
      kind: KINDS.find((one) => one.name === kind)!,
      ...{ name, seed: 1, dataset: 'lattice-1style', components, command: 'test', commit: 'none' },
      hyperparameters: { checkpoint_every: steps, ...hyperparameters },
    },
    {
      ...{ dataDir, checkpointsDir, engine, kinds: KINDS },
      ...(opened && { opened }),
      signal: new AbortController().signal,
      output: {
        write: (text) => {
          said += text;
          return true;
        },
      },
    },
  );
  const lines = (await readFile(join(run.directory, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  const checkpoint = `step-${String(steps).padStart(8, '0')}`;
  const state = join(run.directory, 'checkpoints', checkpoint, 'state.safetensors');
  return {
    steps: lines.map((line) => JSON.parse(line)).filter(({ split }) => split === undefined),
    state: (await readSafetensors(state)).tensors,
    said,
  };
}

/** Largest difference of two states, of a number's own size or of 1 where that is less. */
export function apart(a: HostTensors, b: HostTensors): { name: string; difference: number } {
  let largest = { name: '', difference: 0 };
  for (const [name, { data }] of Object.entries(a)) {
    for (const [i, value] of data.entries()) {
      const difference = Math.abs(value - b[name]!.data[i]!) / Math.max(1, Math.abs(value));
      if (!(difference <= largest.difference)) largest = { name, difference };
    }
  }
  return largest;
}
