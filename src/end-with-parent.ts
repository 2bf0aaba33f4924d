/** A process that is of no use without the one that has started it. */
import { Worker } from 'node:worker_threads';

/** A thread, because a computation holds the event loop for seconds, and a compiler for longer. */
const WATCH = `
const { workerData: { parent, litter } } = require('node:worker_threads');
const { rmSync } = require('node:fs');
setInterval(() => {
  if (process.ppid === parent) return;
  if (litter) try { rmSync(litter, { recursive: true, force: true }); } catch {}
  process.kill(process.pid, 'SIGKILL');
}, 200);
`;

/**
 * Ends this process within moments of its parent's end, in the middle of a computation too.
 * @param litter a folder that goes with the parent
 */
export function endWithParent(parent: number, litter?: string): void {
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  new Worker(WATCH, { eval: true, execArgv: [], workerData: { parent, litter } }).unref();
}
