/** What must hold after every cause. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Random } from '../../src/random.ts';
import { ask, codeOf, type Ledger, mayTryAgain, sha256, TASKS, type Task, type Workload } from './clients.ts';
import { type Cluster, urlOf } from './cluster.ts';
import { type Program, until } from './program.ts';

/** Longest time that is waited for what does not come back. */
const LONGEST_MS = 120_000;
/** Longest time from a cause's end until everything is back, and from a promotion until all answer. */
export const BACK_MS = 15_000;
export const PROMOTED_MS = 2_000;

export interface Recovery {
  /** Milliseconds until each server did each task again; undefined: it did not. */
  servers: Record<string, number | undefined>;
  /** Until every job that ran is in the hands of a worker that lives, or has ended. */
  jobs: number | undefined;
  /** Until each of those is past the step where it was, or has ended. */
  steps: number | undefined;
  /** Until every server without models in it reaches all inference workers, and each of these serves. */
  inference: number | undefined;
}

/** A job as it was when the cause was over. */
export interface RunningJob {
  id: string;
  step: number;
}

export async function runningJobs({ query }: Cluster): Promise<RunningJob[]> {
  return query<RunningJob>(`SELECT id, step FROM jobs WHERE status = 'running'`).catch(() => []);
}

/** @param before those that ran when the cause began */
export async function recovery(
  cluster: Cluster,
  workload: Workload,
  ledger: Ledger,
  began: number,
  before: readonly RunningJob[],
): Promise<Recovery> {
  const since = () => performance.now() - began;
  const endedAt = new Date(Date.now() - since());
  const answers = async (server: Program): Promise<number | undefined> => {
    const each = await Promise.all(
      TASKS.map(async (task: Task) => {
        const holds = await until(async () => {
          const body = workload.request(task, 0);
          const path = `/v1/${task === 'paint' ? 'generate-image' : task}`;
          const answer = await ask(cluster, server, 'POST', path, { body, timeout: 5_000 });
          if (answer.status !== 200) return false;
          const fault = workload.fault(task, 0, (body as { model: string }).model, answer.body, ledger);
          if (fault !== undefined) ledger.violation(`wrong answer of ${server.name}: ${fault}`);
          return true;
        }, LONGEST_MS);
        return holds ? since() : undefined;
      }),
    );
    return each.includes(undefined) ? undefined : Math.max(...(each as number[]));
  };
  const ids = before.map(({ id }) => id);
  const movedOn = async () => {
    if (ids.length === 0) return 0;
    // What its worker says of it is written by who holds it.
    const held = await until(async () => {
      const rows = await cluster
        .query<{ ok: boolean }>(
          `SELECT jobs.status NOT IN ('running', 'queued') OR (jobs.status = 'running' AND EXISTS (
             SELECT FROM job_events WHERE job_id = jobs.id AND created_at > $2)) AS ok
           FROM jobs WHERE id = ANY($1)`,
          [ids, endedAt],
        )
        .catch(() => [{ ok: false }]);
      return rows.every(({ ok }) => ok);
    }, LONGEST_MS);
    return held ? since() : undefined;
  };
  const stepped = async () => {
    if (ids.length === 0) return 0;
    const steps = new Map(before.map(({ id, step }) => [id, step]));
    const held = await until(async () => {
      const rows = await cluster
        .query<{ id: string; status: string; step: number }>(
          'SELECT id, status::text, step FROM jobs WHERE id = ANY($1)',
          [ids],
        )
        .catch(() => undefined);
      return (
        rows?.every(
          ({ id, status, step }) => !['queued', 'running'].includes(status) || step > steps.get(id)!,
        ) === true
      );
    }, LONGEST_MS);
    return held ? since() : undefined;
  };
  const reached = async () => {
    const count = `xlxmert_inference_workers{state="ready"} ${cluster.inference.length}`;
    // A server may not have noticed yet that one is gone: whether they serve is asked of themselves first.
    const serving = await all(cluster.inference, (worker) => isReady(worker));
    const known = await all(cluster.remote, async (server) =>
      (await metricsOf(cluster, server)).split('\n').includes(count),
    );
    return serving && known ? since() : undefined;
  };
  const [jobs, steps, inference, ...servers] = await Promise.all([
    movedOn(),
    stepped(),
    reached(),
    ...cluster.servers.map(async (server) => [server.name, await answers(server)] as const),
  ]);
  return { jobs, steps, inference, servers: Object.fromEntries(servers) };
}

/** @returns whether it held of each in time */
const all = async (programs: readonly Program[], holds: (one: Program) => Promise<boolean>) =>
  (await Promise.all(programs.map((one) => until(() => holds(one), LONGEST_MS)))).every(Boolean);

const isReady = (program: Program): Promise<boolean> =>
  fetch(`${urlOf(program)}/health/ready`, { signal: AbortSignal.timeout(3_000) }).then(
    (answer) => answer.ok,
    () => false,
  );

