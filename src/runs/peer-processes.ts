/**
 * The further processes of a run, started by the first one. Messages say who is how far; gradients go through files
 * (gradient-files.ts). A process that ends takes the run down with it: whoever goes on with it starts all again.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DirectoryDataset } from '../datasets/directory/index.ts';
import type { EngineChoice } from '../engines/choose.ts';
import { loaderFlags } from '../engines/loader-flags.ts';
import type { Part, Peers, StartPeers } from '../training/run/peers.ts';
import type { Role } from '../training/run/training-kind.ts';
import type { ZooEntry } from '../zoo/discovery.ts';
import { GradientFiles } from './gradient-files.ts';

/** What the first process has opened, and the others open too. */
export interface OpenedEngine {
  readonly choice: EngineChoice;
  readonly threads?: number;
}

/** What is known of a run that is about to train: it has been looked for, and held to what it began with. */
export interface FoundRun {
  readonly name: string;
  readonly components: readonly (readonly [Role, ZooEntry])[];
  /** Left out for scenes. */
  readonly directory?: DirectoryDataset;
}

export interface PeerOrder {
  readonly run: FoundRun;
  /** Process id of the first process. */
  readonly parent: number;
  readonly rank: number;
  readonly count: number;
  readonly dataDir: string;
  readonly checkpointsDir: string;
  readonly opened: OpenedEngine;
  /** Folder of the files. */
  readonly folder: string;
}

type Told = Pick<Part, 'metrics' | 'norm'>;

/** From the first process. */
export type ToPeer =
  | { type: 'start'; order: PeerOrder }
  | { type: 'begin' }
  /** All have written. */
  | { type: 'read'; metrics: Part['metrics'] };

type FromPeer = { type: 'ready' } | ({ type: 'written' } & Told);

interface Folders {
  readonly dataDir: string;
  readonly checkpointsDir: string;
}

export const startPeers =
  (run: FoundRun, { dataDir, checkpointsDir }: Folders, opened: OpenedEngine): StartPeers =>
  (count) =>
    new FirstOfPeers(count, (rank, folder) => ({
      ...{ run, parent: process.pid, rank, count, dataDir, checkpointsDir, opened, folder },
    }));

class FirstOfPeers implements Peers {
  readonly rank = 0;
  readonly count: number;
  readonly #folder: string;
  readonly #others: Other[];
  readonly #files: GradientFiles;
  #nameless = false;

