/**
 * Clients that ask for everything that the servers do, as a program behind a load balancer does: with a key to repeat a
 * request by, at another server when one does not answer. What was acknowledged is written down, and what was answered
 * is held to what was answered when nothing happened.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/random.ts';
import { type Cluster, urlOf } from './cluster.ts';
import type { Program } from './program.ts';

export const BASE = 'x-lxmert-scenes';
export const TASKS = ['paint', 'caption', 'vqa', 'nlvr2'] as const;
export type Task = (typeof TASKS)[number];
const PATHS: Record<Task, string> = {
  paint: 'generate-image',
  caption: 'caption',
  vqa: 'vqa',
  nlvr2: 'nlvr2',
};
const PROMPTS = [
  'a dog on grass',
  'two red cars on a road',
  'a giraffe in the snow',
  'a cat next to a blue car',
];
const QUESTIONS = ['what colour is the car?', 'is there a dog?', 'how many cars are there?'];
const VARIANTS = 4;

/** A client gives up on a server after this. */
const TIMEOUT_MS = 15_000;
/** And on its request after this: longer than any cause lasts. */
const PATIENCE_MS = 150_000;
const AGAIN_MS = 500;

/** Small, and long enough to be met by something. */
const JOB = {
  ...{ kind: 'vqa', base_model: BASE, dataset: 'scenes', seed: 1 },
  hyperparameters: { steps: 60, batch_size: 4, scenes: 24, validation_scenes: 4, checkpoint_every: 20 },
};

export type Phase = 'calm' | 'cause' | 'recovering' | 'over';

export interface Run {
  key: string;
  model: string;
  revision: string;
  /** Server that answered. */
  at: string;
  /** Hash of the stored picture. */
  picture?: string;
}

export interface Refusal {
  phase: Phase;
  at: string;
  task: string;
  what: string;
}

/** What was acknowledged, and what was seen that should not be. */
export class Ledger {
  readonly runs = new Map<string, Run>();
  /** Those that nobody looked for yet. */
  fresh = new Set<string>();
  readonly jobs = new Map<string, string>();
  readonly answered = new Map<Task, number[]>();
  refusals: Refusal[] = [];
  readonly violations: string[] = [];
  phase: Phase = 'calm';
  round = 0;
  /** Model → revision, of those that were promoted and not deleted. */
  readonly promoted = new Map<string, string>();

  readonly #told = new Set<string>();

  violation(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.violations.push(`round ${this.round}: ${text}`);
  }
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
  ms: number;
}

