/** A server on a disk of its own, which is filled and emptied again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, it } from 'vitest';
import { writeTinyZoo } from '../inference/tiny-zoo.ts';
import { mountSmallDisk } from '../small-disk.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const disk = mountSmallDisk(200);
const zoo = mkdtempSync(join(tmpdir(), 'xlxmert-zoo-'));
chmodSync(zoo, 0o755);
let server: ChildProcess | undefined;

afterEach(async () => {
  if (server === undefined || server.exitCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
});
afterAll(() => {
  disk?.remove();
  rmSync(zoo, { recursive: true, force: true });
});

function start(): { output: () => string; started: ChildProcess } {
  const started = spawn(process.execPath, ['bin/xlxmert-zoo.mjs', 'serve', '--port', '0', '--workers', '0'], {
    cwd: root,
    env: { PATH: process.env.PATH, DATA_DIR: disk!.folder, CHECKPOINTS_DIR: zoo },
  });
  server = started;
  let text = '';
  for (const stream of [started.stdout, started.stderr]) stream!.on('data', (chunk) => (text += chunk));
  return { output: () => text, started };
}

async function found(pattern: RegExp, output: () => string): Promise<string> {
  for (;;) {
    const match = pattern.exec(output());
    if (match) return match[1] ?? match[0];
    if (server!.exitCode !== null) throw new Error(output());
    await sleep(50);
  }
}

it.skipIf(disk === undefined)(
  'fills up under a server, which goes on without records until there is space',
  async () => {
    await writeTinyZoo(zoo);
    const { output } = start();
    const url = await found(/listening on (http:\/\/[\d.:]+)/, output);
    await found(/ready after/, output);
    const paint = async (body: object) => {
      const answer = await fetch(`${url}/v1/generate-image`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: 'a red car', ...body }),
      });
      return { status: answer.status, body: (await answer.json()) as { error?: { code: string } } };
    };
    const ready = async () => (await fetch(`${url}/health/ready`)).status;
    expect([(await paint({ store: true })).status, await ready()]).toEqual([200, 200]);
    await disk!.fill();
    // What the file system said holds for a second.
    await sleep(1_100);
    for (let i = 0; i < 5; i++) expect((await paint({})).status).toBe(200);
    expect(await paint({ store: true })).toMatchObject({
      status: 507,
      body: { error: { code: 'storage_full' } },
    });
    expect(await ready()).toBe(503);
    disk!.empty();
    for (const end = Date.now() + 30_000; (await ready()) !== 200 && Date.now() < end; ) await sleep(200);
    expect([(await paint({ store: true })).status, await ready()]).toEqual([200, 200]);
  },
);

it.skipIf(disk === undefined)('is refused by a start, in a sentence', async () => {
  await disk!.fill();
  const { output, started } = start();
  const [code] = await once(started, 'exit');
  expect([code, output()]).toEqual([
    2,
    expect.stringMatching(/^The disk that .* is full: 0 MB are left.*DATA_DIR/m),
  ]);
  expect(output()).not.toContain('    at ');
});
