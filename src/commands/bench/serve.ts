/**
 * `bench serve …`: a server of its own under clients that mix all tasks whose models are hosted, with `--train` beside
 * a training job; with `--kill`, the processes of inference, of the database and of the training are killed meanwhile,
 * and what was acknowledged must still be there.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sceneVocabulary } from '../../datasets/scenes/index.ts';
import { median } from '../../evaluation/paint-speed.ts';
import { TASKS, type Task } from '../../zoo/manifest.ts';
import type { GivenTo } from '../define-command.ts';
import type { benchServe as description } from './commands.ts';
import { listening, postmaster, startServer } from './own-server.ts';
import { writePaperSizeZoo } from './paper-size-zoo.ts';
import { childrenOf, usedBy } from './process-tree.ts';
import { ask, hostedTasks, somePictures } from './requests.ts';

/** Until a server without requests has given back what they left. */
const REST_MS = 25_000;
/** Shares of the time at which memory and the event loop's lag are read. */
const SAMPLED = [0.05, 0.25, 0.5, 0.75, 1];
/** Longest time from a kill to an answer. */
const RECOVERY_MS = 15_000;
/** Longest time from a kill until a training job is past the step where it was. */
const TRAINING_RECOVERY_MS = 60_000;

interface Tally {
  /** Milliseconds of each. */
  answered: number[];
  /** `<status> <code>` → how often. */
  refused: Map<string, number>;
}

interface Sample {
  lagP50: number;
  lagP99: number;
  /** Process → MiB. */
  resident: Record<string, number>;
}

