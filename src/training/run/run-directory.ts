/**
 * A training run on disk.
 *
 *   <runs>/<name>/run.json            what was asked: kind, hyperparameters, seed, command, commit
 *                 metrics.jsonl       one line a step, and one a validation
 *                 checkpoints/step-…/ state.safetensors, checkpoint.json
 *                 checkpoints/resume-…/   the same, of a step between two checkpoints; the newest one alone
 *                 samples/            contact sheets
 *                 result/             the trained checkpoint, in the zoo's layout
 *                 lock                pid and machine of the process that trains
 *
 * A kill -9 at any moment leaves a run that can be resumed: a checkpoint is a folder renamed into place when it
 * is complete, metrics of steps after the last checkpoint are cut off on resume, and a lock of a process that is
 * gone is taken over.
 */
import { randomUUID } from 'node:crypto';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { writeAtomically } from '../../atomic-files.ts';
import { makeFolder } from '../../make-folder.ts';
import { isAlive } from '../../processes.ts';
import { readSafetensors, writeSafetensors } from '../../safetensors.ts';
import type { HostTensors } from '../../tensor.ts';
import { TrainingError } from './errors.ts';

export interface RunDescription {
  kind: string;
  name: string;
  hyperparameters: Record<string, unknown>;
  seed: number;
  dataset: string;
  /** What changes with a directory's files. */
  dataset_revision?: string;
  /** Checkpoints that the run builds on, by role, and their content hashes. */
  components: Record<string, { id: string; revision: string }>;
  command: string;
  commit: string;
  engine: string;
  created: string;
}

export interface SavedState {
  step: number;
  state: HostTensors;
}

/** One line of metrics.jsonl. `step` counts finished steps. */
export type MetricsLine = { step: number } & Record<string, number | string>;

/** Who watches a run from the process that trains it. */
export interface RunObserver {
  /** Lines just written to metrics.jsonl; on resume, first of all, those that it had. */
  metrics(lines: readonly MetricsLine[]): void;
  /** A checkpoint of this step is complete on disk. */
  checkpoint(step: number): void;
  /** So is the state after this step, which a run that is killed goes on from. */
  saved?(step: number): void;
  /** What takes its time while no steps are done, and how far it is, where that is known. */
  phase?(phase: Phase, done?: number, total?: number): void;
  /** The loop has seen that it is to stop, and saves its state. */
  stopping(step: number): void;
}

/** `loading`: data set and components; `features`, `codes`, `pixels`: of pictures, which are kept for other runs. */
export type Phase = 'waiting' | 'loading' | 'features' | 'codes' | 'pixels' | 'compiling' | 'validating';

const KEPT_CHECKPOINTS = 2;
/** A lock of another machine (a shared folder) that is not renewed for this long belongs to a dead process. */
const LOCK_PATIENCE = 6_000;
const LOCK_RENEWAL = 2_000;
/** A thread, because a computation holds the event loop for seconds, and a compiler for longer. */
const RENEW = `
const { workerData: { path, every } } = require('node:worker_threads');
const { utimesSync } = require('node:fs');
setInterval(() => {
  const now = new Date();
  try { utimesSync(path, now, now); } catch {}
}, every);
`;

export class Run {
  readonly directory: string;
  readonly description: RunDescription;
  #metrics: FileHandle | undefined;
  #observer: RunObserver | undefined;
  #renewal: Worker | undefined;

  private constructor(directory: string, description: RunDescription) {
    this.directory = directory;
    this.description = description;
  }

  /** @throws TrainingError run_exists */
  static async create(runs: string, description: RunDescription): Promise<Run> {
    const directory = join(runs, description.name);
    makeFolder(runs, 'DATA_DIR/runs');
    try {
      await mkdir(directory);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      throw new TrainingError('run_exists', `There is a run "${description.name}" already.`, { cause });
    }
    const run = new Run(directory, description);
    await run.#lock();
    await writeAtomically(join(directory, 'run.json'), `${JSON.stringify(description, null, 2)}\n`);
    return run;
  }

