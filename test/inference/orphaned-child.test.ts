/** A child whose parent died before the child could hear of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { DEFAULT_ENGINE } from '../../src/engines/choose.ts';
import { loaderFlags } from '../../src/engines/loader-flags.ts';

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('does not live on', async () => {
  const module = fileURLToPath(new URL('../../src/inference/child.ts', import.meta.url));
  const options = JSON.stringify({ threads: 1, engine: DEFAULT_ENGINE, maxBatch: 1, heartbeatMs: 100 });
  const start = { execArgv: loaderFlags(module), stdio: ['ignore', 'ignore', 'ignore', 'ipc'] };
  // Dies at once: the child is still loading, and nobody there listens for its parent's end yet.
  const parent = spawn(process.execPath, [
    '-e',
    `const { fork } = require('node:child_process');
     console.log(fork(${JSON.stringify(module)}, [${JSON.stringify(options)}], ${JSON.stringify(start)}).pid);
     process.kill(process.pid, 'SIGKILL');`,
  ]);
  let told = '';
  parent.stdout.on('data', (text) => {
    told += text;
  });
  await once(parent, 'close');
  const pid = Number(told);
  expect(pid).toBeGreaterThan(0);
  try {
    while (alive(pid)) await sleep(50);
  } finally {
    if (alive(pid)) process.kill(pid, 'SIGKILL');
  }
});
