/** A program on a host, started again whenever it ends, as systemd or an orchestrator would. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf } from '../../src/commands/bench/process-tree.ts';
import type { Host } from './hosts.ts';

/** Between an end and the next start. */
const PAUSE_MS = 500;

export interface Start {
  command: readonly string[];
  env: Record<string, string>;
  /** Of its session, beside other work of the machine. */
  nice?: number;
}

export class Program {
  readonly name: string;
  readonly host: Host;
  readonly #log: string;
  #start: Start;
  #child: ChildProcess | undefined;
  #wanted = false;
  #starting: NodeJS.Timeout | undefined;
  starts = 0;

  constructor(name: string, host: Host, log: string, start: Start) {
    this.name = name;
    this.host = host;
    this.#log = log;
    this.#start = start;
  }

  start(start: Start = this.#start): void {
    this.#start = start;
    this.#wanted = true;
    this.#launch();
  }

  #launch(): void {
    if (!this.#wanted || this.#child !== undefined) return;
    this.starts++;
    const child = this.host.spawn(this.#start.command, this.#start.env, this.#log);
    this.#child = child;
    if (this.#start.nice) setTimeout(() => setSessionNiceness(child.pid!, this.#start.nice!), 200);
    child.once('exit', () => {
      this.#child = undefined;
      if (!this.#wanted) return;
      this.#starting = setTimeout(() => this.#launch(), PAUSE_MS);
    });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Ends it, and does not start it again. @param patience milliseconds until it is killed */
  async stop(signal: NodeJS.Signals, patience = 30_000): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#starting);
    const child = this.#child;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), patience);
    await ended;
    clearTimeout(timer);
  }

  /** kill -9 of it, or of a process below it whose command names the file. @returns false where there is none */
  async kill(file?: string): Promise<boolean> {
    const pid = file === undefined ? this.pid : await below(this.pid, file);
    if (pid === undefined) return false;
    process.kill(pid, 'SIGKILL');
    return true;
  }

  /** All of its processes at once. */
  async killAll(): Promise<void> {
    for (const pid of await all(this.pid)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone with its parent.
      }
    }
  }
}

/** Where the kernel shares processors among sessions, niceness within one says nothing to the others. */
function setSessionNiceness(pid: number, nice: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // Gone, or another kernel.
  }
}

async function all(pid: number | undefined): Promise<number[]> {
  if (pid === undefined) return [];
  return [pid, ...(await Promise.all((await childrenOf(pid)).map(all))).flat()];
}

async function below(pid: number | undefined, file: string): Promise<number | undefined> {
  for (const one of (await all(pid)).slice(1)) {
    try {
      if (readFileSync(`/proc/${one}/cmdline`, 'utf8').includes(file)) return one;
    } catch {
      // Ended meanwhile.
    }
  }
  return undefined;
}

/** @returns whether it held in time */
export async function until(holds: () => Promise<boolean>, ms: number, every = 200): Promise<boolean> {
  for (const end = performance.now() + ms; ; await sleep(every)) {
    if (await holds()) return true;
    if (performance.now() > end) return false;
  }
}