  constructor(count: number, orderOf: (rank: number, folder: string) => PeerOrder) {
    this.count = count;
    this.#folder = mkdtempSync(join(fastFolder(), `xlxmert-zoo-gradients-${process.pid}-`));
    this.#files = new GradientFiles(this.#folder, 0, count);
    this.#others = Array.from(
      { length: count - 1 },
      (_, i) => new Other(orderOf(i + 1, this.#folder), devicesOf(i + 1)),
    );
  }

  async ready(): Promise<void> {
    await Promise.all(this.#others.map((other) => other.next('ready')));
    this.#files.openOthers();
    for (const other of this.#others) other.tell({ type: 'begin' });
  }

  async exchange({ gradients, metrics, norm }: Part): Promise<Pick<Part, 'gradients' | 'metrics'>> {
    this.#files.write(gradients);
    const told = await Promise.all(this.#others.map((other) => other.next('written')));
    // All have opened all files, which now go with the last of the processes, however it ends.
    if (!this.#nameless) rmSync(this.#folder, { recursive: true, force: true });
    this.#nameless = true;
    for (const [i, other] of told.entries()) {
      if (other.norm === norm) continue;
      throw new Error(
        `process ${i + 1} has drifted apart: its gradients had norm ${other.norm}, here ${norm}`,
      );
    }
    const all = [metrics, ...told.map((other) => other.metrics)].flat();
    for (const other of this.#others) other.tell({ type: 'read', metrics: all });
    return { gradients: this.#files.sum(gradients), metrics: all };
  }

  async close(): Promise<void> {
    await Promise.all(this.#others.map((other) => other.end()));
    this.#files.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Messages in the order in which they came. */
class Inbox<T> {
  readonly #heard: T[] = [];
  #wake: () => void = () => {};
  #end: Error | undefined;

  put(message: T): void {
    this.#heard.push(message);
    this.#wake();
  }

  /** None will come any more. */
  end(error: Error): void {
    this.#end = error;
    this.#wake();
  }

  /** @throws that of `end`, when all have been read */
  async next(): Promise<T> {
    while (this.#heard.length === 0) {
      if (this.#end) throw this.#end;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#heard.shift()!;
  }
}

class Other {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #inbox = new Inbox<FromPeer>();

  constructor(order: PeerOrder, environment: NodeJS.ProcessEnv) {
    const file = fileURLToPath(new URL('./peer-child.ts', import.meta.url));
    this.#child = fork(file, [], {
      execArgv: loaderFlags(file),
      env: { ...process.env, ...environment },
      // What it says of itself is this process's to say.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const exit = new Promise<string>((resolve) => {
      this.#child.on('error', (error) => resolve(error.message));
      this.#child.on('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    });
    this.#exited = exit.then((how) =>
      this.#inbox.end(new Error(`process ${order.rank} of the training ended with ${how}`)),
    );
    this.#child.on('message', (message: FromPeer) => this.#inbox.put(message));
    this.tell({ type: 'start', order });
  }

  tell(message: ToPeer): void {
    // An error here means that the process is going; whoever waits for it hears of it.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** @throws Error when the process has ended */
  async next<T extends FromPeer['type']>(type: T): Promise<Extract<FromPeer, { type: T }>> {
    const message = await this.#inbox.next();
    if (message.type !== type) throw new Error(`a process of the training says ${message.type}, not ${type}`);
    return message as Extract<FromPeer, { type: T }>;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

/** In a process that the first one has started. */
export class OneOfPeers implements Peers {
  readonly rank: number;
  readonly count: number;
  readonly #files: GradientFiles;
  readonly #inbox = new Inbox<ToPeer>();

  constructor({ rank, count, folder }: PeerOrder) {
    this.rank = rank;
    this.count = count;
    this.#files = new GradientFiles(folder, rank, count);
    process.on('message', (message: ToPeer) => this.#inbox.put(message));
  }

  async ready(): Promise<void> {
    tell({ type: 'ready' });
    await this.#inbox.next();
    this.#files.openOthers();
  }

  async exchange({ gradients, metrics, norm }: Part): Promise<Pick<Part, 'gradients' | 'metrics'>> {
    this.#files.write(gradients);
    tell({ type: 'written', metrics, norm });
    const message = await this.#inbox.next();
    if (message.type !== 'read') throw new Error(`the first process says ${message.type}`);
    return { gradients: this.#files.sum(gradients), metrics: message.metrics };
  }
}

const tell = (message: FromPeer) => void process.send!(message);

/** Memory where there is enough of it as a disk: containers often have 64 MB. */
function fastFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize >= ENOUGH) return '/dev/shm';
  } catch {
    // Not on this system.
  }
  return tmpdir();
}

/** Two times the gradients of 230 million weights, for eight processes. */
const ENOUGH = 16 * 2 ** 30;

/** A GPU of its own for each process, by turns where there are fewer; the first one takes the first. */
function devicesOf(rank: number): NodeJS.ProcessEnv {
  const visible = process.env.CUDA_VISIBLE_DEVICES?.split(',') ?? gpus();
  return visible.length === 0 ? {} : { CUDA_VISIBLE_DEVICES: visible[rank % visible.length]! };
}

function gpus(): string[] {
  try {
    return readdirSync('/proc/driver/nvidia/gpus').map((_, i) => String(i));
  } catch {
    return [];
  }
}
