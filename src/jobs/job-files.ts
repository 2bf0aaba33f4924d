/** What a job has made: checkpoints, result, sample sheets, log. On this disk, or in the store. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../errors.ts';
import { isLitter } from '../litter.ts';
import { LOG, lastStep, type StoredRuns } from './stored-runs.ts';
import { jobLog } from './worker.ts';

export interface JobFile {
  name: string;
  bytes: number;
}

export interface JobCheckpoint {
  /** `ckpt_`, the job's ULID, and the step or `result`. */
  id: string;
  kind: 'training' | 'result';
  step: number;
  createdAt: Date | null;
  /** None: the numbers are still there, the files made room for newer ones. */
  files: JobFile[];
}

/** The folder of a job's run, wherever it is read. */
export interface JobFolder {
  /** Names of the folders in one of its folders. */
  folders(below: string): Promise<string[]>;
  files(below: string): Promise<{ files: JobFile[]; createdAt: Date | null }>;
  /** Where a file can be read; undefined when there is none. */
  path(file: string): Promise<string | undefined>;
  /** Empty before the first worker took the job. */
  log(): Promise<string>;
}

const runFolder = (dataDir: string, job: string) => join(dataDir, 'runs', job);
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** On this disk, unless the store has a later state of it. */
export async function openJobFolder(dataDir: string, job: string, runs?: StoredRuns): Promise<JobFolder> {
  const stored = await runs?.get(job);
  const local = localFolder(dataDir, job);
  if (stored === undefined) return local;
  const here = await lastStep(runFolder(dataDir, job));
  return here !== undefined && here >= stored.step ? local : storedFolder(stored, runs!);
}

function localFolder(dataDir: string, job: string): JobFolder {
  const root = runFolder(dataDir, job);
  return {
    folders: (below) => readdir(join(root, below)).catch(() => []),
    async files(below) {
      const folder = join(root, below);
      const names = (await readdir(folder).catch(() => [])).filter((name) => !isLitter(name));
      const files = await Promise.all(
        names.sort().map(async (name) => ({ name, bytes: (await stat(join(folder, name))).size })),
      );
      return { files, createdAt: files.length > 0 ? (await stat(folder)).mtime : null };
    },
    async path(file) {
      const path = join(root, file);
      return (await stat(path).catch(() => undefined))?.isFile() === true ? path : undefined;
    },
    log: () => readFile(jobLog(dataDir, job), 'utf8').catch(() => ''),
  };
}

function storedFolder(
  { files, storedAt }: NonNullable<Awaited<ReturnType<StoredRuns['get']>>>,
  runs: StoredRuns,
): JobFolder {
  const partsIn = (below: string) =>
    files
      .filter(({ path }) => path.startsWith(`${below}/`))
      .map(({ path, bytes }) => ({ parts: path.slice(below.length + 1).split('/'), bytes }));
  const path = async (wanted: string) => {
    const file = files.find((one) => one.path === wanted);
    if (file === undefined) return undefined;
    return runs.file(file).catch((cause) => {
      throw new CodedError('store_unavailable', undefined, { cause });
    });
  };
  return {
    folders: async (below) => [
      ...new Set(partsIn(below).flatMap(({ parts }) => (parts.length > 1 ? [parts[0]!] : []))),
    ],
    async files(below) {
      const found = partsIn(below).filter(({ parts }) => parts.length === 1);
      return {
        files: found.map(({ parts, bytes }) => ({ name: parts[0]!, bytes })),
        createdAt: found.length > 0 ? storedAt : null,
      };
    },
    path,
    async log() {
      const file = await path(LOG);
      return file === undefined ? '' : readFile(file, 'utf8');
    },
  };
}

/**
 * @param steps of the job, which its result is at
 * @param validated steps whose checkpoints are known by their numbers
 */
export async function listCheckpoints(
  folder: JobFolder,
  job: string,
  steps: number,
  validated: readonly number[],
): Promise<JobCheckpoint[]> {
  const id = (name: number | 'result') => `ckpt_${job.slice('job_'.length)}_${name}`;
  const byStep = new Map<number, JobCheckpoint>();
  for (const step of validated) {
    byStep.set(step, { id: id(step), kind: 'training', step, createdAt: null, files: [] });
  }
  for (const name of await folder.folders('checkpoints')) {
    const step = Number(/^step-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(step)) continue;
    const { files, createdAt } = await folder.files(`checkpoints/${name}`);
    byStep.set(step, { id: id(step), kind: 'training', step, createdAt, files });
  }
  const all = [...byStep.values()].sort((a, b) => a.step - b.step);
  const { files, createdAt } = await folder.files('result');
  if (files.length > 0) all.push({ id: id('result'), kind: 'result', step: steps, createdAt, files });
  return all;
}

/** The path of a checkpoint's file; undefined when it is none of its files. */
export async function checkpointFile(
  folder: JobFolder,
  job: string,
  checkpoint: string,
  file: string,
): Promise<string | undefined> {
  const [, name] = /^ckpt_[a-z0-9]+_(\d+|result)$/.exec(checkpoint) ?? [];
  if (name === undefined || checkpoint !== `ckpt_${job.slice('job_'.length)}_${name}` || !SAFE.test(file))
    return;
  return folder.path(
    name === 'result' ? `result/${file}` : `checkpoints/step-${name.padStart(8, '0')}/${file}`,
  );
}

export async function listSamples(folder: JobFolder): Promise<JobFile[]> {
  return (await folder.files('samples')).files.filter(({ name }) => name.endsWith('.png'));
}

export async function sampleFile(folder: JobFolder, name: string): Promise<string | undefined> {
  return SAFE.test(name) ? folder.path(`samples/${name}`) : undefined;
}

export async function removeFiles(dataDir: string, job: string, runs?: StoredRuns): Promise<void> {
  await rm(runFolder(dataDir, job), { recursive: true, force: true });
  await rm(jobLog(dataDir, job), { force: true });
  await runs?.remove(job);
}
