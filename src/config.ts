/** Environment and flags → one typed, validated object. A flag wins over the variable of the same name. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { ParseArgsConfig } from 'node:util';
import { UsageError } from './errors.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export const DEVICES = ['auto', 'cpu'] as const;
export const ENGINES = ['auto', 'onnxruntime'] as const;

export interface Config {
  /** Address to listen on. Loopback only, until there are API keys. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Absolute. Embedded database, training runs, imported and trained checkpoints. */
  readonly dataDir: string;
  /** Absolute. The shipped checkpoints, never written. */
  readonly checkpointsDir: string;
  /** undefined: start (or adopt) the embedded Postgres in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly device: (typeof DEVICES)[number];
  readonly engine: (typeof ENGINES)[number];
  /** Compute threads of the inference process. */
  readonly threads: number;
  /** Ids of the models to load at start; undefined: the zoo's default. */
  readonly models: readonly string[] | undefined;
  /** Hosts that images may be fetched from. Lower case. */
  readonly imageHosts: readonly string[];
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Milliseconds that running requests get to finish after SIGTERM. */
  readonly shutdownGrace: number;
}

type Setting = keyof typeof SETTINGS;

const SETTINGS = {
  HOST: 'address to listen on (127.0.0.1)',
  PORT: 'port, 0 picks a free one (3000)',
  DATA_DIR: 'embedded database, runs, trained checkpoints (./data)',
  CHECKPOINTS_DIR: 'shipped checkpoints, read-only (./checkpoints)',
  DATABASE_URL: 'postgres://… to use instead of the embedded database',
  DEVICE: `${DEVICES.join(', ')} (auto)`,
  ENGINE: `${ENGINES.join(', ')} (auto)`,
  THREADS: 'compute threads (one per core)',
  MODELS: 'ids of the models to load at start, separated by commas',
  IMAGE_HOSTS: 'hosts that images may be fetched from, separated by commas (none)',
  LOG_LEVEL: `${LOG_LEVELS.join(', ')} (info)`,
  SHUTDOWN_GRACE: 'seconds that running requests get to finish (10)',
} as const;

const flagOf = (name: string) => name.toLowerCase().replaceAll('_', '-');

/** For `parseArgs({ options: { ...configFlags, … } })`: `--data-dir` is DATA_DIR, and so on. */
export const configFlags = Object.fromEntries(
  Object.keys(SETTINGS).map((name) => [flagOf(name), { type: 'string' }]),
) as Record<string, { type: 'string' }> satisfies ParseArgsConfig['options'];

/** The settings for a command's --help. */
export const configHelp = Object.entries(SETTINGS)
  .map(([name, text]) => `  --${flagOf(name).padEnd(18)}${name.padEnd(17)}${text}`)
  .join('\n');

/**
 * @param flags values from parseArgs with {@link configFlags}; other keys are ignored.
 * @throws UsageError that lists every bad value at once.
 */
export function readConfig(env: NodeJS.ProcessEnv, flags: Record<string, unknown> = {}): Config {
  const faults: string[] = [];
  const raw = (name: Setting): string | undefined => {
    const flag = flags[flagOf(name)];
    const value = typeof flag === 'string' ? flag : env[name];
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

  const config: Config = {
    host: raw('HOST') ?? '127.0.0.1',
    port: integer('PORT', 3000, 0, 65535),
    dataDir: resolve(raw('DATA_DIR') ?? './data'),
    checkpointsDir: resolve(raw('CHECKPOINTS_DIR') ?? './checkpoints'),
    databaseUrl: url('DATABASE_URL'),
    device: oneOf('DEVICE', DEVICES, 'auto'),
    engine: oneOf('ENGINE', ENGINES, 'auto'),
    threads: integer('THREADS', availableParallelism(), 1, 512),
    models: list('MODELS'),
    imageHosts: hostNames('IMAGE_HOSTS'),
    logLevel: oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    shutdownGrace: seconds('SHUTDOWN_GRACE', 10),
  };
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  return config;
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

/** @throws UsageError when the server would be reachable from elsewhere without any key to check. */
export function refuseOpenAddress(config: Config): void {
  if (isLoopback(config.host)) return;
  throw new UsageError(
    `HOST is "${config.host}", which other machines can reach, and this server has no API keys yet, ` +
      'so anyone could use it. Listen on 127.0.0.1 and put a proxy that checks who is asking in front of it, ' +
      'or reach it through an SSH tunnel (ssh -L 3000:127.0.0.1:3000 …).',
  );
}