export async function serveBench({ flags: values, config }: GivenTo<typeof description>): Promise<void> {
  const { seconds, clients } = values;
  const { checkpointsDir, threads, models } = config();
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-serve-'));
  // The database does not run as root, and has to get in.
  await chmod(dataDir, 0o755);
  let server: ChildProcess | undefined;
  try {
    let zoo = checkpointsDir;
    let parameters: number | undefined;
    if (values.only === 'paper') {
      process.stderr.write("the paper's size: writing random weights\n");
      zoo = join(dataDir, 'paper-size');
      parameters = await writePaperSizeZoo(zoo, sceneVocabulary());
    }
    server = startServer({ dataDir, zoo, threads, models, workers: values.train ? 1 : 0 });
    const url = await listening(server);
    const job = values.train ? await startTraining(url) : undefined;
    const faults = await load({ url, server, dataDir, seconds, clients, kill: values.kill, job, parameters });
    for (const fault of faults) process.stderr.write(`${fault}\n`);
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    if (server?.exitCode === null) {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function load(run: {
  url: string;
  server: ChildProcess;
  dataDir: string;
  seconds: number;
  clients: number;
  kill: boolean;
  /** Id of the training job beside them. */
  job: string | undefined;
  /** Numbers in the weights of all hosted models, where that is known. */
  parameters: number | undefined;
}): Promise<string[]> {
  const { url, seconds } = run;
  const tasks = await hostedTasks(url);
  if (tasks.length === 0) return ['no model is hosted'];
  const left = TASKS.filter((task) => !tasks.includes(task));
  process.stderr.write(
    `${run.clients} clients for ${seconds} s: ${tasks.join(', ')}; left out, as no model is hosted: ${left.join(', ') || 'none'}\n`,
  );
  const pictures = await somePictures(url, tasks);
  const tally = Object.fromEntries(
    tasks.map((task) => [task, { answered: [], refused: new Map() } as Tally]),
  ) as Record<Task, Tally>;
  const acknowledged: string[] = [];
  const errors: string[] = [];
  let turn = 0;
  const until = Date.now() + seconds * 1000;
  const client = async () => {
    while (Date.now() < until) {
      const task = tasks[turn++ % tasks.length]!;
      const began = performance.now();
      const { status, code, id } = await ask(url, task, turn, pictures);
      if (status === 200 && id !== undefined) {
        tally[task].answered.push(performance.now() - began);
        acknowledged.push(id);
        continue;
      }
      const what = `${status} ${code}`;
      tally[task].refused.set(what, (tally[task].refused.get(what) ?? 0) + 1);
      if (!(run.kill && status === 503)) errors.push(`${task}: ${what}`);
      await sleep(200);
    }
  };
  await measure(run);
  const samples: Sample[] = [];
  const sampling = async () => {
    for (const share of SAMPLED) {
      await sleep(Math.max(0, until - seconds * 1000 * (1 - share) - Date.now()));
      samples.push(await measure(run));
    }
  };
  const before = run.job && (await jobStep(url, run.job));
  const kills = run.kill ? killing(run, until) : Promise.resolve([]);
  const [recoveries] = await Promise.all([kills, sampling(), ...Array.from({ length: run.clients }, client)]);
  const lost = await lostRuns(url, acknowledged);
  await sleep(REST_MS);
  samples.push(await measure(run));
  process.stdout.write(report(tally, samples, seconds));
  if (run.parameters !== undefined) {
    const weights = (run.parameters * 4) / 2 ** 20;
    const most = Math.max(...samples.map(({ resident }) => resident.inference!));
    process.stdout.write(
      `- the weights of all models in float32: ${Math.round(weights)} MiB; the inference process at most ` +
        `${(most / weights).toFixed(2)} times that\n`,
    );
  }
  for (const { what, back, ms } of recoveries) {
    process.stdout.write(`- kill -9 of ${what}: ${back} after ${(ms / 1000).toFixed(1)} s\n`);
  }
  if (run.job) {
    const steps = (await jobStep(url, run.job)) - Number(before);
    process.stdout.write(`- steps of the training meanwhile: ${steps}\n`);
  }
  process.stdout.write(
    `- acknowledged runs: ${acknowledged.length}, of which on record: ${acknowledged.length - lost.length}\n`,
  );
  return [
    ...new Set(errors),
    ...recoveries
      .filter(({ ms, within }) => ms > within)
      .map(({ what }) => `${what} took too long to come back`),
    ...(lost.length > 0 ? [`lost: ${lost.slice(0, 5).join(', ')}`] : []),
  ];
}

/** Also starts the next window of the event loop's lag. */
async function measure({ url, dataDir }: { url: string; dataDir: string }): Promise<Sample> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => {
    const line = text.split('\n').find((one) => one.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1));
  };
  const of = (process: string) => read(`xlxmert_resident_memory_bytes{process="${process}"}`) / 2 ** 20;
  const database = await databaseMemory(dataDir);
  return {
    lagP50: read('nodejs_eventloop_lag_p50_seconds') * 1000,
    lagP99: read('nodejs_eventloop_lag_p99_seconds') * 1000,
    resident: {
      server: of('server'),
      'server, outside the heap': read('nodejs_external_memory_bytes') / 2 ** 20,
      inference: of('inference'),
      ...(database === undefined ? {} : { database }),
    },
  };
}

/** MiB of all its processes, shared pages counted once; Linux only. */
async function databaseMemory(dataDir: string): Promise<number | undefined> {
  const pid = await postmaster(dataDir);
  if (pid === undefined) return undefined;
  const { resident } = await usedBy(pid);
  return resident > 0 ? resident : undefined;
}

/** The process among all descendants whose command names the file. */
async function processOf(ancestor: number, file: string): Promise<number | undefined> {
  for (const pid of await childrenOf(ancestor)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(file)) return pid;
    const below = await processOf(pid, file);
    if (below !== undefined) return below;
  }
  return undefined;
}

interface Recovery {
  what: string;
  /** What it does again. */
  back: string;
  ms: number;
  /** Milliseconds that it may take. */
  within: number;
}

/** Kills one after the other, and waits each time until it works again. */
async function killing(
  {
    url,
    server,
    dataDir,
    job,
  }: { url: string; server: ChildProcess; dataDir: string; job: string | undefined },
  until: number,
): Promise<Recovery[]> {
  const answers = { back: 'answering again', within: RECOVERY_MS };
  const victims = [
    { what: 'the inference process', find: () => processOf(server.pid!, 'inference/child.ts'), ...answers },
    { what: 'the database', find: () => postmaster(dataDir), ...answers },
    ...(job
      ? [
          {
            what: 'the training process',
            find: () => processOf(server.pid!, 'jobs/training-child.ts'),
            back: 'past the step where it was',
            within: TRAINING_RECOVERY_MS,
          },
        ]
      : []),
  ];
  const recoveries: Recovery[] = [];
  for (let kill = 0; ; kill++) {
    await sleep((kill === 0 ? 5_000 : 15_000) + Math.random() * 15_000);
    const { what, find, back, within } = victims[kill % victims.length]!;
    if (Date.now() + within > until) return recoveries;
    const pid = await find();
    if (pid === undefined)
      throw new Error(`${what} was not found: --kill needs Linux and the embedded database`);
    process.kill(pid, 'SIGKILL');
    const began = performance.now();
    const works = within === TRAINING_RECOVERY_MS ? await stepsOn(url, job!) : () => paints(url, kill);
    while (!(await works()) && performance.now() - began < 4 * within) await sleep(100);
    recoveries.push({ what, back, ms: performance.now() - began, within });
  }
}

