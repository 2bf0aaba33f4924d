/**
 * `check.ts [options]`, started by run.sh: every part of the check, one after another, each in a process of its own
 * and with a time of its own, so that one that fails or hangs costs no other. The report is written after each.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chooseEngine, type EngineChoice, hasNvidiaGpu } from '../../src/engines/choose.ts';
import { loaderFlags } from '../../src/engines/loader-flags.ts';
import type { Findings, PartOptions } from './part.ts';
import { markdown, type PartReport, type Report } from './report.ts';

const HELP = `sh run.sh [folder] [options]

  --device cuda|cpu    what is checked (cuda where there is an NVIDIA GPU, else cpu: a rehearsal with smaller sizes)
  --only <part,…>      these parts
  --minutes <n>        of unpacking and all parts together (9); what does not fit is left out, and the report says so
  --requests <n>       of the part about memory (1000; 100 in a rehearsal)
  --engines-dir, --out
`;

/** In the order of what is most worth knowing. Seconds that each may take. */
const PARTS = {
  device: { title: 'The device', seconds: 60 },
  golden: { title: 'Golden values of the authors’ code', seconds: 60 },
  picture: { title: 'Pictures as on the CPU', seconds: 60 },
  tasks: { title: 'The four tasks', seconds: 120 },
  kinds: { title: 'Every kind of training', seconds: 120 },
  steps: { title: 'Steps of pre-training, float32 and bf16', seconds: 60 },
  memory: { title: 'Memory', seconds: 60 },
  tf32: { title: 'TF32', seconds: 60 },
  torch: { title: 'PyTorch on the same machine', seconds: 120 },
  webgpu: { title: 'DEVICE=webgpu', seconds: 45 },
  processes: { title: 'Two processes', seconds: 60 },
} as const;
type PartName = keyof typeof PARTS;

/** A rehearsal on a busy CPU takes as long as it takes. */
const REHEARSAL_SECONDS = 900;

const { values: flags } = parseArgs({
  options: {
    device: { type: 'string' },
    only: { type: 'string' },
    minutes: { type: 'string' },
    requests: { type: 'string' },
    'engines-dir': { type: 'string', default: process.env.ENGINES_DIR || 'engines' },
    out: { type: 'string', default: 'gpu-check-report' },
    help: { type: 'boolean', short: 'h' },
  },
});

function choose(): EngineChoice {
  const device = flags.device ?? (hasNvidiaGpu() ? 'cuda' : 'cpu');
  if (device !== 'cuda' && device !== 'cpu') throw new Error(`--device takes cuda or cpu, not "${device}"`);
  return chooseEngine({ engine: 'tensorflow', device, enginesDir: resolve(flags['engines-dir']) });
}

async function check(): Promise<boolean> {
  const choice = choose();
  const rehearsal = choice.device !== 'cuda';
  const out = resolve(flags.out);
  mkdirSync(out, { recursive: true });
  const wanted = flags.only?.split(',') ?? Object.keys(PARTS);
  const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0)
    throw new Error(`there is no part ${unknown.join(', ')}: ${Object.keys(PARTS).join(', ')}`);
  const began = new Date();
  // Unpacking counts.
  const started = Number(process.env.GPU_CHECK_STARTED) * 1000 || began.getTime();
  const limited = flags.minutes !== undefined || !rehearsal;
  const end = limited ? started + Number(flags.minutes ?? 9) * 60_000 : Number.POSITIVE_INFINITY;
  const parts: PartReport[] = [];
  const write = () => {
    const report: Report = {
      checked: `${choice.engine} on ${choice.device}`,
      rehearsal,
      machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}`,
      began: began.toISOString(),
      seconds: (Date.now() - began.getTime()) / 1000,
      parts,
    };
    writeFileSync(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(out, 'report.md'), markdown(report));
  };
  for (const part of wanted as PartName[]) {
    const left = (end - Date.now()) / 1000;
    const seconds = Math.min(rehearsal ? REHEARSAL_SECONDS : PARTS[part].seconds, left);
    const requests = Number(flags.requests ?? (rehearsal ? 100 : 1000));
    process.stdout.write(`${part}: `);
    const report =
      seconds < 5
        ? { ...NOTHING, seconds: 0, failure: 'no time was left' }
        : await runPart(part, { choice, out, small: rehearsal, requests, seconds });
    parts.push({ part, title: PARTS[part].title, ...report });
    write();
    const { checks, failure } = report;
    const bad = checks.filter(({ ok }) => !ok);
    const how = `${checks.length - bad.length} of ${checks.length} checks hold, ${report.seconds.toFixed(0)} s`;
    process.stdout.write(`${how}${failure ? `; ${failure}` : ''}\n`);
    for (const { name, found } of bad) process.stdout.write(`  not: ${name} (${found})\n`);
  }
  process.stdout.write(`${join(out, 'report.md')}\n`);
  return parts.every(({ checks, failure }) => failure === undefined && checks.every(({ ok }) => ok));
}

const NOTHING: Findings = { checks: [], tables: [], notes: [] };

function runPart(part: PartName, options: PartOptions): Promise<Omit<PartReport, 'part' | 'title'>> {
  const file = fileURLToPath(new URL('./part-child.ts', import.meta.url));
  const began = performance.now();
  const child: ChildProcess = fork(file, [part, JSON.stringify(options)], {
    execArgv: loaderFlags(file),
    // A group of its own, so that what it has started ends with it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let found = NOTHING;
  let done = false;
  let late = false;
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  child.on('message', (message: Findings | 'done') => {
    if (message === 'done') done = true;
    else found = message;
  });
  const timer = setTimeout(() => {
    late = true;
    end(child);
  }, options.seconds * 1000);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      end(child);
      const why = late
        ? `stopped after its ${options.seconds.toFixed(0)} s`
        : `ended with ${signal ?? `code ${code}`}: ${reason(said)}`;
      const seconds = (performance.now() - began) / 1000;
      resolve({ ...found, seconds, ...(done ? {} : { failure: why }) });
    });
  });
}

function end({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** The line of an error, else the last one. */
function reason(said: string): string {
  const lines = said.trim().split('\n');
  return (lines.find((line) => /^(<ref \*\d+> )?\w*Error\b/.test(line)) ?? lines.at(-1) ?? '').slice(0, 500);
}

if (flags.help) process.stdout.write(HELP);
else process.exitCode = (await check()) ? 0 : 1;