  /** Takes up an existing run where its last checkpoint left it. @throws TrainingError run_not_found, run_in_use */
  static async resume(runs: string, name: string): Promise<Run> {
    const directory = join(runs, name);
    let description: RunDescription;
    try {
      description = JSON.parse(await readFile(join(directory, 'run.json'), 'utf8'));
    } catch (cause) {
      throw new TrainingError('run_not_found', `There is no run "${name}" to resume in ${runs}.`, { cause });
    }
    const run = new Run(directory, description);
    await run.#lock();
    for (const name of await readdir(join(directory, 'checkpoints')).catch(() => [])) {
      if (!name.startsWith('incomplete')) continue;
      await rm(join(directory, 'checkpoints', name), { recursive: true, force: true });
    }
    await run.#cutMetrics((await run.#savedStates()).at(-1)?.step ?? 0);
    return run;
  }

  /** As one of the processes that another one's run is shared with: reads it, and changes nothing. */
  static async follow(runs: string, name: string): Promise<Run> {
    const directory = join(runs, name);
    return new Run(directory, JSON.parse(await readFile(join(directory, 'run.json'), 'utf8')));
  }

  /** Tells the observer of everything from now on, and of the metrics that there are. */
  async observe(observer: RunObserver): Promise<void> {
    this.#observer = observer;
    observer.metrics(await this.metrics());
  }

  /** For the loop: it is about to save its state and to stop. */
  stopping(step: number): void {
    this.#observer?.stopping(step);
  }

  /** For whoever does something other than steps. */
  phase(phase: Phase, done?: number, total?: number): void {
    this.#observer?.phase?.(phase, done, total);
  }

  get samples(): string {
    return join(this.directory, 'samples');
  }

  get result(): string {
    return join(this.directory, 'result');
  }

  async log(lines: readonly MetricsLine[]): Promise<void> {
    this.#metrics ??= await open(join(this.directory, 'metrics.jsonl'), 'a');
    await this.#metrics.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    this.#observer?.metrics(lines);
  }

  async metrics(): Promise<MetricsLine[]> {
    const text = await readFile(join(this.directory, 'metrics.jsonl'), 'utf8').catch(() => '');
    const lines: MetricsLine[] = [];
    for (const line of text.split('\n')) {
      try {
        if (line) lines.push(JSON.parse(line));
      } catch {
        // A line that a crash cut short: the steps after the last checkpoint are run again anyway.
      }
    }
    return lines;
  }

  /** Whether the validation of the checkpoint of this step is among the metrics. */
  async isValidated(step: number): Promise<boolean> {
    return (await this.metrics()).some((line) => line.step === step && line.split === 'validation');
  }

  /** Saves the state after `step` steps, then removes all but the newest checkpoints. */
  async saveCheckpoint(step: number, state: HostTensors): Promise<void> {
    await this.#save('step', step, state);
    this.#observer?.checkpoint(step);
  }

  /** Saves the state between two checkpoints, in place of the one before: a run that is killed goes on from it. */
  async saveResumePoint(step: number, state: HostTensors): Promise<void> {
    await this.#save('resume', step, state);
    this.#observer?.saved?.(step);
  }

