/** What runs where: one database, one store, three servers, two inference and two training workers, on hosts of their own. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { accountFor } from '../../src/database/embedded/account.ts';
import { type Host, makeHost, makeSwitch } from './hosts.ts';
import { Program, type Start, until } from './program.ts';
import { makeRelease, type Release } from './releases.ts';

/** MB of each disk: what Postgres and the store grow to in an hour, and a promoted model or two beside a job's states. */
const DISKS = { database: 1024, store: 3072, server: 320, inference: 320, worker: 640 };
const BUCKET = 'zoo';
/** The smallest of all that do the four tasks. */
const CHECKPOINTS = [
  'x-lxmert/scenes',
  'x-lxmert-vqa/scenes',
  'x-lxmert-nlvr2/scenes',
  'generator/scenes',
  'grid-encoder/scenes',
  'visual-vocabulary/scenes',
];
/** Servers without models in them. */
const REMOTE = ['server-3'];
/** Longest time until everything runs on a busy machine. */
const PATIENCE = 300_000;

export interface Cluster {
  readonly servers: readonly Program[];
  /** Those of them whose models run in the inference workers. */
  readonly remote: readonly Program[];
  readonly inference: readonly Program[];
  /** For training. */
  readonly workers: readonly Program[];
  readonly database: Program;
  readonly store: Program;
  /** Whether what the store has outlives its process. */
  readonly storeLasts: boolean;
  readonly storeName: string;
  readonly key: string;
  readonly s3: S3Client;
  readonly bucket: string;
  release(): Release;
  /** Makes the next one, and restarts inference workers, servers, and workers, one after the other. @returns what did not come back */
  roll(): Promise<string[]>;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

type Role = 'serve' | 'inference' | 'worker';

export const urlOf = (server: Program) => `http://${server.host.address}:3000`;

export interface ClusterOptions {
  /** Of this checkout. */
  tree: string;
  /** For disks and copies; empty. */
  root: string;
  logs: string;
  /** A folder that has `initdb` and `postgres`. */
  postgres: string;
  /** Niceness of all but the workers. */
  nice: number;
  say: (text: string) => void;
}

export async function startCluster({
  tree,
  root,
  logs,
  postgres,
  nice,
  say,
}: ClusterOptions): Promise<Cluster> {
  makeSwitch();
  const program = (name: string, host: Host, start: Start) =>
    new Program(name, host, join(logs, `${name}.log`), { nice, ...start });
  const key = `chaos-${randomBytes(24).toString('hex')}`;
  const secret = randomBytes(12).toString('hex');
  const base = { PATH: process.env.PATH!, HOME: root, LANG: 'C.UTF-8' };
  // What an image has in it: a start that compiles nothing.
  const compiled = { NODE_COMPILE_CACHE: join(root, 'compiled') };

  const databaseHost = await makeHost(root, 'database', 10, DISKS.database);
  const database = program('database', databaseHost, makePostgres(databaseHost, postgres, secret, base));
  database.start();

  const storeHost = await makeHost(root, 'store', 11, DISKS.store);
  const access = { id: 'zoo', secret };
  const { start, lasts, name } = storeProgram(storeHost, access, base);
  const store = program('store', storeHost, start);
  store.start();

  let release = makeRelease(tree, root, 0);
  let releases = 0;
  const checkpoints = join(root, 'checkpoints');
  for (const path of CHECKPOINTS) {
    mkdirSync(dirname(join(checkpoints, path)), { recursive: true });
    symlinkSync(join(tree, 'checkpoints', path), join(checkpoints, path));
  }
  const databaseUrl = `postgres://zoo:${secret}@${databaseHost.address}/zoo`;
  const startOf = (role: Role, host: Host): Start => ({
    command: [process.execPath, join(release.folder, 'bin/xlxmert-zoo.mjs'), role],
    // Training takes what is left.
    nice: role === 'worker' ? 0 : nice,
    env: {
      ...{ ...base, ...compiled },
      ...{ DATABASE_URL: databaseUrl, STORE_URL: `s3://${BUCKET}/main`, STORE_CACHE_MB: '64' },
      ...{ AWS_ENDPOINT_URL_S3: `http://${storeHost.address}:7070`, AWS_REGION: 'us-east-1' },
      ...{ AWS_ACCESS_KEY_ID: access.id, AWS_SECRET_ACCESS_KEY: access.secret },
      ...{ DATA_DIR: join(host.disk, 'data'), CHECKPOINTS_DIR: checkpoints },
      ...{ THREADS: '1', TRAIN_THREADS: '1', SHUTDOWN_GRACE: '10' },
      ...(role === 'serve' && {
        ...{ ADMIN_KEY: key, WORKERS: '0', RATE_LIMIT: '1000000' },
        INFERENCE: REMOTE.includes(host.name) ? 'remote' : 'local',
      }),
      ...(role !== 'worker' && { HOST: host.address, PORT: '3000' }),
    },
  });
  const onHosts = async (
    role: Role,
    kind: 'server' | 'inference' | 'worker',
    count: number,
    first: number,
  ) => {
    const made: Program[] = [];
    for (let i = 0; i < count; i++) {
      const host = await makeHost(root, `${kind}-${i + 1}`, first + i, DISKS[kind]);
      made.push(program(host.name, host, startOf(role, host)));
    }
    return made;
  };
  const servers = await onHosts('serve', 'server', 3, 21);
  const workers = await onHosts('worker', 'worker', 2, 31);
  const inference = await onHosts('inference', 'inference', 2, 41);

  const admin = { host: databaseHost.address, user: 'zoo', password: secret, connectionTimeoutMillis: 3_000 };
  const query = async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = [], name = 'zoo') => {
    const client = new pg.Client({ ...admin, database: name, query_timeout: 10_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  };
  const works = (what: () => Promise<unknown>) => () =>
    what().then(
      () => true,
      () => false,
    );
  const postgresWorks = works(() => query('SELECT 1', [], 'postgres'));
  if (!(await until(postgresWorks, PATIENCE))) throw new Error('the database does not start');
  await query('CREATE DATABASE zoo', [], 'postgres');
  const s3 = new S3Client({
    ...{ endpoint: `http://${storeHost.address}:7070`, forcePathStyle: true, region: 'us-east-1' },
    credentials: { accessKeyId: access.id, secretAccessKey: access.secret },
  });
  const bucketWorks = works(() => s3.send(new CreateBucketCommand({ Bucket: BUCKET })));
  if (!(await until(bucketWorks, PATIENCE, 500))) throw new Error('the store does not start');

  say('starting servers and workers');
  const answering = [...inference, ...servers];
  for (const one of [...answering, ...workers]) one.start();
  const ready = (server: Program) =>
    works(async () => {
      const answer = await fetch(`${urlOf(server)}/health/ready`, { signal: AbortSignal.timeout(3_000) });
      if (!answer.ok) throw new Error('not ready');
    });
  const notReady = async () => {
    const all = await Promise.all(
      answering.map(async (one) => ((await until(ready(one), PATIENCE)) ? [] : [one.name])),
    );
    return all.flat();
  };
  const late = await notReady();
  if (late.length > 0) throw new Error(`not ready: ${late.join(', ')}; their logs are in ${logs}`);

  return {
    remote: servers.filter(({ name }) => REMOTE.includes(name)),
    ...{
      servers,
      inference,
      workers,
      database,
      store,
      storeLasts: lasts,
      storeName: name,
      key,
      s3,
      bucket: BUCKET,
    },
    release: () => release,
    async roll() {
      const next = makeRelease(tree, root, ++releases);
      release = next;
      const failed: string[] = [];
      // Inference workers first: a server of the version before goes on with them.
      for (const one of answering) {
        await one.stop('SIGTERM');
        one.start(startOf(inference.includes(one) ? 'inference' : 'serve', one.host));
        if (!(await until(ready(one), 60_000))) failed.push(one.name);
      }
      for (const worker of workers) {
        await worker.stop('SIGTERM');
        worker.start(startOf('worker', worker.host));
      }
      return failed;
    },
    query,
    async close() {
      await Promise.all([...answering, ...workers].map((one) => one.stop('SIGTERM', 15_000)));
      await database.stop('SIGINT');
      await store.stop('SIGTERM');
      s3.destroy();
    },
  };
}

/** A new cluster of Postgres that other hosts may log in to. */
function makePostgres(host: Host, binaries: string, password: string, env: Record<string, string>): Start {
  const folder = join(host.disk, 'cluster');
  const { uid, gid } = accountFor(folder)!;
  mkdirSync(folder);
  chownSync(folder, uid, gid);
  const secret = join(host.disk, 'password');
  writeFileSync(secret, password);
  chownSync(secret, uid, gid);
  const as = (...command: string[]) => [
    'setpriv',
    ...[`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', ...command],
  ];
  const init = as(
    join(binaries, 'initdb'),
    ...[
      '-D',
      folder,
      '-U',
      'zoo',
      '-A',
      'scram-sha-256',
      `--pwfile=${secret}`,
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
    ],
  );
  const { status, stderr } = spawnSync(init[0]!, init.slice(1), { cwd: '/', env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`initdb: ${stderr}`);
  writeFileSync(join(folder, 'pg_hba.conf'), 'host all all all scram-sha-256\n');
  const settings = { listen_addresses: host.address, unix_socket_directories: folder, max_wal_size: '256MB' };
  return {
    command: as(
      join(binaries, 'postgres'),
      ...['-D', folder],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ),
    env,
  };
}

/** versitygw keeps objects as files, moto in memory. */
function storeProgram(
  host: Host,
  access: { id: string; secret: string },
  env: Record<string, string>,
): { start: Start; lasts: boolean; name: string } {
  const gateway = executable('VERSITYGW', 'versitygw');
  if (gateway !== undefined) {
    const objects = join(host.disk, 'objects');
    mkdirSync(objects);
    const flags = ['--access', access.id, '--secret', access.secret, '--port', `${host.address}:7070`];
    return {
      start: { command: [gateway, ...flags, 'posix', objects], env },
      ...{ lasts: true, name: 'versitygw on files' },
    };
  }
  const moto = executable('MOTO_SERVER', 'moto_server');
  if (moto === undefined) {
    throw new Error(
      'there is no S3 server: install versitygw (go install github.com/versity/versitygw/cmd/versitygw@latest) or ' +
        'moto (pip install "moto[server]"), and have it on PATH, or name it in VERSITYGW or MOTO_SERVER',
    );
  }
  return {
    start: { command: [moto, '-H', host.address, '-p', '7070'], env },
    ...{ lasts: false, name: 'moto, in memory' },
  };
}

/** Named by a variable, or on PATH. */
function executable(variable: string, name: string): string | undefined {
  const named = process.env[variable];
  if (named) return named;
  return process.env
    .PATH!.split(':')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** Debian has the programs of a server beside those of its clients. @returns a folder with `initdb` and `postgres` */
export function postgresBinaries(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...process.env.PATH!.split(':'), ...versions.map((version) => join(root, version, 'bin'))];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}
