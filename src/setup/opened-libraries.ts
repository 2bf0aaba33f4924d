/** The libraries that TensorFlow opens by name when it sees a GPU, looked for where there may be none. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTool } from './run-tool.ts';

/** In the engine's folder, so that another machine can ask too. */
const LISTER = 'opened-libraries';

const CUDNN_PARTS = 'nvidia/cudnn/lib';

/** They come with a driver, never with a package. */
const DRIVERS = /^libcuda\.so\.1/;

interface OpenedLibrary {
  /** What of TensorFlow asks for it; cuDNN opens parts of its own. */
  readonly by: string;
  readonly name: string;
  /** Where it was found; empty when it was not. */
  readonly path: string;
  /** The loader's words. */
  readonly error: string;
}

/** @param link the flags that the binding is linked with, from the engine's folder */
export async function buildLister(folder: string, compiler: string, link: readonly string[]): Promise<void> {
  const source = fileURLToPath(new URL('./opened-libraries.cc', import.meta.url));
  const flags = ['-O1', '-std=c++17', '-rdynamic', source, '-o', join(folder, LISTER)];
  await runTool(compiler, [...flags, ...link, '-ldl']);
}

/** @throws ToolError when the lister itself does not run: a library that it is linked with is missing */
async function openedLibraries(folder: string): Promise<OpenedLibrary[]> {
  const parts = await readdir(join(folder, CUDNN_PARTS)).catch(() => [] as string[]);
  const files = parts.filter((name) => /^libcudnn_.*\.so\.\d+$/.test(name)).sort();
  const output = await runTool(
    join(folder, LISTER),
    files.map((name) => join(folder, CUDNN_PARTS, name)),
    { capture: true },
  );
  return output
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as OpenedLibrary);
}

export async function missingLibraries(
  folder: string,
): Promise<{ asked: number; missing: OpenedLibrary[]; drivers: string[] }> {
  const opened = await openedLibraries(folder);
  const absent = opened.filter(({ path }) => path === '');
  // A library of CUDA's may itself want the driver's, which the loader then names first.
  const ofDriver = (one: OpenedLibrary) => DRIVERS.test(one.error) || DRIVERS.test(one.name);
  const drivers = new Set(absent.filter(ofDriver).map(({ error }) => error.split(':')[0]!));
  return {
    asked: opened.length,
    missing: absent.filter((one) => !ofDriver(one)),
    drivers: [...drivers],
  };
}
