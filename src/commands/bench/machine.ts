/** What a bench ran on, for the line below its table. */
import { availableParallelism, cpus, loadavg } from 'node:os';

/** @param threads where the table is of so many */
export function machineText(threads?: number): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown';
  const used = threads === undefined ? '' : ` ${threads} threads,`;
  return `${processor}, ${availableParallelism()} cores,${used} load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}`;
}
