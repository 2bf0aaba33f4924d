/**
 * Jobs whose workers, training processes, server and Postgres are killed with -9 at random moments. Four jobs, so that
 * it takes seconds; CHAOS_JOBS=30 makes an evening of it, CHAOS_SEED repeats one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../src/random.ts';
import { readSafetensors } from '../../src/safetensors.ts';

const JOBS = Number(process.env.CHAOS_JOBS ?? 4);
/** Each victim of the four by default once: no job can then fail three times. */
const MOST_KILLS = JOBS > 4 ? 2 * JOBS : 4;
const STEPS = 20;
const random = createRandom(process.env.CHAOS_SEED ?? `chaos/${Date.now()}`);

let dataDir: string;
let server: ChildProcess;
let url: string;
const kills: string[] = [];

async function start(): Promise<void> {
  server = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'chaos-server.ts'), dataDir],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(server.stdout!, 'data')) as [Buffer];
  url = line.toString().trim();
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'chaos-'));
  chmodSync(dataDir, 0o755);
  await start();
});
afterAll(async () => {
  server.kill('SIGTERM');
  await once(server, 'exit');
  rmSync(dataDir, { recursive: true, force: true });
});

/** Repeats what a server that is being killed did not answer. */
async function ask<T>(path: string, body?: object, key?: string): Promise<T> {
  for (;;) {
    let refused: string;
    try {
      const answer = await fetch(`${url}/v1/train-jobs${path}`, {
        signal: AbortSignal.timeout(5_000),
        ...(body && {
          method: 'POST',
          body: JSON.stringify(body),
          headers: {
            'content-type': 'application/json',
            ...(key !== undefined && { 'idempotency-key': key }),
          },
        }),
      });
      if (answer.ok) return (await answer.json()) as T;
      refused = answer.status < 500 && answer.status !== 409 ? await answer.text() : '';
    } catch {
      // Dead, or dying.
      refused = '';
    }
    if (refused !== '') throw new Error(refused);
    await sleep(100);
  }
}

/** Our processes whose command line holds the text. */
const processes = (text: string): number[] =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      const command = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
      return command.includes(text) ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });

async function kill(victim: string): Promise<void> {
  const end = (pid: number | undefined) => {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  };
  kills.push(victim);
  switch (victim) {
    case 'server':
      end(server.pid);
      await once(server, 'exit');
      return start();
    case 'worker':
      // Its command line has our folder.
      return end(processes('chaos-worker.ts').find((pid) => processes(dataDir).includes(pid)));
    case 'training':
      return end(processes('tiny-training-child.ts')[0]);
    case 'postgres':
      return end(
        Number(readFileSync(join(dataDir, 'postgres/18/cluster/postmaster.pid'), 'utf8').split('\n')[0]),
      );
  }
}

interface Job {
  id: string;
  status: string;
  failures: number;
  error: unknown;
}
interface Point {
  step: number;
  value: number;
}
const ENDED = ['succeeded', 'failed', 'cancelled'];

async function curve(id: string): Promise<Point[]> {
  const { data } = await ask<{ data: { points: Point[] }[] }>(`/${id}/metrics?name=loss`);
  return data.flatMap(({ points }) => points).sort((a, b) => a.step - b.step);
}

