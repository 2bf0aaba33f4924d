/** `npm start` at a terminal: what its user's Ctrl-C and closed window come to. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pty = await import('@lydell/node-pty').catch(() => undefined);
// It has no build for every platform; /proc tells which processes are left.
const able = pty !== undefined && process.platform === 'linux';
if (!able) console.warn('skipped: no pseudo-terminal from npm for this platform');

let folder: string;
let terminal: Terminal | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xlxmert-terminal-'));
  chmodSync(folder, 0o755);
});
afterEach(async () => {
  terminal?.close();
  for (const pid of processes()) process.kill(pid, 'SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Terminal {
  /** Everything on the screen so far. */
  screen(): string;
  type(keys: string): void;
  /** The window is closed. */
  close(): void;
}

/** An interactive shell, which gives every command a process group, as a person's does. */
function openTerminal(env: Record<string, string>): Terminal {
  const shell = pty!.spawn('/bin/sh', ['-i'], {
    cwd: root,
    cols: 200,
    env: { PATH: process.env.PATH!, PS1: '$ ', DATA_DIR: folder, PORT: '0', ...env },
  });
  let text = '';
  shell.onData((data) => {
    text += data;
  });
  return {
    screen: () => text,
    type: (keys) => shell.write(keys),
    // Of the class behind the interface: the kernel then hangs up on everybody in the session.
    close: () => (shell as unknown as { destroy(): void }).destroy(),
  };
}

async function seen(pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = pattern.exec(terminal!.screen());
    if (found) return found;
    if (/exit code \d/.test(terminal!.screen())) throw new Error(terminal!.screen());
    await sleep(50);
  }
}

/** Those that were started with our folder: it is in their environment, or, of Postgres, in their command line. */
function processes(): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    const read = (file: string) => {
      try {
        return readFileSync(`/proc/${name}/${file}`, 'utf8');
      } catch {
        return '';
      }
    };
    return `${read('environ')}${read('cmdline')}`.includes(folder) ? [Number(name)] : [];
  });
}

async function start(env: Record<string, string> = {}): Promise<string> {
  terminal = openTerminal({ SHUTDOWN_GRACE: '120', MODELS: 'x-lxmert-scenes', ...env });
  terminal.type('npm start; echo "exit code" $?\r');
  const [, url] = await seen(/listening on (http:\/\/[\d.:]+)/);
  await seen(/ready after/);
  return url!;
}

/** A painting that takes a while, of which the first step has been seen. */
async function paintSlowly(url: string): Promise<{ rest: Promise<string> }> {
  const answer = await fetch(`${url}/v1/generate-image`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ prompt: 'a red car', n: 2, sampler: { steps: 32 } }),
  });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader.read();
  expect(first.value).toContain('event: step');
  const rest = async () => {
    let text = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    return text;
  };
  return { rest: rest() };
}

async function untilAllEnded(): Promise<void> {
  for (const end = Date.now() + 60_000; processes().length > 0 && Date.now() < end; ) await sleep(100);
  expect(processes()).toEqual([]);
}

describe.skipIf(!able)('npm start at a terminal', () => {
  it.each([{ WORKERS: '1' }, { WORKERS: '0' }])('Ctrl-C with a request in flight, %j', async (env) => {
    const url = await start(env);
    const { rest } = await paintSlowly(url);
    terminal!.type('\x03');
    expect(await rest).toContain('event: completed');
    const [, code] = await seen(/exit code (\d+)/);
    const screen = terminal!.screen();
    expect([code, screen]).toEqual(['0', expect.stringContaining('stopped')]);
    terminal!.type('exit\r');
    await untilAllEnded();
    // Nobody speaks after the prompt.
    expect(terminal!.screen().slice(screen.length)).not.toMatch(/info|warn|error/);
  });

  it('a second Ctrl-C, later: what runs is given up, and everything ends all the same', async () => {
    const url = await start({ WORKERS: '0' });
    const { rest } = await paintSlowly(url);
    // The connection may be cut before the error could be read.
    const ended = rest.catch(() => '');
    terminal!.type('\x03');
    await seen(/stopping/);
    await sleep(2_100);
    terminal!.type('\x03');
    await ended;
    terminal!.type('exit\r');
    await untilAllEnded();
  });

  it.each([{ WORKERS: '1' }, { WORKERS: '0' }])('a closed window ends everything, %j', async (env) => {
    await start(env);
    expect(existsSync(join(folder, 'postgres/18/cluster/postmaster.pid'))).toBe(true);
    terminal!.close();
    await untilAllEnded();
    expect(existsSync(join(folder, 'postgres/18/cluster/postmaster.pid'))).toBe(false);
  });
});
