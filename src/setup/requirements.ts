/** What installing an engine needs of the machine, looked at before anything is downloaded. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TensorFlowDevice } from '../engines/installation.ts';
import { answers } from './run-tool.ts';

export const COMPILER = process.env.CXX || 'g++';
export const PYTHON = process.env.PYTHON || 'python3';

/** GiB while installing (measured: 8.4 at most with CUDA); 5.6 of them stay. CUDA's libraries are the large part. */
const DISK_GIB: Record<TensorFlowDevice, number> = { cpu: 3, cuda: 10 };

const INSTALL =
  'On Debian or Ubuntu: sudo apt-get install g++ python3 python3-pip; on Fedora: sudo dnf install gcc-c++ python3-pip.';

export interface Wanted {
  device: TensorFlowDevice;
  /** Where the engine will lie. */
  folder: string;
}

/** One sentence or two for each thing that is missing, each way of installing; empty when nothing is. */
export async function missingForNpm({ device, folder }: Wanted): Promise<string[]> {
  return [...(await missingNpm()), ...(await missingDisk(device, folder))];
}

export async function missingForWheel({ device, folder }: Wanted): Promise<string[]> {
  const faults = [...(await missingNpm()), ...(await missingDisk(device, folder))];
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    faults.push(
      `Building against a TensorFlow wheel works on Linux (x64, arm64), not on ${process.platform} ${process.arch}.`,
    );
  }
  if (!(await answers(COMPILER, ['--version']))) {
    faults.push(`There is no C++ compiler (${COMPILER}); CXX names another one. ${INSTALL}`);
  }
  if (!(await answers(PYTHON, ['--version']))) {
    faults.push(
      `There is no Python (${PYTHON}), which unpacks the wheel; PYTHON names another one. ${INSTALL}`,
    );
  } else if (!(await answers(PYTHON, ['-m', 'pip', '--version']))) {
    faults.push(`${PYTHON} has no pip, which fetches the wheel. ${INSTALL}`);
  }
  return faults;
}

async function missingNpm(): Promise<string[]> {
  if (await answers('npm', ['--version'])) return [];
  return ['There is no npm in PATH. It comes with Node.js: https://nodejs.org.'];
}

async function missingDisk(device: TensorFlowDevice, folder: string): Promise<string[]> {
  let place = folder;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = await statfs(place);
  const free = (bavail * bsize) / 2 ** 30;
  if (free >= DISK_GIB[device]) return [];
  return [
    `${place} has ${free.toFixed(1)} GiB free; this takes ${DISK_GIB[device]}. ` +
      'Make room, or set ENGINES_DIR to a folder on another disk (for the server too).',
  ];
}
