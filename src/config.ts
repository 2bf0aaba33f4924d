/** Environment and flags → one typed, validated object. A flag wins over the variable of the same name. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import type { Retention } from './database/retention.ts';
import {
  chooseEngine,
  DEFAULT_ENGINE,
  DEVICES,
  ENGINES,
  type EngineChoice,
  EngineUnavailableError,
} from './engines/choose.ts';
import { PRECISIONS } from './engines/precision.ts';
import { UsageError } from './errors.ts';
import { isLabel } from './jobs/needs.ts';
import { storeUrlFault } from './store/open-store.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export interface Config {
  /** Address to listen on. Other than loopback, it needs API keys. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Absolute. Embedded database, training runs, imported and trained checkpoints. */
  readonly dataDir: string;
  /** Absolute. The shipped checkpoints, never written. */
  readonly checkpointsDir: string;
  /** undefined: start (or adopt) the embedded Postgres in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** A key of every scope, which is there from the start. */
  readonly adminKey: string | undefined;
  /** Where files lie that several machines need; undefined: in `dataDir`. */
  readonly storeUrl: string | undefined;
  /** Bytes of the store's files that are kept here. */
  readonly cacheBytes: number;
  /** Absolute. Where the optional engines are installed. */
  readonly enginesDir: string;
  /** What runs the models, from DEVICE, ENGINE and what is installed. */
  readonly engine: EngineChoice;
  /** Nobody asked for this engine and device: where they turn out not to work, the default does. */
  readonly engineIsOurChoice: boolean;
  /** Compute threads of the inference process. */
  readonly threads: number;
  /** Where the models of a server run: in a process of its own, or in inference workers. */
  readonly inference: (typeof INFERENCE)[number];
  /** What a training worker has, by name, beside its device. */
  readonly workerLabels: readonly string[];
  /** Megabytes (2^20) of the device that a training worker computes on; undefined: all of them. */
  readonly workerMemoryMb: number | undefined;
  /** Where servers reach an inference worker; undefined: where it listens. */
  readonly workerAddress: string | undefined;
  /** Worker processes that the server starts for training jobs. */
  readonly workers: number;
  /** Compute threads of a training process. */
  readonly trainThreads: number;
  /** Requests a minute that an API key may make. */
  readonly rateLimit: number;
  /** Names that the server is reached by without keys, beside those of loopback. Lower case. */
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may use the server, `*` for all. Lower case. */
  readonly corsOrigins: readonly string[];
  /** Whose `X-Forwarded-…` headers count; undefined: nobody's. */
  readonly trustProxy: string | number | true | undefined;
  /** Ids of the models to load at start; undefined: the zoo's default. */
  readonly models: readonly string[] | undefined;
  /** Hosts that images may be fetched from. Lower case. */
  readonly imageHosts: readonly string[];
  /** Hosts that webhooks may go to although their addresses are not public. Lower case. */
  readonly webhookHosts: readonly string[];
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Requests a minute that get a line in the log; the rest of them are counted in one. */
  readonly logRequests: number;
  readonly keep: Retention;
  /** Of ended jobs. */
  readonly keepJobs: { readonly days: number; readonly stateBytes: number };
  /** Milliseconds that running requests get to finish after SIGTERM. */
  readonly shutdownGrace: number;
}

const INFERENCE = ['local', 'remote'] as const;

type Setting = keyof typeof SETTINGS;

