/**
 * `bench tasks …`: a server of its own under clients that all ask for one task, task after task; beside it, with
 * `--reference`, FastAPI around the authors' code, under the same clients.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { writeAtomically } from '../../atomic-files.ts';
import { sceneVocabulary } from '../../datasets/scenes/index.ts';
import type { Task } from '../../zoo/manifest.ts';
import { currentCommit } from '../current-commit.ts';
import type { GivenTo } from '../define-command.ts';
import type { benchTasks as description } from './commands.ts';
import { machineText } from './machine.ts';
import { listening, postmaster, startServer } from './own-server.ts';
import { writePaperSizeZoo } from './paper-size-zoo.ts';
import { usedBy } from './process-tree.ts';
import { ask, hostedTasks, PATHS, somePictures } from './requests.ts';

const CLIENTS = [1, 8, 32] as const;
/** What of the authors' code answers by itself; how captions are written they have not published. */
const THEIRS: readonly Task[] = ['paint', 'vqa', 'nlvr2'];
/** Until the heartbeat has told of the last stages. */
const HEARTBEAT_MS = 2_500;

/** A server under measurement. */
interface Contender {
  name: string;
  tasks: readonly Task[];
  /** Seconds from the start of its process to its first answer. */
  firstAnswer: number;
  /** @throws Error unless it is answered */
  ask(task: Task, turn: number): Promise<void>;
  used(): ReturnType<typeof usedBy>;
  /** Seconds since the start, by what they went into; of one that tells. */
  spent?(task: Task): Promise<Record<string, number>>;
  close(): Promise<void>;
}

interface Row {
  server: string;
  task: Task;
  clients: number;
  answers: number;
  aSecond: number;
  /** Answers for a second of one core's processor time. */
  aCoreSecond: number;
  /** Milliseconds. */
  median: number;
  p95: number;
  mean: number;
  /** Milliseconds of an answer in the mean, by what they went into. */
  spent: Record<string, number>;
}

export async function tasksBench({ flags: values, config }: GivenTo<typeof description>): Promise<void> {
  const { checkpointsDir, threads, models } = config();
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-tasks-'));
  // The database does not run as root, and has to get in.
  await chmod(dataDir, 0o755);
  const rows: Row[] = [];
  const about: string[] = [];
  try {
    let zoo = checkpointsDir;
    if (values.only === 'paper') {
      process.stderr.write("the paper's size: writing random weights\n");
      zoo = join(dataDir, 'paper-size');
      await writePaperSizeZoo(zoo, sceneVocabulary());
    }
    const openings = [() => ourselves({ dataDir, zoo, threads, models, fresh: values['new-pictures'] })];
    const { reference, python, variant } = values;
    if (reference !== undefined) openings.push(() => fastApi(python, { reference, threads, variant }));
    for (const open of openings) {
      // One after the other: each has the machine to itself.
      const contender = await open();
      try {
        for (const task of contender.tasks) {
          if (values.task !== undefined && values.task !== task) continue;
          // Compiling, and what else happens once.
          await contender.ask(task, 0);
          for (const clients of CLIENTS) rows.push(await measure(contender, task, clients, values.seconds));
        }
        const { resident } = await contender.used();
        about.push(
          `- ${contender.name}: first answer ${contender.firstAnswer.toFixed(1)} s after the start, ` +
            `${Math.round(resident)} MiB resident at the end`,
        );
      } finally {
        await contender.close();
      }
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  about.push(
    `- ${values.seconds} s of each; ${machineText()}, code at ${(await currentCommit()).slice(0, 12)}`,
  );
  process.stdout.write(`${[...table(rows), '', ...about].join('\n')}\n`);
  if (values.output) await writeAtomically(values.output, `${JSON.stringify({ about, rows }, null, 2)}\n`);
}

async function measure(contender: Contender, task: Task, clients: number, seconds: number): Promise<Row> {
  process.stderr.write(`${contender.name}, ${task}, ${clients} clients\n`);
  const times: number[] = [];
  let turn = 1;
  const before = { ...(await contender.used()), spent: await contender.spent?.(task) };
  const start = performance.now();
  const client = async () => {
    do {
      const began = performance.now();
      await contender.ask(task, turn++);
      times.push(performance.now() - began);
    } while (performance.now() - start < 1000 * seconds);
  };
  await Promise.all(Array.from({ length: clients }, client));
  const elapsed = (performance.now() - start) / 1000;
  const { cpu } = await contender.used();
  if (contender.spent) await sleep(HEARTBEAT_MS);
  const after = (await contender.spent?.(task)) ?? {};
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]!;
  const spent = Object.entries(after).map(([what, now]) => [
    what,
    (1000 * (now - (before.spent?.[what] ?? 0))) / times.length,
  ]);
  return {
    ...{ server: contender.name, task, clients, answers: times.length, aSecond: times.length / elapsed },
    aCoreSecond: times.length / (cpu - before.cpu),
    ...{ median: at(0.5), p95: at(0.95), mean: times.reduce((sum, ms) => sum + ms, 0) / times.length },
    spent: Object.fromEntries(spent.filter(([, ms]) => (ms as number) > 0)),
  };
}

async function ourselves({
  fresh,
  ...settings
}: Omit<Parameters<typeof startServer>[0], 'workers'> & { fresh: boolean }): Promise<Contender> {
  const started = performance.now();
  const server = startServer({ ...settings, workers: 0 });
  const url = await listening(server);
  const tasks = await hostedTasks(url);
  const known = await somePictures(url, tasks);
  const firstAnswer = (performance.now() - started) / 1000;
  return {
    ...{ name: 'this server', tasks, firstAnswer },
    async ask(task, turn) {
      const pictures = fresh && task !== 'paint' ? await neverSeen(known[turn % known.length]!) : known;
      const { status, code } = await ask(url, task, turn, pictures);
      if (status !== 200) throw new Error(`${task}: ${status} ${code}`);
    },
    async used() {
      const database = await postmaster(settings.dataDir);
      return usedBy(server.pid!, ...(database === undefined ? [] : [database]));
    },
    spent: (task) => spentOf(url, task),
    close: () => ended(server),
  };
}

/** The picture in other tones: nothing that is kept of others helps. */
async function neverSeen(picture: Buffer): Promise<Buffer[]> {
  const inTone = () =>
    sharp(picture)
      .modulate({ brightness: 0.7 + 0.6 * Math.random(), saturation: 0.7 + 0.6 * Math.random() })
      .jpeg({ quality: 92 })
      .toBuffer();
  return Promise.all([inTone(), inTone()]);
}

/** Seconds that the server counts: in the queue, in computing, and what of that in which stage. */
async function spentOf(url: string, task: Task): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const spent: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, name, labels, value] = /^xlxmert_(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (name === 'stage_seconds_total') spent[/stage="(\w+)"/.exec(labels!)![1]!] = Number(value);
    if (!labels?.includes(`task="${PATHS[task]}"`)) continue;
    if (name === 'queue_seconds_sum') spent.queue = (spent.queue ?? 0) + Number(value);
    if (name === 'compute_seconds_sum') spent.computing = (spent.computing ?? 0) + Number(value);
  }
  return spent;
}

