/** A batch shared by processes: their gradients add up to those of the whole. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_ENGINE } from '../../src/engines/choose.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { apart, TINY_MODEL, type TinyResult, tinyRun } from './tiny-runs.ts';

let dataDir: string;
let engine: Engine;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'processes-'));
  engine = createOnnxRuntimeEngine({ threads: 1 });
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const opened = { choice: DEFAULT_ENGINE, threads: 1 };
const common = { steps: 6, batch_size: 8, ...TINY_MODEL, learning_rate: 1e-3 };

const pretrain = (name: string, hyperparameters: Record<string, unknown>): Promise<TinyResult> =>
  tinyRun(
    { kind: 'pretrain', name, hyperparameters: { ...common, ...hyperparameters } },
    { dataDir, engine, opened },
  );

/** Sums of gradients are no part of the model. */
const learned = ({ state }: TinyResult) =>
  Object.fromEntries(Object.entries(state).filter(([name]) => !name.startsWith('grad_sum/')));

it('two processes train as one does', async () => {
  const whole = await pretrain('whole', {});
  const shared = await pretrain('shared', { processes: 2, micro_batch_size: 2 });
  const again = await pretrain('again', { processes: 2, micro_batch_size: 2 });
  expect(shared.steps.map(({ task }) => task)).toEqual(whole.steps.map(({ task }) => task));
  // Every task has had its turn.
  expect(new Set(whole.steps.map(({ task }) => task)).size).toBe(3);
  for (const [i, line] of whole.steps.entries()) {
    for (const name of ['loss', 'grad_norm']) {
      expect(Math.abs(shared.steps[i]![name]! - line[name]!) / Math.max(1, line[name]!)).toBeLessThan(1e-5);
    }
  }
  const { name, difference } = apart(learned(whole), learned(shared));
  process.stderr.write(`weights and moments are at most ${difference.toExponential(1)} apart (${name})\n`);
  expect(difference).toBeLessThan(1e-5);
  // The same bits every time.
  expect(again.steps).toEqual(shared.steps);
  expect(apart(shared.state, again.state).difference).toBe(0);
  // Nothing is left of the exchange.
  for (const folder of ['/dev/shm', tmpdir()]) {
    const names = await readdir(folder).catch(() => []);
    expect(names.filter((name) => name.startsWith(`xlxmert-zoo-gradients-${process.pid}-`))).toEqual([]);
  }
}, 600_000);

it('refuses batches that do not share out, before anything runs', async () => {
  await expect(pretrain('odd', { processes: 3 })).rejects.toThrow(
    'processes: 3 do not share batch_size, 8, equally',
  );
  await expect(pretrain('odd', { processes: 2, micro_batch_size: 3 })).rejects.toThrow(
    'micro_batch_size: 3 does not divide batch_size, 8, over 2 processes',
  );
});

it('fine-tuning too', async () => {
  const tuned = (name: string, hyperparameters: Record<string, unknown>) =>
    tinyRun(
      {
        kind: 'vqa',
        name,
        hyperparameters: {
          ...{ steps: 3, batch_size: 4, scenes: 8, validation_scenes: 4, dropout: 0.1 },
          ...hyperparameters,
        },
        components: { base_model: 'whole' },
      },
      { dataDir, engine, opened },
    );
  // With dropout passes differ from a whole batch, but not from one another.
  const one = await tuned('one', { micro_batch_size: 2 });
  const two = await tuned('two', { processes: 2 });
  const { difference } = apart(learned(one), learned(two));
  expect(difference).toBeLessThan(1e-5);
}, 600_000);
