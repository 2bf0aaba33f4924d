import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { InferenceHost, PaintRequest, PaintStep } from '../../src/inference/host.ts';
import { createInferenceHost, type HostOptions } from '../../src/inference/host-process.ts';
import { float32 } from '../../src/tensor.ts';
import { manifest, writeCheckpoint } from '../zoo/write-checkpoint.ts';

let root: string;
let host: InferenceHost | undefined;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'host-'));
  const add = (variant: string, config: unknown, tasks: ('paint' | 'vqa')[] = ['paint']) =>
    writeCheckpoint(root, `x-lxmert/${variant}`, {
      manifest: manifest({ id: variant, tasks }),
      config,
      weights: { a: float32([1, 2], [2]) },
    });
  await add('good', {});
  await add('other', {});
  await add('broken', { load: 'throw' });
  await add('deadly', { load: 'die' });
  await add('answers', {}, ['vqa']);
});
afterEach(async () => {
  await host?.close(0);
  host = undefined;
});
afterAll(() => rm(root, { recursive: true }));

async function start(options: Partial<HostOptions> = {}): Promise<InferenceHost> {
  const childModule = new URL('./fake-child.ts', import.meta.url);
  host = await createInferenceHost({
    checkpoints: [root],
    threads: 1,
    models: ['good'],
    childModule,
    ...options,
  });
  return host;
}

function request(prompt: string | string[], fields: Partial<PaintRequest> = {}): PaintRequest {
  const prompts = [prompt].flat();
  const n = fields.n ?? 1;
  return {
    prompts,
    model: 'good',
    n,
    sampler: { strategy: 'mask-predict' },
    seeds: Array.from({ length: prompts.length * n }, (_, i) => i + 1),
    format: 'png',
    intermediate: false,
    ...fields,
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const text = (bytes: Buffer) => bytes.toString().replace(/ \d+$/, '');

test('paints every prompt n times, in order, with the seeds given', async () => {
  const { paint } = await start().then((h) => ({ paint: h.paint.bind(h) }));
  const result = await paint(request(['ann', 'bob'], { n: 2, intermediate: true }));
  expect(result.images.map((image) => text(image.encoded))).toEqual([
    'good ann 1',
    'good ann 2',
    'good bob 3',
    'good bob 4',
  ]);
  expect(result.images.map(({ prompt, seed, codes }) => ({ prompt, seed, codes }))).toEqual([
    { prompt: 'ann', seed: 1, codes: [1] },
    { prompt: 'ann', seed: 2, codes: [2] },
    { prompt: 'bob', seed: 3, codes: [3] },
    { prompt: 'bob', seed: 4, codes: [4] },
  ]);
  expect(result.images[3]!.intermediate!.map(String)).toEqual(['4 step 1', '4 step 2', '4 step 3']);
  expect(result.engine).toBe('fake');
  expect(result.revision).toBe(host!.models().find((m) => m.id === 'good')!.revision);
});

test('the child dies under a request: it is repeated, and no step is told twice', async () => {
  await start();
  await until(() => host!.ready());
  const pid = host!.stats().childPid;
  const steps: PaintStep[] = [];
  const marker = join(root, 'died');
  const onStep = (step: PaintStep) => steps.push(step);
  const both = await Promise.all([
    host!.paint(request(`die-once ${marker}`), { onStep }),
    host!.paint(request('slow innocent')),
  ]);
  expect(both.map((result) => text(result.images[0]!.encoded))).toEqual([
    `good die-once ${marker} 1`,
    'good slow innocent 1',
  ]);
  expect(steps.map(({ image, step }) => [image, step])).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
  ]);
  expect(host!.stats()).toMatchObject({ restarts: 1, activeWorks: 0, queuedWorks: 0, pendingRequests: 0 });
  expect(host!.stats().childPid).not.toBe(pid);
  // Three steps each, and what the first child had done.
  await until(() => (host!.stats().batchSizes[1] ?? 0) >= 6);
});

test('a request that kills every process gets a 503; those beside it do not', async () => {
  await start();
  const deadly = host!.paint(request('die'));
  const innocent = host!.paint(request('slow innocent'));
  await expect(deadly).rejects.toMatchObject({ code: 'inference_unavailable', status: 503 });
  expect((await innocent).images).toHaveLength(1);
  expect(host!.stats().restarts).toBe(2);
});