async function fastApi(
  python: string,
  { reference, threads, variant }: { reference: string; threads: number; variant: string },
): Promise<Contender> {
  const script = fileURLToPath(new URL('../../../scripts/peers_server.py', import.meta.url));
  const port = await freePort();
  const started = performance.now();
  const server = spawn(python, [script, reference, String(threads), String(port), variant], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const send = async (task: Task) => {
    const answer = await fetch(`http://127.0.0.1:${port}/${task}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${task}: ${answer.status}`);
  };
  const gone = once(server, 'close').then(() => {
    throw new Error(
      'scripts/peers_server.py ended: it wants torch, transformers, fastapi, uvicorn and Pillow',
    );
  });
  gone.catch(() => {});
  const answers = async () => {
    while (
      !(await send('vqa').then(
        () => true,
        () => false,
      ))
    )
      await sleep(100);
  };
  await Promise.race([answers(), gone]);
  return {
    ...{ name: `FastAPI, ${variant}`, tasks: THEIRS, firstAnswer: (performance.now() - started) / 1000 },
    ask: send,
    used: () => usedBy(server.pid!),
    close: () => ended(server),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
}

function table(rows: readonly Row[]): string[] {
  const parts = (spent: Row['spent']) =>
    Object.entries(spent)
      .map(([what, ms]) => `${what} ${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)}`)
      .join(', ');
  return [
    '| server | task | clients | answers a second | for a second of a core | median ms | 95 % ms | mean ms | of which |',
    '|---|---|---:|---:|---:|---:|---:|---:|---|',
    ...rows.map((row) => {
      const { server, task, clients, aSecond, aCoreSecond, median, p95, mean, spent } = row;
      const numbers = [aSecond.toFixed(2), aCoreSecond.toFixed(2), ...[median, p95, mean].map(Math.round)];
      return `| ${server} | ${task} | ${clients} | ${numbers.join(' | ')} | ${parts(spent)} |`;
    }),
  ];
}
