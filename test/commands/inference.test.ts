import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyZoo } from '../inference/tiny-zoo.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xlxmert-inference-'));
  chmodSync(folder, 0o755);
  await writeTinyZoo(join(folder, 'zoo'));
});
afterAll(() => {
  for (const child of started)
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(command: string, ...flags: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, ['bin/xlxmert-zoo.mjs', command, ...flags], {
    cwd: root,
    env: { PATH: process.env.PATH, DATA_DIR: join(folder, 'data'), CHECKPOINTS_DIR: join(folder, 'zoo') },
  });
  started.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += chunk;
    });
  return { child, output: () => text };
}

async function said({ child, output }: ReturnType<typeof start>, pattern: RegExp): Promise<string> {
  for (;;) {
    const found = pattern.exec(output());
    if (found !== null) return found[1] ?? found[0];
    if (child.exitCode !== null) throw new Error(output());
    await sleep(50);
  }
}

async function stop({ child, output }: ReturnType<typeof start>): Promise<void> {
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect([code, output()]).toEqual([0, expect.stringContaining('stopped')]);
}

it('paints in workers, of which one may be killed at any time', async () => {
  const server = start('serve', '--port', '0', '--inference', 'remote', '--workers', '0');
  const url = await said(server, /listening on (http:\/\/[\d.:]+)/);
  const workers = [start('inference', '--threads', '1'), start('inference', '--threads', '1')];
  for (const worker of workers) await said(worker, /inference worker wrk_\w+ is at 127\.0\.0\.1:\d+/);
  await said(server, /ready after/);
  const paint = async (seed: number) => {
    const response = await fetch(`${url}/v1/generate-image`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'a red car', seed, sampler: { strategy: 'mask-predict', steps: 16 } }),
    });
    const body = (await response.json()) as { images: { b64_json: string }[] };
    return { status: response.status, picture: body.images?.[0]?.b64_json };
  };
  const all = () => Promise.all(Array.from({ length: 24 }, (_, seed) => paint(seed)));
  const painting = all();
  await sleep(50);
  workers[0]!.child.kill('SIGKILL');
  const pictures = await painting;
  expect(pictures.map(({ status }) => status)).toEqual(Array(24).fill(200));
  expect(await all()).toEqual(pictures);
  const { data } = (await (await fetch(`${url}/v1/runs?limit=100`)).json()) as { data: { status: string }[] };
  expect(data.map(({ status }) => status)).toEqual(Array(48).fill('succeeded'));
  await stop(workers[1]!);
  expect((await fetch(`${url}/health/ready`)).status).toBe(503);
  await stop(server);
});

it.each([
  [
    ['--worker-address', 'http://here'],
    /WORKER_ADDRESS is "http:\/\/here"; it must be a name or address and a port/,
  ],
  [['--inference', 'elsewhere'], /INFERENCE is "elsewhere"; it must be one of local, remote/],
  [['--models', 'none'], /MODELS names none; hosted models: generator-tiny, tiny/],
])('refuses %j', async (flags, message) => {
  const { child, output } = start('inference', ...flags);
  const [code] = await once(child, 'exit');
  expect(code).toBe(2);
  expect(output()).toMatch(message);
});
