import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { benchServing, servingReport } from '../../src/commands/bench/serve-while-training.ts';
import { TINY, writeTinyTasks } from '../inference/tiny-tasks.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-'));
  await writeTinyTasks(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('paints with nothing and with a training job beside', async () => {
  const measured = await benchServing(
    {
      checkpoints: [root],
      checkpointsDir: root,
      model: TINY.paint,
      threads: 1,
      trainThreads: 1,
      niceness: 0,
      requests: 4,
      aloneMs: 500,
      hyperparameters: { batch_size: 1, width: 16 },
    },
    () => {},
  );
  for (const speed of [measured.idle, measured.training]) {
    expect(speed.median).toBeGreaterThan(0);
    expect(speed.p95).toBeGreaterThanOrEqual(speed.median);
  }
  expect(measured.stepsAlone).toBeGreaterThan(0);
  expect(servingReport(measured)).toMatch(/\| image, median \| [\d.]+ ms \| [\d.]+ ms \| -?\d+ % \|/);
});