/** @returns status 0 when nothing came */
export async function ask(
  { key }: Pick<Cluster, 'key'>,
  server: Program,
  method: string,
  path: string,
  options: { body?: object | undefined; idempotencyKey?: string; timeout?: number } = {},
): Promise<Answer> {
  const began = performance.now();
  const ms = () => performance.now() - began;
  const { body, idempotencyKey, timeout = TIMEOUT_MS } = options;
  try {
    const answer = await fetch(`${urlOf(server)}${path}`, {
      method,
      signal: AbortSignal.timeout(timeout),
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json = answer.headers.get('content-type')?.includes('json') === true;
    return {
      status: answer.status,
      body: json ? JSON.parse(text) : {},
      headers: answer.headers,
      ms: ms(),
    };
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: { code?: string } };
    return { status: 0, body: { error: { code: cause?.code ?? name } }, headers: new Headers(), ms: ms() };
  }
}

export const codeOf = ({ status, body }: Answer): string =>
  `${status} ${(body.error as { code?: string } | undefined)?.code ?? ''}`.trim();

/** What may be answered while something is down: try again, or somewhere else. */
export const mayTryAgain = ({ status, body }: Answer): boolean => {
  const { code } = (body.error ?? {}) as { code?: string };
  return status === 0 || [429, 502, 503, 507].includes(status) || code === 'idempotency_key_in_flight';
};

/** The part of an answer that must be the same every time. */
export function essence(task: Task, body: Record<string, unknown>): string {
  switch (task) {
    case 'paint': {
      const [image] = body.images as { codes: number[]; b64_json: string }[];
      return `${image!.codes.join()} ${sha256(image!.b64_json)}`;
    }
    case 'caption':
      return JSON.stringify((body.captions as { text: string }[]).map(({ text }) => text));
    case 'vqa':
      return String(body.answer);
    case 'nlvr2':
      return String(body.label);
  }
}

export const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

/** Requests whose answers are known. */
export class Workload {
  readonly #cluster: Cluster;
  readonly #expected = new Map<string, string>();
  readonly #revisions = new Map<string, string>();
  #pictures: string[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Answers of a quiet time, from one server. */
  async prepare(): Promise<void> {
    const [server] = this.#cluster.servers;
    const answer = async (task: Task, variant: number) => {
      const path = `/v1/${PATHS[task]}`;
      const body = this.request(task, variant);
      const { status, body: said } = await ask(this.#cluster, server!, 'POST', path, {
        body,
        timeout: 60_000,
      });
      if (status !== 200) throw new Error(`${task}: ${status} ${JSON.stringify(said).slice(0, 300)}`);
      return said;
    };
    for (const task of TASKS) {
      for (let variant = 0; variant < VARIANTS; variant++) {
        const body = await answer(task, variant);
        if (task === 'paint') this.#pictures.push((body.images as { b64_json: string }[])[0]!.b64_json);
        this.#expected.set(`${task} ${variant}`, essence(task, body));
        this.#revisions.set(String(body.model), String(body.revision));
      }
    }
  }

  request(task: Task, variant: number): object {
    const picture = (i: number) => this.#pictures[(variant + i) % this.#pictures.length]!;
    switch (task) {
      case 'paint':
        return { prompt: PROMPTS[variant % PROMPTS.length], seed: variant, model: BASE };
      case 'caption':
        return { image: picture(0), seed: variant, max_tokens: 4, model: BASE };
      case 'vqa':
        return {
          image: picture(0),
          question: QUESTIONS[variant % QUESTIONS.length],
          model: 'x-lxmert-vqa-scenes',
        };
      case 'nlvr2':
        return {
          images: [picture(0), picture(1)],
          statement: 'there is a dog in both images',
          model: 'x-lxmert-nlvr2-scenes',
        };
    }
  }

  /** @returns what is wrong with an answer */
  fault(
    task: Task,
    variant: number,
    asked: string,
    body: Record<string, unknown>,
    ledger: Ledger,
  ): string | undefined {
    const { model, revision } = body;
    if (model !== asked) return `${task} of ${asked} was answered by ${model}`;
    const known = this.#revisions.get(asked) ?? ledger.promoted.get(asked);
    if (known !== undefined && revision !== known)
      return `${asked} answered with revision ${revision}, not ${known}`;
    const expected = this.#revisions.has(asked) ? this.#expected.get(`${task} ${variant}`) : undefined;
    if (expected === undefined || essence(task, body) === expected) return undefined;
    return `${task} ${variant}: ${essence(task, body).slice(0, 80)} in place of ${expected.slice(0, 80)}`;
  }
}

export interface ClientsOptions {
  cluster: Cluster;
  workload: Workload;
  ledger: Ledger;
  random: Random;
  count: number;
  /** That are open at a time, at most. */
  jobs: number;
  /** Mean milliseconds that a client rests between two requests. */
  rest: number;
}

/** @returns what stops them, when the requests that they are at have ended */
export function startClients(options: ClientsOptions): () => Promise<void> {
  const over = new AbortController();
  // Each client that rests listens.
  setMaxListeners(options.count, over.signal);
  const clients = Array.from({ length: options.count }, () => client(options, over.signal));
  return async () => {
    over.abort();
    await Promise.all(clients);
  };
}

async function client(options: ClientsOptions, over: AbortSignal): Promise<void> {
  const { ledger, random, rest } = options;
  while (!over.aborted) {
    await sleep(rest * 2 * random.next(), undefined, { signal: over }).catch(() => {});
    if (over.aborted) return;
    try {
      if (random.chance(0.05)) await submit(options, over);
      else await work(options, over);
    } catch (error) {
      ledger.violation(`a client failed: ${(error as Error).stack}`);
    }
  }
}

