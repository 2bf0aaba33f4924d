/** What a process that loads large models does so that memory it frees goes back to the system. */

/**
 * Environment of such a process. glibc keeps blocks of up to 32 MB that were freed, once it has seen one of them: 160
 * MiB stayed with a full-size painter. A fixed threshold maps and unmaps everything from 1 MiB on. Other C libraries
 * ignore it.
 */
export const MEMORY_ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) } as const;

/** Node's flags of such a process: `collectGarbage` needs them. */
export const MEMORY_FLAGS = ['--expose-gc'] as const;

/** Loading leaves hundreds of megabytes of weights behind that JavaScript would keep until it has use for the space. */
export function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}
