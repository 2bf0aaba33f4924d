/** The server that a bench starts for itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export function startServer({
  dataDir,
  zoo,
  threads,
  models,
  workers,
}: {
  dataDir: string;
  zoo: string;
  threads: number;
  models: readonly string[] | undefined;
  workers: number;
}): ChildProcess {
  const flags = {
    ...{ port: 0, 'data-dir': dataDir, 'checkpoints-dir': zoo, workers, threads, 'log-level': 'info' },
    ...(models && { models: models.join() }),
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return spawn(process.execPath, [...process.execArgv, process.argv[1]!, 'serve', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The address that the server prints, once it is ready. */
export async function listening(server: ChildProcess): Promise<string> {
  let text = '';
  server.stdout!.on('data', (chunk) => {
    if (text.length < 100_000) text += chunk;
  });
  for (;;) {
    const url = /listening on (http:\/\/[\d.:]+)/.exec(text)?.[1];
    if (server.exitCode !== null) throw new Error(`the server ended: ${text}`);
    if (url !== undefined && (await fetch(`${url}/health/ready`)).ok) return url;
    await sleep(100);
  }
}

/** The process of its database; undefined while there is none. */
export async function postmaster(dataDir: string): Promise<number | undefined> {
  const [version] = await readdir(join(dataDir, 'postgres')).then(
    (names) => names.filter((name) => /^\d+$/.test(name)),
    () => [],
  );
  if (version === undefined) return undefined;
  const file = join(dataDir, 'postgres', version, 'cluster', 'postmaster.pid');
  return readFile(file, 'utf8').then(
    (text) => Number(text.split('\n')[0]),
    () => undefined,
  );
}
