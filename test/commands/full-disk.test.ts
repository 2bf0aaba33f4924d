/** A server on a disk of its own, which is filled and emptied again. Needs the right to mount one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, it } from 'vitest';
import { writeTinyZoo } from '../inference/tiny-zoo.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'xlxmert-disk-'));
const mounted =
  process.platform === 'linux' &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200m,mode=755', 'tmpfs', folder]).status === 0;
if (!mounted) console.warn('skipped: no file system can be mounted here');
const zoo = mkdtempSync(join(tmpdir(), 'xlxmert-zoo-'));
chmodSync(zoo, 0o755);
let server: ChildProcess | undefined;

afterEach(async () => {
  if (server === undefined || server.exitCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
});
afterAll(() => {
  if (mounted) spawnSync('umount', [folder]);
  for (const one of [folder, zoo]) rmSync(one, { recursive: true, force: true });
});

function start(): { output: () => string; started: ChildProcess } {
  const started = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/main.ts', 'serve', '--port', '0', '--workers', '0'],
    { cwd: root, env: { PATH: process.env.PATH, DATA_DIR: folder, CHECKPOINTS_DIR: zoo } },
  );
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

const filling = join(folder, 'filling');
async function fill(): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  writeFileSync(filling, Buffer.alloc(bavail * bsize));
  expect((await statfs(folder)).bavail).toBe(0);
}

it.skipIf(!mounted)(
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
    await fill();
    // What the file system said holds for a second.
    await sleep(1_100);
    for (let i = 0; i < 5; i++) expect((await paint({})).status).toBe(200);
    expect(await paint({ store: true })).toMatchObject({
      status: 507,
      body: { error: { code: 'storage_full' } },
    });
    expect(await ready()).toBe(503);
    rmSync(filling);
    for (const end = Date.now() + 30_000; (await ready()) !== 200 && Date.now() < end; ) await sleep(200);
    expect([(await paint({ store: true })).status, await ready()]).toEqual([200, 200]);
  },
);

it.skipIf(!mounted)('is refused by a start, in a sentence', async () => {
  await fill();
  const { output, started } = start();
  const [code] = await once(started, 'exit');
  expect([code, output()]).toEqual([
    2,
    expect.stringMatching(/^The disk that .* is full: 0 MB are left.*DATA_DIR/m),
  ]);
  expect(output()).not.toContain('    at ');
});
