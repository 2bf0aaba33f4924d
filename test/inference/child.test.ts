/** The host with its real child: engine, pipeline and zoo behind the process boundary. */
import { mkdtemp, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import type { InferenceHost, PaintRequest } from '../../src/inference/host.ts';
import { createInferenceHost } from '../../src/inference/host-process.ts';
import { createPaintPipeline } from '../../src/inference/pipelines/paint.ts';
import { loadPaintCheckpoint } from '../../src/zoo/paint-checkpoint.ts';
import { writeTinyZoo } from './tiny-zoo.ts';

const THREADS = 2;
let root: string;
let host: InferenceHost;
let source: Awaited<ReturnType<typeof writeTinyZoo>>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'child-'));
  source = await writeTinyZoo(root);
  host = await createInferenceHost({ checkpoints: [root], threads: THREADS });
});
afterAll(async () => {
  await host.close(0);
  await rm(root, { recursive: true });
});

const sampler = { strategy: 'mask-predict', temperature: 1 } as const;
const request = (prompt: string, seed: number): PaintRequest => ({
  ...{ prompts: [prompt], model: 'tiny', n: 1, sampler, seeds: [seed], format: 'png', intermediate: false },
});

test('requests that wait together run together, and give the bytes they give alone', async () => {
  expect(host.defaultModel('paint')).toBe('tiny');
  const pipeline = await createPaintPipeline(
    createOnnxRuntimeEngine({ threads: THREADS }),
    await loadPaintCheckpoint(source),
  );
  const alone = await pipeline.paint({ prompt: 'the sky', seed: 12, sampler, format: 'png', steps: false });
  await pipeline.release();
  const seeds = [10, 11, 12, 13];
  const results = await Promise.all(seeds.map((seed) => host.paint(request('the sky', seed))));
  expect(results[2]!.images[0]!.encoded.equals(alone.encoded)).toBe(true);
  expect(results[2]).toMatchObject({ engine: 'onnxruntime-cpu', model: 'tiny' });
  const [model] = host.models().filter(({ id }) => id === 'tiny');
  expect(model).toMatchObject({ state: 'ready', revision: results[2]!.revision });
  expect(model!.memoryBytes).toBeGreaterThan(0);
});

test('kill -9 under load: everything is answered, with the bytes it would have had', async () => {
  const before = await host.paint(request('a dog', 3));
  const { childPid } = host.stats();
  const running = Array.from({ length: 12 }, (_, i) => host.paint(request('a dog', i)));
  while (host.stats().activeWorks === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  process.kill(childPid!, 'SIGKILL');
  const results = await Promise.all(running);
  expect(results[3]!.images[0]!.encoded.equals(before.images[0]!.encoded)).toBe(true);
  expect(host.ready()).toBe(true);
  expect(host.stats().restarts).toBe(1);
  expect(host.stats().childPid).not.toBe(childPid);
});

test('computes at a lower priority than the server has', () => {
  expect(getPriority(host.stats().childPid)).toBeGreaterThan(Math.min(getPriority(), 4));
});

test('the event loop of the server never waits for a model', async () => {
  let turns = 0;
  const count = setInterval(() => turns++, 1);
  await host.paint({
    ...request('a', 1),
    sampler: { strategy: 'top-left' },
    n: 8,
    seeds: [1, 2, 3, 4, 5, 6, 7, 8],
  });
  clearInterval(count);
  expect(turns).toBeGreaterThan(20);
});