  async #save(purpose: Purpose, step: number, state: HostTensors): Promise<void> {
    // A name of its own: should two processes ever work here, neither completes the other's half.
    const incomplete = join(this.#checkpoints, `incomplete-${randomUUID()}`);
    try {
      await mkdir(incomplete, { recursive: true });
      await writeSafetensors(join(incomplete, 'state.safetensors'), state);
      await writeFile(join(incomplete, 'checkpoint.json'), `${JSON.stringify({ step })}\n`);
      const folder = join(this.#checkpoints, folderOf(purpose, step));
      await rm(folder, { recursive: true, force: true });
      await rename(incomplete, folder);
    } catch (error) {
      await rm(incomplete, { recursive: true, force: true }).catch(() => {});
      throw error;
    }
    const saved = await this.#savedStates();
    const checkpoints = saved.filter((one) => one.purpose === 'step').slice(-KEPT_CHECKPOINTS);
    for (const old of saved) {
      // A state to go on from is of use while it is the newest of all.
      if (checkpoints.includes(old) || old === saved.at(-1)) continue;
      await rm(join(this.#checkpoints, folderOf(old.purpose, old.step)), { recursive: true, force: true });
    }
  }

  /** The newest state, of a checkpoint or between two. */
  async lastSaved(): Promise<SavedState | undefined> {
    const last = (await this.#savedStates()).at(-1);
    if (last === undefined) return undefined;
    const path = join(this.#checkpoints, folderOf(last.purpose, last.step), 'state.safetensors');
    return { step: last.step, state: (await readSafetensors(path)).tensors };
  }

  get #checkpoints(): string {
    return join(this.directory, 'checkpoints');
  }

  async close(): Promise<void> {
    await this.#metrics?.close();
    this.#metrics = undefined;
    if (!this.#renewal) return;
    await this.#renewal.terminate();
    await rm(join(this.directory, 'lock'), { force: true });
  }

  /** In the order of steps; at the same step the checkpoint comes last. */
  async #savedStates(): Promise<{ purpose: Purpose; step: number }[]> {
    const names = await readdir(this.#checkpoints).catch(() => []);
    return names
      .flatMap((name) => {
        const [, purpose, step] = /^(step|resume)-(\d+)$/.exec(name) ?? [];
        return step === undefined ? [] : [{ purpose: purpose as Purpose, step: Number(step) }];
      })
      .sort((a, b) => a.step - b.step || (a.purpose < b.purpose ? -1 : 1));
  }

  async #cutMetrics(step: number): Promise<void> {
    const kept = (await this.metrics()).filter((line) => line.step <= step);
    const text = kept.map((line) => `${JSON.stringify(line)}\n`).join('');
    await writeAtomically(join(this.directory, 'metrics.jsonl'), text);
  }

  async #lock(): Promise<void> {
    const path = join(this.directory, 'lock');
    const machine = hostname();
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        await writeFile(path, `${process.pid} ${machine}\n`, { flag: 'wx' });
        this.#renewal = new Worker(RENEW, {
          eval: true,
          execArgv: [],
          workerData: { path, every: LOCK_RENEWAL },
        });
        this.#renewal.unref();
        return;
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      }
      const [pid, owner] = (await readFile(path, 'utf8').catch(() => '0')).trim().split(' ');
      const busy =
        owner !== undefined && owner !== machine
          ? await isRenewed(path)
          : Number(pid) > 0 && Number(pid) !== process.pid && isAlive(Number(pid));
      if (busy) {
        const where = owner === undefined || owner === machine ? '' : ` on ${owner}`;
        throw new TrainingError(
          'run_in_use',
          `Process ${pid}${where} is training run "${this.description.name}".`,
        );
      }
      await rm(path, { force: true });
    }
    throw new TrainingError('run_in_use', `The run "${this.description.name}" cannot be locked.`);
  }
}

/** Another machine's processes cannot be seen, and its clock may differ: only whether the time moves counts. */
async function isRenewed(path: string): Promise<boolean> {
  const time = async () => (await stat(path).catch(() => undefined))?.mtimeMs;
  const first = await time();
  for (const end = Date.now() + LOCK_PATIENCE; Date.now() < end; await sleep(200)) {
    const now = await time();
    if (now === undefined) return false;
    if (now !== first) return true;
  }
  return false;
}

type Purpose = 'step' | 'resume';

function folderOf(purpose: Purpose, step: number): string {
  return `${purpose}-${String(step).padStart(8, '0')}`;
}
