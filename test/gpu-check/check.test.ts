/** The whole check, where there is a GPU and an engine for it; elsewhere its report, and what it refuses. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { markdown, type Report } from '../../scripts/gpu-check/report.ts';
import { hasNvidiaGpu } from '../../src/engines/choose.ts';
import { installationFolder, readInstallation } from '../../src/engines/installation.ts';
import { loaderFlags } from '../../src/engines/loader-flags.ts';

const enginesDir = resolve(process.env.ENGINES_DIR || './engines');

const missing = !hasNvidiaGpu()
  ? 'this machine shows no NVIDIA GPU'
  : readInstallation(installationFolder(enginesDir, 'cuda'))
    ? undefined
    : `there is no engine for it in ${enginesDir} (npm run setup:cuda -- --from-wheel)`;
if (missing) process.stderr.write(`the GPU check: skipped: ${missing}\n`);

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'gpu-check-'));
});
afterAll(() => rm(out, { recursive: true }));

function check(...args: string[]): Promise<{ code: number | null; text: string }> {
  const file = fileURLToPath(new URL('../../scripts/gpu-check/check.ts', import.meta.url));
  const child = spawn(process.execPath, [...loaderFlags(file), file, '--out', out, ...args]);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (text += part));
  return new Promise((done) => child.on('close', (code) => done({ code, text })));
}

it.skipIf(missing !== undefined)(
  'every part holds on this GPU',
  async () => {
    const { code, text } = await check('--device', 'cuda', '--engines-dir', enginesDir);
    process.stderr.write(text);
    const report: Report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'));
    const wrong = report.parts.flatMap(({ part, failure, checks }) => [
      ...(failure === undefined ? [] : [`${part}: ${failure}`]),
      ...checks.filter(({ ok }) => !ok).map(({ name, found }) => `${part}: ${name} (${found})`),
    ]);
    expect(wrong).toEqual([]);
    expect(code).toBe(0);
  },
  600_000,
);

it('says what it lacks', async () => {
  const { code, text } = await check('--device', 'cpu', '--engines-dir', join(out, 'none'));
  expect(code).toBe(1);
  expect(text).toContain('ENGINE=tensorflow needs the TensorFlow engine, which is not installed');
});

it('reports what failed beside what did not', () => {
  const report: Report = {
    ...{ checked: 'tensorflow on cuda', rehearsal: false, machine: 'here', began: 'now', seconds: 61.2 },
    parts: [
      {
        ...{ part: 'device', title: 'The device', seconds: 1.4, notes: ['GPU: one.'] },
        checks: [{ name: 'it | opens', ok: true, found: '1 s' }],
        tables: [
          {
            ...{ title: 'Speed', columns: ['a', 'b'] },
            rows: [
              { name: 'first', cells: { a: 123.4, b: 0.5 } },
              { name: 'second', cells: { b: 2 } },
            ],
          },
        ],
      },
      {
        ...{ part: 'golden', title: 'Golden values', seconds: 60, notes: [], tables: [] },
        checks: [{ name: 'a loss', ok: false, found: '2.00 of its tolerance' }],
        failure: 'stopped after its 60 s',
      },
    ],
  };
  const lines = markdown(report).split('\n');
  expect(lines).toContain('1 of 2 checks hold; 2 parts in 61 s. here. Begun now.');
  expect(lines).toContain('| The device | 1 of 1 | 1 |  |');
  expect(lines).toContain('| Golden values | 0 of 1 | 60 | stopped after its 60 s |');
  expect(lines).toContain('| it \\| opens | yes | 1 s |');
  expect(lines).toContain('| a loss | **no** | 2.00 of its tolerance |');
  expect(lines).toContain('| first | 123 | 0.500 |');
  expect(lines).toContain('| second |  | 2.00 |');
  expect(markdown({ ...report, rehearsal: true })).toContain('A rehearsal without a GPU');
});
