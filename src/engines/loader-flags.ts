/** How a process of our own is started on a `.ts` file. */
/** From 22.18 on Node strips types itself. */
const stripsTypes = Boolean((process.features as { typescript?: string | false }).typescript);

/** Flags of Node for running `file`, wherever the working directory is. */
export function loaderFlags(file: string): string[] {
  if (!file.endsWith('.ts') || stripsTypes) return [];
  return ['--import', new URL('./types-by-tsx.mjs', import.meta.url).href];
}
