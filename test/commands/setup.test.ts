/** Setting up an optional engine on machines that lack something: what to do, and nothing left behind. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../bin/xlxmert-zoo.mjs', import.meta.url));
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-'));
  mkdirSync(join(root, 'bin'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A program that says yes to everything but these arguments. */
function program(name: string, refuses = 'nothing'): string {
  const file = join(root, 'bin', name);
  writeFileSync(file, `#!/bin/sh\ncase "$*" in *"${refuses}"*) exit 1;; esac\nexit 0\n`);
  chmodSync(file, 0o755);
  return file;
}

function setup(args: string[], env: Record<string, string>): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, 'setup', ...args, '--engines-dir', join(root, 'engines')],
      { env: { ...process.env, CXX: '', PYTHON: '', ...env } },
      (error, stdout, stderr) => resolve({ code: (error?.code as number) ?? 0, text: stdout + stderr }),
    );
  });
}

describe('npm run setup:tensorflow', () => {
  it('names everything that is missing at once, and what to install', async () => {
    const { code, text } = await setup(['tensorflow', '--from-wheel'], { PATH: join(root, 'bin') });
    expect(code).toBe(2);
    for (const part of [
      'no npm',
      'no C++ compiler (g++)',
      'no Python (python3)',
      'apt-get install g++ python3',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('The default engine (onnxruntime on the CPU) needs none of this');
  });

  it('tells Python without pip from no Python', async () => {
    for (const name of ['npm', 'g++']) program(name);
    program('python3', '-m pip');
    const { code, text } = await setup(['cuda', '--from-wheel'], { PATH: join(root, 'bin') });
    expect(code).toBe(2);
    expect(text).toContain('python3 has no pip');
    expect(text).not.toContain('no C++ compiler');
  });

  it('says what a machine without network needs', async () => {
    const { code, text } = await setup(['tensorflow', '--from-wheel'], {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      CXX: program('g++'),
      PYTHON: program('python3'),
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_fetch_retries: '0',
      npm_config_cache: join(root, 'cache'),
    });
    expect(code).toBe(2);
    expect(text).toContain('This machine needs the npm registry, or a proxy or mirror of it');
    // What was begun is no installation.
    expect(readdirSync(join(root, 'engines'))).toEqual(['tensorflow-cpu.partial']);
  });

  it('refuses a path that is not there, and one without --from-wheel', async () => {
    const { code, text } = await setup(['tensorflow', '--from-wheel', join(root, 'none.whl')], {});
    expect([code, text]).toEqual([2, expect.stringContaining('there is nothing at')]);
    expect((await setup(['tensorflow', 'x.whl'], {})).code).toBe(2);
  });
});