it(`kill -9 of everything at random moments, ${JOBS} jobs: states, metrics and checkpoints are right`, {
  timeout: 3_600_000,
  skip: process.platform !== 'linux',
}, async () => {
  const submit = (slowness: number, key: string) =>
    ask<Job>(
      '',
      { kind: 'tiny', dataset: 'scenes', seed: 0, hyperparameters: { steps: STEPS, slowness } },
      key,
    );
  const plain = await submit(0, 'plain');
  while ((await ask<Job>(`/${plain.id}`)).status !== 'succeeded') await sleep(100);
  const expected = await curve(plain.id);
  expect(expected.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));

  const jobs = await Promise.all(Array.from({ length: JOBS }, (_, i) => submit(random.int(120), `job-${i}`)));
  let over = false;
  const isRunning = async () =>
    (await ask<{ data: Job[] }>('?limit=100')).data.some(({ status }) => status === 'running');
  const killing = (async () => {
    const victims = ['worker', 'server', 'postgres', 'training'];
    for (let i = 0; !over && i < MOST_KILLS; i++) {
      // A machine on which processes start slowly would else see nothing but starts. Some come anyway.
      while (!over && random.chance(0.95) && !(await isRunning())) await sleep(300);
      await sleep(random.int(3_000));
      if (!over) await kill(i < victims.length ? victims[i]! : random.pick(victims)).catch(() => {});
    }
  })();
  const wanted = new Map<string, string>();
  for (const [i, { id }] of jobs.entries()) {
    if (i % 6 === 3) {
      await ask(`/${id}/cancel`, {});
      wanted.set(id, 'cancelled');
    } else if (i % 6 === 1) {
      await ask(`/${id}/pause`, {});
      await sleep(random.int(1_000));
      await ask(`/${id}/resume`, {});
    }
  }
  const ended = [];
  for (const { id } of jobs) {
    let job = await ask<Job>(`/${id}`);
    while (!ENDED.includes(job.status)) {
      await sleep(300);
      job = await ask<Job>(`/${id}`);
    }
    ended.push(job);
  }
  over = true;
  await killing;
  const states = ended.map(({ status }) => status).sort();
  console.info(`killed: ${kills.join(', ')}; jobs: ${states.join(', ')}`);
  // Killing that never lets go would prove nothing.
  expect(states.filter((status) => status === 'failed').length).toBeLessThan(JOBS / 4);

  // Only what runs the job can fail it: a server or a Postgres that dies is nobody's failure.
  const failureCounts = await Promise.all(
    ended.map(async ({ id }) => {
      const { data } = await ask<{ data: { data: { code?: string } }[] }>(`/${id}/events?limit=100`);
      return data.filter((event) => event.data.code !== undefined).length;
    }),
  );
  const counted = failureCounts.reduce((sum, count) => sum + count, 0);
  expect(counted).toBeLessThanOrEqual(kills.filter((one) => one === 'worker' || one === 'training').length);

  for (const { id, status, error, failures } of ended) {
    if (status === 'failed') {
      // Killed three times before it could save a checkpoint: what it has is the beginning of the curve.
      expect([wanted.get(id), failures]).toEqual([undefined, 3]);
      expect(error).toMatchObject({ code: expect.stringMatching(/^(process_died|worker_lost)$/) });
      const begun = await curve(id);
      expect(begun).toEqual(expected.slice(0, begun.length));
      continue;
    }
    expect([id, status, error]).toEqual([id, wanted.get(id) ?? 'succeeded', null]);
    const events = await ask<{ data: { data: { status?: string } }[] }>(`/${id}/events?limit=100`);
    const last = events.data.filter(({ data }) => data.status !== undefined).at(-1);
    expect(last?.data.status).toBe(status);
    if (status === 'cancelled') continue;
    // Neither lost nor doubled, and those of a job that nothing happened to.
    expect(await curve(id)).toEqual(expected);
    const run = join(dataDir, 'runs', id);
    const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      lines.filter(({ split }) => split === undefined).map(({ step, loss }) => ({ step, value: loss })),
    ).toEqual(expected);
    const { tensors } = await readSafetensors(join(run, 'result/model.safetensors'));
    const plainly = await readSafetensors(join(dataDir, 'runs', plain.id, 'result/model.safetensors'));
    expect(tensors).toEqual(plainly.tensors);
    for (const name of readdirSync(join(run, 'checkpoints'))) {
      if (name.startsWith('step-'))
        await readSafetensors(join(run, 'checkpoints', name, 'state.safetensors'));
    }
  }
});
