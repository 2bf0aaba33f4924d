/** How a process of our own is started on a `.ts` file. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** From 22.18 on Node strips types itself. */
const stripsTypes = Boolean((process.features as { typescript?: string | false }).typescript);

/** Flags of Node for running `file`. Resolved from here: the working directory may be anywhere. */
export function loaderFlags(file: string): string[] {
  if (!file.endsWith('.ts') || stripsTypes) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}
