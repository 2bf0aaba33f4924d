/**
 * The workers that a server starts. One that ends is replaced: at once, then after pauses that double while it dies
 * young. What it held is queued again right away, before the queue itself would notice its silence.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { newId } from '../database/ids.ts';
import { loaderFlags } from '../engines/loader-flags.ts';

const YOUNG_MS = 10_000;
const MAX_PAUSE_MS = 8_000;

export interface Workers {
  pids(): number[];
  /** They save what they run; those that take longer than `graceMs`, or than until `hurried`, are killed. */
  close(graceMs: number, hurried?: AbortSignal): Promise<void>;
  /** Ends them without waiting. */
  kill(): void;
}

export function superviseWorkers(options: {
  count: number;
  /** Arguments of the command `worker`. */
  args: readonly string[];
  /** The program; tests give their own. */
  module?: URL;
  /** Beside our own environment: what must not be seen in a list of processes. */
  env?: Record<string, string>;
  /** A worker is gone, and with it whatever it ran. */
  onGone: (worker: string) => Promise<void>;
  log: (level: 'info' | 'warn', message: string) => void;
}): Workers {
  const { count, args, env, onGone, log } = options;
  const running = new Set<ChildProcess>();
  const pauses = new Set<NodeJS.Timeout>();
  let closed = false;
  const main = fileURLToPath(options.module ?? new URL('../main.ts', import.meta.url));

  function start(youngDeaths: number): void {
    const id = newId('wrk');
    const born = Date.now();
    const child = fork(main, ['worker', '--id', id, ...args], {
      execArgv: loaderFlags(main),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    running.add(child);
    let gone = false;
    const ended = (how: string) => {
      if (gone) return;
      gone = true;
      running.delete(child);
      if (closed) return;
      log('warn', `worker ${id} ended (${how}); starting another`);
      onGone(id).catch((error) => log('warn', `what worker ${id} held was not queued again: ${error}`));
      const deaths = Date.now() - born < YOUNG_MS ? youngDeaths + 1 : 0;
      const pause = setTimeout(
        () => {
          pauses.delete(pause);
          start(deaths);
        },
        deaths < 2 ? 0 : Math.min(MAX_PAUSE_MS, 250 * 2 ** deaths),
      );
      pauses.add(pause);
    };
    child.on('exit', (code, signal) => ended(signal === null ? `exit code ${code}` : `signal ${signal}`));
    child.on('error', (error) => {
      if (child.pid === undefined) ended(error.message);
    });
  }

  const kill = () => {
    closed = true;
    for (const child of running) child.kill('SIGKILL');
  };

  for (let i = 0; i < count; i++) start(0);
  return {
    pids: () => [...running].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    kill,
    async close(graceMs, hurried) {
      closed = true;
      for (const pause of pauses) clearTimeout(pause);
      const ends = [...running].map(
        (child) =>
          new Promise<void>((resolve) => {
            const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
            hurried?.addEventListener('abort', () => child.kill('SIGKILL'));
            child.once('exit', () => {
              clearTimeout(timer);
              resolve();
            });
            child.kill('SIGTERM');
          }),
      );
      await Promise.all(ends);
    },
  };
}
