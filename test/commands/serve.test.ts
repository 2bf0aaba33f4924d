import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isWorkedIn } from '../../src/processes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xlxmert-serve-'));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function serve(...flags: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, ['bin/xlxmert-zoo.mjs', 'serve', ...flags], {
    cwd: root,
    env: { PATH: process.env.PATH, DATA_DIR: folder, CHECKPOINTS_DIR: join(folder, 'none') },
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  return { child, output: () => text };
}

async function listening({ child, output }: ReturnType<typeof serve>): Promise<string> {
  for (;;) {
    const url = /listening on (http:\/\/[\d.:]+)/.exec(output())?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null) throw new Error(output());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

it('listens, answers, and on SIGTERM stops what it started', async () => {
  const server = serve('--port', '0');
  const url = await listening(server);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  expect((await fetch(`${url}/v1/runs`)).status).toBe(200);
  const cluster = join(folder, 'postgres/18/cluster');
  expect(isWorkedIn(cluster)).toBe(true);
  server.child.kill('SIGTERM');
  const [code] = await once(server.child, 'exit');
  expect([code, server.output()]).toEqual([0, expect.stringContaining('stopped')]);
  expect(isWorkedIn(cluster)).toBe(false);
});

it('shares its database with a second server, and adopts it from one that was killed', async () => {
  const first = serve('--port', '0');
  const second = serve('--port', '0');
  await Promise.all([listening(first), listening(second)]);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const third = serve('--port', '0');
  expect((await fetch(`${await listening(third)}/v1/runs`)).status).toBe(200);
  for (const { child } of [second, third]) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  expect(isWorkedIn(join(folder, 'postgres/18/cluster'))).toBe(false);
});

it.each([
  [['--host', '0.0.0.0'], /no API keys/],
  [['--port', 'x'], /PORT is "x"/],
  [['--prot', '1'], /--prot/],
  // Where Node's own recursive mkdir never comes back.
  [['--data-dir', '/proc/x/y'], /DATA_DIR is "\/proc\/x\/y".*nothing can be made there/],
  [['--data-dir', '/dev/null/x'], /DATA_DIR is "\/dev\/null\/x".*a part of the path is a file/],
])('refuses %j', async (flags, message) => {
  const { child, output } = serve(...flags);
  const [code] = await once(child, 'exit');
  expect(code).toBe(2);
  expect(output()).toMatch(message);
  expect(output()).not.toContain('    at ');
});
