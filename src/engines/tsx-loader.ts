/** How a process of our own is started on a `.ts` file. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Flags of Node for running `file`. Resolved from here: the working directory may be anywhere. */
export function loaderFlags(file: string): string[] {
  if (!file.endsWith('.ts')) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}