test('a hung child is replaced', async () => {
  await start({ hangAfterMs: 2_000 });
  await until(() => host!.ready());
  const hung = host!.paint(request('hang'));
  await expect(hung).rejects.toMatchObject({ code: 'inference_unavailable' });
  await until(() => host!.ready());
  expect((await host!.paint(request('ann'))).images).toHaveLength(1);
});

test('a child that breathes but runs nothing is replaced', async () => {
  await start({ stallAfterMs: 1_000 });
  await until(() => host!.ready());
  await expect(host!.paint(request('stuck'))).rejects.toMatchObject({ code: 'inference_unavailable' });
});

test('an abort frees the place in the queue and in the batch', async () => {
  await start({ maxActive: 1 });
  await until(() => host!.ready());
  const [running, waiting] = [new AbortController(), new AbortController()];
  const first = host!.paint(request('slow a'), { signal: running.signal });
  const second = host!.paint(request('slow b', { n: 5 }), { signal: waiting.signal });
  expect(host!.stats()).toMatchObject({ activeWorks: 1, queuedWorks: 5, pendingRequests: 2 });
  waiting.abort(new Error('hung up'));
  await expect(second).rejects.toThrow('hung up');
  expect(host!.stats()).toMatchObject({ activeWorks: 1, queuedWorks: 0, pendingRequests: 1 });
  running.abort(new Error('hung up'));
  await expect(first).rejects.toThrow('hung up');
  await until(() => host!.stats().activeWorks === 0);
  await expect(host!.paint(request('c'), { signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow(
    'early',
  );
  expect((await host!.paint(request('d'))).images).toHaveLength(1);
});

test('requests take turns; a full queue refuses with a time to come back', async () => {
  await start({ maxActive: 1, queueLimit: 4 });
  await until(() => host!.ready());
  const ended: string[] = [];
  const large = host!.paint(request('large', { n: 8 })).then(() => ended.push('large'));
  await expect(host!.paint(request('small'))).rejects.toMatchObject({ code: 'queue_full', status: 429 });
  await until(() => host!.stats().queuedWorks < 4);
  const small = host!.paint(request('small')).then(() => ended.push('small'));
  await Promise.all([large, small]);
  expect(ended).toEqual(['small', 'large']);
});

test('a short work does not wait for a long one: another model’s not at all, its own model’s for one turn', async () => {
  await start({ maxActive: 1, turnMs: 100 });
  await host!.load('other');
  const ended: string[] = [];
  const paint = (prompt: string, model: string) =>
    host!.paint(request(prompt, { model })).then(() => ended.push(`${prompt} ${model}`));
  await Promise.all([paint('slow', 'good'), paint('quick', 'good'), paint('quick', 'other')]);
  expect(ended).toEqual(['quick other', 'quick good', 'slow good']);
});

test('a large request has no more than its places, however long its works take', async () => {
  await start({ maxActive: 2, turnMs: 20 });
  await until(() => host!.ready());
  const large = host!.paint(request('slow', { n: 6 }));
  let most = 0;
  const looking = setInterval(() => {
    most = Math.max(most, host!.stats().activeWorks);
  }, 5);
  await large;
  clearInterval(looking);
  expect(most).toBe(2);
});

test('failures in the child carry their code, and details stay inside', async () => {
  await start();
  await expect(host!.paint(request('refuse'))).rejects.toMatchObject({
    code: 'impossible_request',
    param: '/sampler/steps',
  });
  const failure = await host!.paint(request('throw')).catch((error: Error) => error);
  expect(failure).toMatchObject({ code: 'internal_error' });
  expect((failure as Error).message).not.toContain('secret');
  expect(String((failure as Error).cause)).toContain('secret detail');
});

test('models: states, loading on demand, unloading, failures with their reason', async () => {
  await start();
  const state = (id: string) => host!.models().find((m) => m.id === id)!.state;
  expect([state('good'), state('other')]).toEqual(['loading', 'available']);
  expect(host!.ready()).toBe(false);
  await until(() => host!.ready());
  expect(host!.models().find((m) => m.id === 'good')).toMatchObject({ state: 'ready', parameters: 2 });
  expect((await host!.paint(request('a', { model: 'other' }))).model).toBe('other');
  expect(state('other')).toBe('ready');
  expect(await host!.unload('other')).toMatchObject({ id: 'other', state: 'available' });
  const reason = 'The model "broken" could not be loaded (missing: a.weight [2]).';
  await expect(host!.paint(request('a', { model: 'broken' }))).rejects.toMatchObject({
    code: 'model_not_ready',
    message: reason,
  });
  await expect(host!.load('broken')).rejects.toThrow(reason);
  expect(state('broken')).toBe('failed');
  await expect(host!.paint(request('a', { model: 'none' }))).rejects.toMatchObject({
    code: 'model_not_found',
  });
  await expect(host!.paint(request('a', { model: 'answers' }))).rejects.toMatchObject({
    code: 'task_not_supported',
  });
});

test('a model that kills the process while it loads is given up; the others come back', async () => {
  await start();
  await until(() => host!.ready());
  await expect(host!.load('deadly')).rejects.toThrow(/ended \(signal SIGKILL\) while loading it/);
  await until(() => host!.ready());
  expect((await host!.paint(request('a'))).images).toHaveLength(1);
});

test('is ready while others can serve, or the next request loads', async () => {
  await start({ models: ['good', 'other', 'broken'] });
  expect(host!.ready()).toBe(false);
  // One that fails is no reason for all to wait.
  await until(() => host!.ready());
  await host!.unload('good');
  expect(host!.ready()).toBe(true);
  await host!.unload('other');
  expect(host!.ready()).toBe(true);
  await host!.paint(request('ann'));
  expect(host!.ready()).toBe(true);
  process.kill(host!.stats().childPid!, 'SIGKILL');
  await until(() => !host!.ready());
  await until(() => host!.ready());
});

test('deletes a model when its work is done, and no other', async () => {
  const own = await mkdtemp(join(tmpdir(), 'host-own-'));
  await writeCheckpoint(own, 'promoted/mine', {
    manifest: manifest({ id: 'mine' }),
    config: {},
    weights: { a: float32([1, 2], [2]) },
  });
  await start({ checkpoints: [root, own], ownCheckpoints: own, models: ['good', 'mine'] });
  await until(() => host!.ready());
  await expect(host!.remove('good')).rejects.toMatchObject({ code: 'model_shipped' });
  await expect(host!.remove('none')).rejects.toMatchObject({ code: 'model_not_found' });
  const kept = host!.remove('mine', async (paths) => {
    throw new Error(`not ${paths}`);
  });
  await expect(kept).rejects.toThrow('not promoted/mine');
  expect(host!.models().find(({ id }) => id === 'mine')?.state).toBe('ready');
  const painting = host!.paint(request('slow', { model: 'mine' }));
  const removal = host!.remove('mine');
  expect((await painting).model).toBe('mine');
  await removal;
  expect(host!.models().map(({ id }) => id)).not.toContain('mine');
  await expect(host!.paint(request('a', { model: 'mine' }))).rejects.toMatchObject({
    code: 'model_not_found',
  });
  expect([await readdir(join(own, 'promoted')), host!.ready()]).toEqual([[], true]);
  await rm(own, { recursive: true });
});

test('unloading waits for what is painted; loading again picks up new files', async () => {
  await start();
  await until(() => host!.ready());
  const painting = host!.paint(request('slow'));
  const order: string[] = [];
  await Promise.all([
    painting.then(() => order.push('painted')),
    host!.unload('good').then(() => order.push('unloaded')),
  ]);
  expect(order).toEqual(['painted', 'unloaded']);
  expect(host!.models().find((m) => m.id === 'good')!.state).toBe('available');

  // Requests that come meanwhile are not lost: the model is loaded again for them.
  await host!.load('good');
  const [, late] = await Promise.all([host!.unload('good'), host!.paint(request('late'))]);
  expect(late.images).toHaveLength(1);
  const before = (await host!.load('good')).revision;
  await writeFile(join(root, 'x-lxmert/good/config.json'), '{"changed": true}');
  expect((await host!.load('good')).revision).not.toBe(before);
});

test('closing finishes what runs, refuses what comes, ends the process', async () => {
  await start();
  await until(() => host!.ready());
  const { childPid } = host!.stats();
  const running = host!.paint(request('slow'));
  const closing = host!.close(5_000);
  await expect(host!.paint(request('late'))).rejects.toMatchObject({ code: 'shutting_down' });
  expect((await running).images).toHaveLength(1);
  await closing;
  // Nobody waits for what no process will do.
  await expect(host!.load('other')).rejects.toMatchObject({ code: 'shutting_down' });
  expect(() => process.kill(childPid!, 0)).toThrow('ESRCH');
});

test('an unknown model in MODELS is refused with the list of good ones', async () => {
  await expect(start({ models: ['gud'] })).rejects.toThrow(/gud.*answers, broken, deadly, good, other/);
});
