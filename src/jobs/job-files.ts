/** What a job has on disk: checkpoints, result, sample sheets, log. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isLitter } from '../litter.ts';
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

const runFolder = (dataDir: string, job: string) => join(dataDir, 'runs', job);
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * @param steps of the job, which its result is at
 * @param validated steps whose checkpoints are known by their numbers
 */
export async function listCheckpoints(
  dataDir: string,
  job: string,
  steps: number,
  validated: readonly number[],
): Promise<JobCheckpoint[]> {
  const id = (name: number | 'result') => `ckpt_${job.slice('job_'.length)}_${name}`;
  const folder = join(runFolder(dataDir, job), 'checkpoints');
  const byStep = new Map<number, JobCheckpoint>();
  for (const step of validated) {
    byStep.set(step, { id: id(step), kind: 'training', step, createdAt: null, files: [] });
  }
  for (const name of await readdir(folder).catch(() => [])) {
    const step = Number(/^step-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(step)) continue;
    const { files, createdAt } = await listFiles(join(folder, name));
    byStep.set(step, { id: id(step), kind: 'training', step, createdAt, files });
  }
  const all = [...byStep.values()].sort((a, b) => a.step - b.step);
  const { files, createdAt } = await listFiles(join(runFolder(dataDir, job), 'result'));
  if (files.length > 0) all.push({ id: id('result'), kind: 'result', step: steps, createdAt, files });
  return all;
}

async function listFiles(folder: string): Promise<{ files: JobFile[]; createdAt: Date | null }> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !isLitter(name));
  const files = await Promise.all(
    names.sort().map(async (name) => ({ name, bytes: (await stat(join(folder, name))).size })),
  );
  return { files, createdAt: files.length > 0 ? (await stat(folder)).mtime : null };
}

/** The path of a checkpoint's file; undefined when it is none of its files. */
export async function checkpointFile(
  dataDir: string,
  job: string,
  checkpoint: string,
  file: string,
): Promise<string | undefined> {
  const [, name] = /^ckpt_[a-z0-9]+_(\d+|result)$/.exec(checkpoint) ?? [];
  if (name === undefined || checkpoint !== `ckpt_${job.slice('job_'.length)}_${name}` || !SAFE.test(file))
    return;
  const run = runFolder(dataDir, job);
  const folder =
    name === 'result' ? join(run, 'result') : join(run, 'checkpoints', `step-${name.padStart(8, '0')}`);
  return existing(join(folder, file));
}

export async function listSamples(dataDir: string, job: string): Promise<JobFile[]> {
  return (await listFiles(join(runFolder(dataDir, job), 'samples'))).files.filter(({ name }) =>
    name.endsWith('.png'),
  );
}

export async function sampleFile(dataDir: string, job: string, name: string): Promise<string | undefined> {
  return SAFE.test(name) ? existing(join(runFolder(dataDir, job), 'samples', name)) : undefined;
}

const existing = async (path: string) =>
  (await stat(path).catch(() => undefined))?.isFile() === true ? path : undefined;

/** Empty before the first worker took the job. */
export const readLog = (dataDir: string, job: string): Promise<string> =>
  readFile(jobLog(dataDir, job), 'utf8').catch(() => '');

export async function removeFiles(dataDir: string, job: string): Promise<void> {
  await rm(runFolder(dataDir, job), { recursive: true, force: true });
  await rm(jobLog(dataDir, job), { force: true });
}
