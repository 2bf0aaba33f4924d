/**
 * `bench workers`: what it costs that models run in inference workers, and what more of them bring.
 *
 * The way: a server with the model in it and one that asks a worker, on one database, in turn; each request is timed by
 * its client, and what the answer says of computing is taken off. Throughput: a server that asks one worker, then
 * several, each of them held to the same share of a core, so that more workers are more machine.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../../evaluation/paint-speed.ts';
import type { GivenTo } from '../define-command.ts';
import type { benchWorkers as description } from './commands.ts';
import { machineText } from './machine.ts';
import { listening } from './own-server.ts';
import { type CoreShare, coreShare } from './share-of-cores.ts';

const TASKS = ['paint', 'vqa'] as const;
type Task = (typeof TASKS)[number];

/** The least, which a busy machine hardly changes, and the median. */
type Spread = [least: number, median: number];

interface Way {
  /** Milliseconds that a client waits, and those of them that are no computing. */
  total: Spread;
  around: Spread;
}

interface Report {
  way: Record<Task, { local: Way; remote: Way }>;
  /** Workers → pictures a second. */
  throughput: Record<number, number>;
  machine: { before: string; after: string };
}

export async function workersBench({ flags, config }: GivenTo<typeof description>): Promise<void> {
  const { runs, seconds, clients, workers, share, output } = flags;
  const { checkpointsDir, threads } = config();
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-workers-'));
  // The database does not run as root, and has to get in.
  await chmod(dataDir, 0o755);
  const started: ChildProcess[] = [];
  const start = (command: string, more: Record<string, string | number>): ChildProcess => {
    const settings = { 'data-dir': dataDir, 'checkpoints-dir': checkpointsDir, 'log-level': 'info', ...more };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, command, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(child);
    return child;
  };
  const server = (inference: 'local' | 'remote') =>
    start('serve', { port: 0, workers: 0, threads, inference, models: MODELS.join() });
  const before = machineText();
  const shares: CoreShare[] = [];
  try {
    const remote = server('remote');
    start('inference', { threads, models: MODELS.join() });
    const url = await listening(remote);
    const way = await measureWay(runs, await listening(server('local')), url);
    for (const child of started.filter((one) => one !== remote)) await stop(child);
    const throughput: Report['throughput'] = {};
    for (let count = 1; count <= workers; count++) {
      const own = await coreShare(`xlxmert-bench-${process.pid}-${count}`, share);
      shares.push(own);
      const worker = start('inference', { threads: 1, models: MODELS[0]! });
      await own.hold(worker.pid!);
      await readyWorkers(url, count);
      if (count === 1 || count === workers)
        throughput[count] = await picturesPerSecond(url, clients, seconds);
    }
    const report = { way, throughput, machine: { before, after: machineText() } };
    process.stdout.write(written(report, flags));
    if (output !== undefined) await writeFile(output, `${JSON.stringify(report, undefined, 2)}\n`);
  } finally {
    for (const child of started.reverse()) await stop(child);
    for (const one of shares) await one.release();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const MODELS = ['x-lxmert-scenes', 'x-lxmert-vqa-scenes'];

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** @param urls of the server with models in it, and of the other one */
async function measureWay(runs: number, ...urls: [string, string]): Promise<Report['way']> {
  const picture = await paintedPicture(urls[0]);
  const way = {} as Report['way'];
  for (const task of TASKS) {
    const times: { total: number; around: number }[][] = [[], []];
    for (let run = -3; run < runs; run++) {
      for (const [place, url] of urls.entries()) {
        const time = await timed(url, task, run + 100, picture);
        // The first ones warm up.
        if (run >= 0) times[place]!.push(time);
      }
    }
    const [local, remote] = times.map((all) => ({
      total: spread(all.map(({ total }) => total)),
      around: spread(all.map(({ around }) => around)),
    }));
    way[task] = { local: local!, remote: remote! };
  }
  return way;
}

const spread = (values: readonly number[]): Spread => [Math.min(...values), median(values)];

async function paintedPicture(url: string): Promise<string> {
  const { body } = await post(url, 'generate-image', { prompt: 'a dog next to a red car', seed: 1 });
  return (body as { images: { b64_json: string }[] }).images[0]!.b64_json;
}

/** Every picture's question is another, and so is every painting: nothing is answered from memory. */
async function timed(url: string, task: Task, seed: number, image: string) {
  const [path, fields] =
    task === 'paint'
      ? ['generate-image', { prompt: 'a dog next to a red car', seed }]
      : ['vqa', { image, question: 'what colour is the car?' }];
  const { ms, body } = await post(url, path!, fields!);
  const { timing } = body as { timing: { compute_ms: number } };
  return { total: ms, around: ms - timing.compute_ms };
}

async function post(url: string, path: string, fields: object): Promise<{ ms: number; body: unknown }> {
  const began = performance.now();
  const response = await fetch(`${url}/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  });
  const body = await response.json();
  const ms = performance.now() - began;
  if (!response.ok) throw new Error(`${path}: ${JSON.stringify(body)}`);
  return { ms, body };
}

async function readyWorkers(url: string, count: number): Promise<void> {
  const wanted = new RegExp(`^xlxmert_inference_workers\\{state="ready"\\} ${count}$`, 'm');
  while (!wanted.test(await (await fetch(`${url}/metrics`)).text())) await sleep(100);
}

async function picturesPerSecond(url: string, clients: number, seconds: number): Promise<number> {
  let seed = 0;
  let painted = 0;
  const from = Date.now() + 2_000;
  const until = from + seconds * 1000;
  const client = async () => {
    while (Date.now() < until) {
      await post(url, 'generate-image', { prompt: 'a dog next to a red car', seed: seed++ });
      const now = Date.now();
      if (now >= from && now < until) painted++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return painted / seconds;
}

function written(
  { way, throughput, machine }: Report,
  { runs, seconds, clients, share }: GivenTo<typeof description>['flags'],
): string {
  const ms = (values: Spread) => values.map((value) => value.toFixed(1)).join(' / ');
  const rows = TASKS.map((task) => {
    const { local, remote } = way[task];
    const cost: Spread = [remote.around[0] - local.around[0], remote.around[1] - local.around[1]];
    const cells = [local.total, remote.total, local.around, remote.around, cost].map(ms);
    return `| ${[task, ...cells].join(' | ')} |`;
  });
  const counts = Object.keys(throughput).map(Number);
  const [few, many] = [counts[0]!, counts.at(-1)!];
  const speeds = counts.map(
    (count) =>
      `| ${count} | ${throughput[count]!.toFixed(2)} | ${(throughput[count]! / throughput[few]!).toFixed(2)} |`,
  );
  return `Milliseconds of a request, least / median of ${runs} in turn; around: without what is computed.

| | local | in a worker | around, local | around, in a worker | the way costs |
|---|---:|---:|---:|---:|---:|
${rows.join('\n')}

Pictures a second of ${clients} clients in ${seconds} s, every worker held to ${share} of a core by its control group.

| workers | pictures a second | times those of ${few} |
|---:|---:|---:|
${speeds.join('\n')}

${machine.before} before, ${machine.after.replace(/^.*load/, 'load').replace(/,.*/, '')} after${many === few ? '' : `; ${many} workers take ${(many * share).toFixed(1)} cores`}
`;
}