const SETTINGS = {
  HOST: 'address to listen on (127.0.0.1)',
  PORT: 'port, 0 picks a free one (3000)',
  DATA_DIR: 'embedded database, runs, trained checkpoints (./data)',
  CHECKPOINTS_DIR: 'shipped checkpoints, read-only (./checkpoints)',
  DATABASE_URL: 'postgres://… to use instead of the embedded database',
  ADMIN_KEY: 'an API key of the scope admin that is there from the start (none)',
  STORE_URL: 's3://bucket/prefix for what several machines share (DATA_DIR)',
  STORE_CACHE_MB: 'most megabytes of its files that are kept on this disk (4096)',
  ENGINES_DIR: 'optional engines, see npm run setup:cuda (./engines)',
  DEVICE: `${DEVICES.join(', ')} (auto)`,
  ENGINE: `${ENGINES.join(', ')} (auto)`,
  PRECISION: `${PRECISIONS.join(', ')}: int8 is faster; auto takes it for large weights alone (auto)`,
  THREADS: 'compute threads (one per core)',
  INFERENCE: 'where the models run: local, or remote in workers (npm run inference) (local)',
  WORKER_ADDRESS: 'host:port at which servers reach an inference worker (where it listens)',
  WORKERS: 'worker processes for training jobs, 0 for none (1)',
  WORKER_LABELS: 'what the workers have, for jobs that need it, separated by commas (the device)',
  WORKER_MEMORY_MB: 'megabytes that a training job may need of them (those of the device)',
  TRAIN_THREADS: 'compute threads of a training job (half of the cores)',
  RATE_LIMIT: 'requests a minute that an API key may make (600)',
  ALLOWED_HOSTS: 'names that the server is reached by without keys, beside localhost (none)',
  CORS_ORIGINS: 'origins whose web pages may use the server, separated by commas (none)',
  TRUST_PROXY: 'whose X-Forwarded headers count: addresses, a number of proxies, true (nobody)',
  MODELS: 'ids of the models to load at start, separated by commas',
  IMAGE_HOSTS: 'hosts that images may be fetched from, separated by commas (none)',
  WEBHOOK_HOSTS: 'private hosts that webhooks may go to, separated by commas (none)',
  LOG_LEVEL: `${LOG_LEVELS.join(', ')} (info)`,
  LOG_REQUESTS: 'requests a minute that get a line in the log, the rest are counted (60)',
  KEEP_DAYS: 'days that runs and their pictures are kept (30)',
  KEEP_RUNS: 'most runs that are kept (100000)',
  KEEP_IMAGES_MB: 'most megabytes of stored pictures (1024)',
  KEEP_ANSWERS_MB: 'most megabytes of answers to Idempotency-Keys, each kept for a day (256)',
  KEEP_JOB_DAYS: 'days after its end that a job keeps its saved states and every metric (30)',
  KEEP_STATES_MB: 'most megabytes of saved states of ended jobs (10240)',
  SHUTDOWN_GRACE: 'seconds that running requests get to finish (10)',
} as const;

/** What nobody else may read: `<NAME>_FILE` names a file that has it, as orchestrators hand secrets over. */
const SECRETS: readonly Setting[] = ['DATABASE_URL', 'ADMIN_KEY'];
/** The same of what libraries read from the environment by themselves. */
const SECRETS_OF_LIBRARIES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'OTEL_EXPORTER_OTLP_HEADERS',
];
/** What random bytes of 128 bits are long, written in any way. */
const LEAST_KEY = 32;

const flagOf = (name: string) => name.toLowerCase().replaceAll('_', '-');

/** Flags that every command takes: `data-dir` is DATA_DIR, and so on. */
export const configFlags: readonly string[] = Object.keys(SETTINGS).map(flagOf);

/** The settings for a command's --help. */
export const configHelp = Object.entries(SETTINGS)
  .map(([name, text]) => `  --${flagOf(name).padEnd(18)}${name.padEnd(17)}${text}`)
  .join('\n');

function secretFile(env: NodeJS.ProcessEnv, name: string, faults: string[]): string | undefined {
  const path = env[`${name}_FILE`]?.trim();
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = `${name}_FILE is "${path}", which cannot be read (${code}).`;
    if (!faults.includes(why)) faults.push(why);
    return undefined;
  }
}

/**
 * Secrets of libraries that come in files are put into the environment.
 * @param flags values of {@link configFlags}; other keys are ignored.
 * @throws UsageError that lists every bad value at once.
 */
