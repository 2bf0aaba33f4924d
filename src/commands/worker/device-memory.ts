/** How much memory the device has that a worker computes on. */
import { execFile } from 'node:child_process';
import { totalmem } from 'node:os';
import { promisify } from 'node:util';
import type { EngineChoice } from '../../engines/choose.ts';

const MB = 2 ** 20;
const PATIENCE = 10_000;

/** @returns megabytes (2^20) */
export async function deviceMemory({ device }: EngineChoice): Promise<number> {
  if (device !== 'cuda') return hostMemory();
  // Without it the driver's tool is not there, or not in a container: the GPU's memory is then somebody's to tell.
  return (await gpuMemory().catch(() => undefined)) ?? hostMemory();
}

/** What a container may use, where it may not use all. */
function hostMemory(): number {
  const limit = process.constrainedMemory();
  const most = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.floor(most / MB);
}

/** Of the smallest GPU that can be seen. */
async function gpuMemory(): Promise<number | undefined> {
  const query = ['--query-gpu=memory.total', '--format=csv,noheader,nounits'];
  const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: PATIENCE });
  const sizes = stdout
    .split('\n')
    .map(Number)
    .filter((size) => size > 0);
  return sizes.length > 0 ? Math.min(...sizes) : undefined;
}