async function work(options: ClientsOptions, over: AbortSignal): Promise<void> {
  const { ledger, random, workload } = options;
  const task = TASKS[random.weighted([4, 1, 3, 2])]!;
  const variant = random.int(VARIANTS);
  const promoted = [...ledger.promoted.keys()];
  const other =
    task === 'vqa' && promoted.length > 0 && random.chance(0.4) ? random.pick(promoted) : undefined;
  const store = task === 'paint' && random.chance(0.3);
  const body = {
    ...workload.request(task, variant),
    ...(other !== undefined && { model: other }),
    ...(store && { store }),
  } as { model: string };
  const idempotencyKey = randomUUID();
  const phase = ledger.phase;
  const acknowledged = await persist(
    options,
    task,
    `/v1/${PATHS[task]}`,
    body,
    idempotencyKey,
    over,
    (answer) =>
      // Deleted while it was asked for.
      other !== undefined && answer.status === 404 && !ledger.promoted.has(other),
  );
  if (acknowledged === undefined) return;
  const { answer, server } = acknowledged;
  const fault = workload.fault(task, variant, body.model, answer.body, ledger);
  if (fault !== undefined) ledger.violation(`wrong answer of ${server.name}: ${fault}`);
  if (phase === 'calm' && ledger.phase === 'calm') {
    ledger.answered.set(task, [...(ledger.answered.get(task) ?? []), answer.ms]);
  }
  const { id, model, revision } = answer.body as { id: string | null; model: string; revision: string };
  // On a full disk, and the answer says so.
  if (answer.body.recorded === false) return;
  if (id === null) return ledger.violation(`an answer of ${server.name} has no id`);
  const run: Run = { key: idempotencyKey, model, revision, at: server.name };
  if (store) {
    const [image] = answer.body.images as { b64_json: string }[];
    run.picture = sha256(Buffer.from(image!.b64_json, 'base64'));
  }
  ledger.runs.set(id, run);
  ledger.fresh.add(id);
  if (!random.chance(0.1)) return;
  // The same once more, of whoever: the same run.
  const again = await persist(options, task, `/v1/${PATHS[task]}`, body, idempotencyKey, over, () => false);
  if (again !== undefined && again.answer.body.id !== id) {
    ledger.violation(`done twice: ${task} with one key is ${id} and ${again.answer.body.id}`);
  }
}

async function submit(options: ClientsOptions, over: AbortSignal): Promise<void> {
  const { cluster, ledger, jobs } = options;
  const open = await cluster
    .query<{ open: number }>(
      `SELECT count(*)::int AS open FROM jobs WHERE status IN ('queued', 'running', 'paused')`,
    )
    .catch(() => undefined);
  if (open === undefined || open[0]!.open >= jobs) return;
  const key = randomUUID();
  const body = { ...JOB, metadata: { chaos: key } };
  const acknowledged = await persist(options, 'train', '/v1/train-jobs', body, key, over, () => false);
  if (acknowledged === undefined) return;
  ledger.jobs.set(String(acknowledged.answer.body.id), key);
}

/** Asks one server after the other until one has done it. @returns undefined when it was given up, or need not be */
async function persist(
  { cluster, ledger, random }: ClientsOptions,
  task: string,
  path: string,
  body: object,
  idempotencyKey: string,
  over: AbortSignal,
  isFine: (answer: Answer) => boolean,
): Promise<{ answer: Answer; server: Program } | undefined> {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    const server = random.pick(cluster.servers);
    const phase = ledger.phase;
    const answer = await ask(cluster, server, 'POST', path, { body, idempotencyKey });
    if (answer.status === 200 || answer.status === 201) return { answer, server };
    if (isFine(answer)) return undefined;
    ledger.refusals.push({
      phase: phase === ledger.phase ? phase : 'cause',
      at: server.name,
      task,
      what: codeOf(answer),
    });
    if (!mayTryAgain(answer)) {
      ledger.violation(
        `${server.name} answered ${task} with ${codeOf(answer)}: ${JSON.stringify(answer.body).slice(0, 300)}`,
      );
      return undefined;
    }
    if (performance.now() > end) {
      ledger.violation(
        `${task} was not done within ${PATIENCE_MS / 1000} s, at last ${codeOf(answer)} of ${server.name}`,
      );
      return undefined;
    }
    if (over.aborted) return undefined;
    await sleep(AGAIN_MS);
  }
}