/** Nothing where it does not answer. */
const metricsOf = ({ key }: Cluster, server: Program): Promise<string> =>
  fetch(`${urlOf(server)}/metrics`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(3_000),
  }).then(
    (answer) => answer.text(),
    () => '',
  );

/** Holds the database to what was acknowledged. */
export async function checkRecords(cluster: Cluster, ledger: Ledger, random: Random): Promise<void> {
  const { query } = cluster;
  const fresh = [...ledger.fresh];
  ledger.fresh = new Set();
  const rows = await query<{ id: string; status: string; model: string; revision: string }>(
    'SELECT id, status::text, model, revision FROM runs WHERE id = ANY($1)',
    [fresh],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  for (const id of fresh) {
    const run = ledger.runs.get(id)!;
    const row = found.get(id);
    if (row?.status !== 'succeeded') ledger.violation(`run ${id} is lost: ${row?.status ?? 'no row'}`);
    else if (row.model !== run.model || row.revision !== run.revision)
      ledger.violation(`run ${id} is on record as of ${row.model} ${row.revision}`);
  }
  // A stored picture is had from any server.
  for (const id of fresh.filter((one) => ledger.runs.get(one)!.picture !== undefined)) {
    const run = ledger.runs.get(id)!;
    const other = random.pick(cluster.servers.filter(({ name }) => name !== run.at));
    await checkPicture(cluster, other, id, run.picture!, ledger);
  }

  const jobs = await query<{ id: string; status: string; key: string; ends: number; error: string | null }>(
    `SELECT id, status::text, metadata ->> 'chaos' AS key, error_code AS error, (
       SELECT count(*)::int FROM job_events WHERE job_id = jobs.id AND data ->> 'status' = 'succeeded') AS ends
     FROM jobs WHERE metadata ? 'chaos'`,
  );
  const byId = new Map(jobs.map((job) => [job.id, job]));
  for (const id of ledger.jobs.keys()) if (!byId.has(id)) ledger.violation(`job ${id} is lost`);
  const keys = jobs.map(({ key }) => key);
  for (const { id, status, key, ends, error } of jobs) {
    if (keys.indexOf(key) !== keys.lastIndexOf(key))
      ledger.violation(`jobs of the key ${key} are done twice`);
    if (ends > 1) ledger.violation(`job ${id} ended ${ends} times`);
    if (status === 'failed') ledger.violation(`job ${id} failed: ${error}`);
  }

  const old = `now() - interval '60 seconds'`;
  const left = await query<{ id: string }>(
    `SELECT id FROM runs WHERE status = 'running' AND created_at < ${old}`,
  );
  for (const { id } of left) ledger.violation(`run ${id} is left running`);
  const held = await query<{ key: string }>(
    `SELECT key FROM idempotency_keys WHERE answered_at IS NULL AND created_at < ${old}`,
  );
  for (const { key } of held) ledger.violation(`the idempotency key ${key} is left in flight`);
}

async function checkPicture(
  cluster: Cluster,
  server: Program,
  id: string,
  hash: string,
  ledger: Ledger,
): Promise<void> {
  const holds = await until(async () => {
    const answer = await fetch(`${urlOf(server)}/v1/runs/${id}/image`, {
      headers: { authorization: `Bearer ${cluster.key}` },
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined);
    if (answer?.ok !== true) return false;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (sha256(bytes) !== hash) ledger.violation(`the picture of run ${id} is another one on ${server.name}`);
    return true;
  }, 20_000);
  if (!holds) ledger.violation(`${server.name} has no picture of run ${id}`);
}

/** Those that ended well, oldest first. */
const succeeded = ({ query }: Cluster) =>
  query<{ id: string }>(`SELECT id FROM jobs WHERE status = 'succeeded' AND kind = 'vqa' ORDER BY id`);

/**
 * Promotes a result on one server and asks all for it.
 * @returns milliseconds until the last one answered; undefined when there is nothing to promote yet
 */
export async function checkPromotion(
  cluster: Cluster,
  workload: Workload,
  ledger: Ledger,
  random: Random,
): Promise<number | undefined> {
  const jobs = await succeeded(cluster);
  const job = jobs.at(-1);
  if (job === undefined) return undefined;
  const model = `round-${ledger.round}`;
  const server = random.pick(cluster.servers);
  const answer = await persistently(cluster, ledger, server, 'POST', `/v1/train-jobs/${job.id}/promote`, {
    model_id: model,
  });
  if (answer?.status !== 200) return undefined;
  const began = performance.now();
  const revision = String(answer.body.revision);
  ledger.promoted.set(model, revision);
  const times = await Promise.all(
    cluster.servers.map(async (one) => {
      let said = '';
      const holds = await until(
        async () => {
          const body = { ...workload.request('vqa', 0), model };
          const told = await ask(cluster, one, 'POST', '/v1/vqa', { body });
          said = codeOf(told);
          if (told.status !== 200) return false;
          const fault = workload.fault('vqa', 0, model, told.body, ledger);
          if (fault !== undefined) ledger.violation(`wrong answer of ${one.name}: ${fault}`);
          return true;
        },
        30_000,
        20,
      );
      if (!holds) ledger.violation(`${one.name} does not answer with ${model}: ${said}`);
      return performance.now() - began;
    }),
  );
  return Math.max(...times);
}

/** Takes away what the rounds before left: a model that others answer with, and jobs. */
export async function tidy(cluster: Cluster, ledger: Ledger, random: Random): Promise<void> {
  const old = [...ledger.promoted.keys()].slice(0, -2);
  for (const model of old) {
    ledger.promoted.delete(model);
    const server = random.pick(cluster.servers);
    const gone = await persistently(
      cluster,
      ledger,
      server,
      'DELETE',
      `/v1/models/${model}`,
      undefined,
      [404, 409],
    );
    if (gone === undefined) continue;
    await Promise.all(
      cluster.servers.map(async (one) => {
        const answersNot = async () => (await ask(cluster, one, 'GET', `/v1/models/${model}`)).status === 404;
        if (!(await until(answersNot, 20_000)))
          ledger.violation(`${one.name} still has ${model}, which was deleted`);
      }),
    );
  }
  for (const { id } of (await succeeded(cluster)).slice(0, -3)) {
    const server = random.pick(cluster.servers);
    const answer = await persistently(
      cluster,
      ledger,
      server,
      'DELETE',
      `/v1/train-jobs/${id}`,
      undefined,
      [404, 409],
    );
    if (answer !== undefined) ledger.jobs.delete(id);
  }
}

async function persistently(
  cluster: Cluster,
  ledger: Ledger,
  server: Program,
  method: string,
  path: string,
  body?: object,
  fine: readonly number[] = [],
) {
  for (const end = performance.now() + 60_000; ; await sleep(500)) {
    const answer = await ask(cluster, server, method, path, { body, timeout: 30_000 });
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (fine.includes(answer.status)) return answer;
    if (mayTryAgain(answer) && performance.now() < end) continue;
    ledger.violation(
      `${server.name} answered ${method} ${path} with ${codeOf(answer)}: ${JSON.stringify(answer.body)}`,
    );
    return undefined;
  }
}

/** At the end: jobs end, their curves are whole and alike, and what the database names is in the store. */
export async function checkEnd(cluster: Cluster, ledger: Ledger, patience: number): Promise<void> {
  const { query } = cluster;
  const ended = await until(
    async () =>
      (await query(`SELECT id FROM jobs WHERE status IN ('queued', 'running', 'paused')`)).length === 0,
    patience,
    1_000,
  );
  if (!ended) {
    const open = await query<{ id: string; status: string; step: number }>(
      `SELECT id, status::text, step FROM jobs WHERE status IN ('queued', 'running', 'paused')`,
    );
    for (const { id, status, step } of open)
      ledger.violation(`job ${id} does not end: ${status} at step ${step}`);
  }
  const curves = await query<{ job: string; steps: number; most: number; curve: string }>(
    `SELECT job_id AS job, count(*)::int AS steps, max(job_metrics.step) AS most,
       md5(string_agg(job_metrics.step || ' ' || value, ',' ORDER BY job_metrics.step)) AS curve
     FROM job_metrics JOIN jobs ON jobs.id = job_id
     WHERE name = 'loss' AND split = 'train' AND task = '' AND status = 'succeeded' GROUP BY job_id ORDER BY job_id`,
  );
  for (const { job, steps, most, curve } of curves) {
    if (steps !== most) ledger.violation(`job ${job} has ${steps} points of ${most} steps`);
    if (curve !== curves[0]!.curve) ledger.violation(`job ${job} has another curve than ${curves[0]!.job}`);
  }
  const all = [...ledger.runs.keys()];
  const rows = await query<{ id: string }>(
    `SELECT id FROM runs WHERE id = ANY($1) AND status = 'succeeded'`,
    [all],
  );
  if (rows.length < all.length)
    ledger.violation(`${all.length - rows.length} acknowledged runs are lost at the end`);
  const folders = await query<{ name: string; files: { path: string; bytes: number; key: string }[] }>(
    'SELECT name, files FROM stored_folders',
  );
  for (const { name, files } of folders) {
    for (const { path, bytes, key } of files) {
      const command = new HeadObjectCommand({ Bucket: cluster.bucket, Key: `main/${key}` });
      const size = await cluster.s3.send(command).then(
        ({ ContentLength }) => ContentLength,
        (error: Error) => error.name,
      );
      if (size !== bytes) ledger.violation(`${name}/${path} is not in the store (${size})`);
    }
  }
}

/** Versions that the servers say they are. */
export const versions = (cluster: Cluster): Promise<string[]> =>
  Promise.all(
    cluster.servers.map(async (server) => {
      const { body } = await ask(cluster, server, 'GET', '/openapi.json');
      return (body.info as { version?: string } | undefined)?.version ?? '';
    }),
  );