export function readConfig(env: NodeJS.ProcessEnv, flags: Record<string, unknown> = {}): Config {
  const faults: string[] = [];
  const secretFrom = (name: Setting): string | undefined =>
    SECRETS.includes(name) ? secretFile(env, name, faults) : undefined;
  for (const name of SECRETS_OF_LIBRARIES) {
    const secret = env[name] ? undefined : secretFile(env, name, faults);
    // For the processes that this one starts, too.
    if (secret) env[name] = secret.trim();
  }
  const raw = (name: Setting): string | undefined => {
    const flag = flags[flagOf(name)];
    const value = typeof flag === 'string' ? flag : env[name] || secretFrom(name);
    // An empty variable is how compose files and shells say "not set".
    return value === undefined || value.trim() === '' ? undefined : value.trim();
  };
  const fault = (name: Setting, value: string, wanted: string) =>
    faults.push(`${name} is "${value}"; it must be ${wanted}.`);

  const integer = (name: Setting, fallback: number, least: number, most: number): number => {
    const value = raw(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    fault(name, value, `a whole number from ${least} to ${most}`);
    return fallback;
  };
  const oneOf = <T extends string>(name: Setting, choices: readonly T[], fallback: T): T => {
    const value = raw(name);
    if (value === undefined) return fallback;
    const choice = choices.find((c) => c === value.toLowerCase());
    if (choice === undefined) fault(name, value, `one of ${choices.join(', ')}`);
    return choice ?? fallback;
  };
  const url = (name: Setting): string | undefined => {
    const value = raw(name);
    if (value === undefined) return undefined;
    // The value may hold a password: it is not repeated.
    if (!/^postgres(ql)?:\/\/./.test(value) || !URL.canParse(value)) {
      faults.push(`${name} must be a postgres:// or postgresql:// address.`);
    }
    return value;
  };
  const adminKey = (): string | undefined => {
    const value = raw('ADMIN_KEY');
    if (value !== undefined && !(value.length >= LEAST_KEY && /^[\x21-\x7e]+$/.test(value))) {
      faults.push(`ADMIN_KEY must be ${LEAST_KEY} visible ASCII characters at least, random ones.`);
    }
    return value;
  };
  const store = (): string | undefined => {
    const value = raw('STORE_URL');
    const wanted = value && storeUrlFault(value);
    if (value && wanted) fault('STORE_URL', value, wanted);
    return value;
  };
  const seconds = (name: Setting, fallback: number): number => {
    const value = raw(name);
    if (value === undefined) return fallback * 1000;
    const number = Number(value);
    if (/^\d+(\.\d+)?$/.test(value) && number <= 3600) return number * 1000;
    fault(name, value, 'a number of seconds from 0 to 3600');
    return fallback * 1000;
  };

  const list = (name: Setting): string[] | undefined =>
    raw(name)
      ?.split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
  const hostNames = (name: Setting): string[] => {
    const names = (list(name) ?? []).map((host) => host.toLowerCase());
    const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
    // The last label of a name has a letter: numbers are addresses.
    const good = new RegExp(`^(${label}\\.)*(?=.*[a-z])${label}$`);
    const bad = names.filter((host) => !good.test(host) || /^[\d.]+$/.test(host));
    if (bad.length > 0) fault(name, bad.join(', '), 'names of hosts, without scheme, port or path');
    return names;
  };

  const allowedHosts = (): string[] => {
    const names = (list('ALLOWED_HOSTS') ?? []).map((name) => name.toLowerCase().replace(/^\[|\]$/g, ''));
    const bad = names.filter((name) => isIP(name) === 0 && !/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name));
    if (bad.length > 0)
      fault('ALLOWED_HOSTS', bad.join(', '), 'names or addresses, without scheme, port or path');
    return names;
  };
  const corsOrigins = (): string[] => {
    const origins = (list('CORS_ORIGINS') ?? []).map((origin) => origin.toLowerCase());
    const isOrigin = (text: string) =>
      URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
    const bad = origins.filter((origin) => origin !== '*' && !isOrigin(origin));
    if (bad.length > 0) {
      fault('CORS_ORIGINS', bad.join(', '), 'origins such as https://app.example.org, without a path');
    }
    // Every page of the web could then steer a server that needs no key.
    if (origins.includes('*') && isLoopback(host)) {
      fault('CORS_ORIGINS', '*', 'origins by name while no keys are needed');
    }
    return origins;
  };
  const workerLabels = (): string[] => {
    const labels = list('WORKER_LABELS') ?? [];
    const bad = labels.filter((label) => !isLabel(label));
    if (bad.length > 0) {
      fault('WORKER_LABELS', bad.join(', '), 'names of at most 32 of a-z, 0-9, ".", "_", "-", by commas');
    }
    return [...new Set(labels)];
  };
  const workerAddress = (): string | undefined => {
    const value = raw('WORKER_ADDRESS');
    if (value === undefined) return undefined;
    const url = `http://${value}`;
    const plain = URL.canParse(url) && !/[/?#@]/.test(value) && /:\d+$/.test(value);
    if (!plain) fault('WORKER_ADDRESS', value, 'a name or address and a port, such as 10.0.0.7:3100');
    return value;
  };
  const trustProxy = (): Config['trustProxy'] => {
    const value = raw('TRUST_PROXY')?.toLowerCase();
    if (value === undefined || value === 'false' || value === '0') return undefined;
    if (value === 'true') return true;
    if (/^\d$/.test(value)) return Number(value);
    const entries = value.split(',').map((entry) => entry.trim());
    const isKnown = (entry: string) =>
      ['loopback', 'linklocal', 'uniquelocal'].includes(entry) ||
      isIP(entry) !== 0 ||
      ipaddr.isValidCIDR(entry);
    if (!entries.every(isKnown)) {
      const wanted = 'true, a number of proxies, or addresses and networks such as loopback, 10.0.0.0/8';
      fault('TRUST_PROXY', value, wanted);
    }
    return entries.join(', ');
  };

  const host = raw('HOST') ?? '127.0.0.1';
  const enginesDir = resolve(raw('ENGINES_DIR') ?? './engines');
  const wish = {
    device: oneOf('DEVICE', DEVICES, 'auto'),
    engine: oneOf('ENGINE', ENGINES, 'auto'),
    precision: oneOf('PRECISION', PRECISIONS, 'auto'),
    enginesDir,
  };
  let engine: EngineChoice = DEFAULT_ENGINE;
  try {
    engine = chooseEngine(wish);
  } catch (error) {
    if (!(error instanceof EngineUnavailableError)) throw error;
    faults.push(error.message);
  }

  const config: Config = {
    host,
    port: integer('PORT', 3000, 0, 65535),
    dataDir: resolve(raw('DATA_DIR') ?? './data'),
    checkpointsDir: resolve(raw('CHECKPOINTS_DIR') ?? './checkpoints'),
    databaseUrl: url('DATABASE_URL'),
    adminKey: adminKey(),
    storeUrl: store(),
    cacheBytes: integer('STORE_CACHE_MB', 4096, 1, 100_000_000) * 2 ** 20,
    enginesDir,
    engine,
    engineIsOurChoice: wish.device === 'auto',
    threads: integer('THREADS', availableParallelism(), 1, 512),
    inference: oneOf('INFERENCE', INFERENCE, 'local'),
    workerAddress: workerAddress(),
    workerLabels: workerLabels(),
    workerMemoryMb:
      raw('WORKER_MEMORY_MB') === undefined ? undefined : integer('WORKER_MEMORY_MB', 0, 1, 100_000_000),
    workers: integer('WORKERS', 1, 0, 64),
    trainThreads: integer('TRAIN_THREADS', Math.max(1, Math.floor(availableParallelism() / 2)), 1, 512),
    rateLimit: integer('RATE_LIMIT', 600, 1, 1_000_000),
    allowedHosts: allowedHosts(),
    corsOrigins: corsOrigins(),
    trustProxy: trustProxy(),
    models: list('MODELS'),
    imageHosts: hostNames('IMAGE_HOSTS'),
    webhookHosts: hostNames('WEBHOOK_HOSTS'),
    logLevel: oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    logRequests: integer('LOG_REQUESTS', 60, 0, 1_000_000),
    keep: {
      days: integer('KEEP_DAYS', 30, 1, 36_500),
      runs: integer('KEEP_RUNS', 100_000, 1, 1_000_000_000),
      imageBytes: integer('KEEP_IMAGES_MB', 1024, 1, 100_000_000) * 2 ** 20,
      answerBytes: integer('KEEP_ANSWERS_MB', 256, 1, 100_000_000) * 2 ** 20,
    },
    keepJobs: {
      days: integer('KEEP_JOB_DAYS', 30, 1, 36_500),
      stateBytes: integer('KEEP_STATES_MB', 10_240, 1, 100_000_000) * 2 ** 20,
    },
    shutdownGrace: seconds('SHUTDOWN_GRACE', 10),
  };
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  return config;
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return name === 'localhost' || (ipaddr.isValid(name) && ipaddr.process(name).range() === 'loopback');
}

/** @throws UsageError when the server would be reachable from elsewhere without any key to check. */
export function refuseOpenAddress({ host }: Config, keys: number): void {
  if (isLoopback(host) || keys > 0) return;
  throw new UsageError(
    `HOST is "${host}", which other machines can reach, and there are no API keys yet, so anyone could use the ` +
      'server. Make one with "npm run keys -- create --scope infer,train", or listen on 127.0.0.1.',
  );
}
