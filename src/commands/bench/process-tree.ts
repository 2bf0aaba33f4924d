/** What a process and its descendants use of the machine; Linux only, elsewhere nothing is known. */
import { readFile } from 'node:fs/promises';

export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

/** A process, its children, theirs, and so on. */
async function treeOf(pid: number): Promise<number[]> {
  const below = await Promise.all((await childrenOf(pid)).map(treeOf));
  return [pid, ...below.flat()];
}

/** Linux counts processor time in hundredths of a second for programs, whatever it does inside. */
const TICKS_A_SECOND = 100;

interface Used {
  /** Seconds of processor time since the start. */
  cpu: number;
  /** MiB resident, shared pages counted once. */
  resident: number;
}

/** @param pids of the roots */
export async function usedBy(...pids: number[]): Promise<Used> {
  const all = new Set((await Promise.all(pids.map(treeOf))).flat());
  const used = { cpu: 0, resident: 0 };
  for (const pid of all) {
    // One that ended meanwhile has none.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // Behind the command's name, which may hold anything: utime and stime are the 14th and 15th field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    used.cpu += (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND;
    const memory = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    used.resident += Number(/^Pss:\s+(\d+)/m.exec(memory)?.[1] ?? 0) / 1024;
  }
  return used;
}