/** Whether a request that is sent now is answered: every part of the server works again. */
const paints = async (url: string, turn: number): Promise<boolean> =>
  (await ask(url, 'paint', turn, [])).status === 200;

/** What tells whether a job is past the step where it was when its process died. */
async function stepsOn(url: string, job: string): Promise<() => Promise<boolean>> {
  // What the process had done is on record once a second.
  await sleep(2_000);
  const step = await jobStep(url, job);
  return async () => (await jobStep(url, job)) > step;
}

/** A job that lasts longer than any measurement. @returns its id, once it has done a step */
async function startTraining(url: string): Promise<string> {
  const hyperparameters = { steps: 1_000_000, batch_size: 8, scenes: 512, validation_scenes: 16 };
  const answer = await fetch(`${url}/v1/train-jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ kind: 'vqa', base_model: 'x-lxmert-scenes', dataset: 'scenes' },
      hyperparameters: { ...hyperparameters, checkpoint_every: 1_000_000 },
    }),
  });
  const { id, error } = (await answer.json()) as { id?: string; error?: { message: string } };
  if (id === undefined) throw new Error(`the training job was refused: ${error?.message}`);
  process.stderr.write('waiting for the first step of the training\n');
  while ((await jobStep(url, id)) === 0) await sleep(200);
  return id;
}

async function jobStep(url: string, id: string): Promise<number> {
  const answer = await fetch(`${url}/v1/train-jobs/${id}`);
  const { step, error } = (await answer.json()) as { step?: number; error?: { message: string } | null };
  if (answer.ok && error) throw new Error(`the training failed: ${error.message}`);
  return step ?? 0;
}

/** Ids of acknowledged runs that are not on record as such. */
async function lostRuns(url: string, acknowledged: readonly string[]): Promise<string[]> {
  const lost: string[] = [];
  for (const id of acknowledged) {
    const answer = await fetch(`${url}/v1/runs/${id}`);
    const run = (await answer.json()) as { status?: string };
    if (!answer.ok || run.status !== 'succeeded') lost.push(id);
  }
  return lost;
}

function report(tally: Record<Task, Tally>, samples: readonly Sample[], seconds: number): string {
  const lag = (pick: (sample: Sample) => number) =>
    samples
      .slice(1, SAMPLED.length)
      .map((sample) => pick(sample).toFixed(1))
      .join(', ');
  const names = Object.keys(samples.at(-1)!.resident);
  return [
    '| task | answered | a second | median ms | refused |',
    '|---|---:|---:|---:|---|',
    ...Object.entries(tally).map(([task, { answered, refused }]) => {
      const told = [...refused].map(([what, count]) => `${count} × ${what}`).join(', ') || '0';
      const middle = answered.length > 0 ? Math.round(median(answered)) : '';
      return `| ${task} | ${answered.length} | ${(answered.length / seconds).toFixed(2)} | ${middle} | ${told} |`;
    }),
    '',
    `| MiB resident, after | ${SAMPLED.map((share) => `${100 * share} %`).join(' | ')} | at rest |`,
    `|---|${'---:|'.repeat(SAMPLED.length + 1)}`,
    ...names.map(
      (name) =>
        `| ${name} | ${samples.map(({ resident }) => Math.round(resident[name] ?? Number.NaN)).join(' | ')} |`,
    ),
    '',
    `- event loop of the server, in each quarter, the timer's own 10 ms included: p50 ${lag(({ lagP50 }) => lagP50)} ms, ` +
      `p99 ${lag(({ lagP99 }) => lagP99)} ms`,
    '',
  ].join('\n');
}
