/** The authors' code in PyTorch (scripts/peers.py) beside ours: one measurement of each in turn, round after round. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median } from './paint-speed.ts';
import { PEER_VARIANTS, type PeerTask } from './peer-tasks.ts';

export interface Contender {
  readonly name: string;
  /** Milliseconds of one run; undefined where the contender has no such task. */
  run(task: PeerTask, batch: number): Promise<number | undefined>;
}

/** PyTorch could not be started, or gave up; the message says what to do. */
export class PeersError extends Error {}

export interface Peers {
  /** Its version, and its threads. */
  readonly about: string;
  readonly contenders: readonly Contender[];
  close(): void;
}

/**
 * @param python an interpreter that has torch and transformers
 * @param checkout of allenai/x-lxmert
 * @param demo sizes of the model of `train-demo`, as its config.json has them; all else is of the published size
 * @throws PeersError
 */
export async function openPeers(
  python: string,
  { checkout, threads, demo }: { checkout: string; threads: number; demo: object },
): Promise<Peers> {
  const script = fileURLToPath(new URL('../../scripts/peers.py', import.meta.url));
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(
    python,
    [script, checkout, String(threads), JSON.stringify(demo)],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said = (said + text).slice(-4000);
  });
  // Of an interpreter that is not there, and of one that has gone.
  child.stdin.on('error', () => {});
  const ended = Promise.race([once(child, 'error'), once(child, 'close')]).then(([why]) => {
    throw new PeersError(why instanceof Error ? why.message : said.trim() || `Python ended with code ${why}`);
  });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await Promise.race([lines.next(), ended]);
    return done ? ended : JSON.parse(value);
  };
  const { torch } = await next();
  return {
    about: `PyTorch ${torch}, ${threads} threads`,
    contenders: PEER_VARIANTS.map((variant) => ({
      name: `PyTorch, ${variant}`,
      async run(task, batch) {
        child.stdin.write(`${JSON.stringify({ task, batch, variant })}\n`);
        const { ms, finite } = await next();
        if (!finite) throw new PeersError(`PyTorch, ${variant}: ${task} gave numbers that are none`);
        return Number(ms);
      },
    })),
    close: () => child.kill(),
  };
}

/** Threads of who was measured before look out for work for that long, on the cores of who comes next. */
const SPINNING_MS = 500;

/**
 * Medians of each contender's runs, the contenders in turn so that a busy machine disturbs all of them alike.
 * @param warmUp runs that do not count: compiling takes minutes
 */
export async function comparePeers(
  contenders: readonly Contender[],
  task: PeerTask,
  batch: number,
  { runs, warmUp, onRound }: { runs: number; warmUp: number; onRound?: (round: number) => void },
): Promise<(number | undefined)[]> {
  const times: (number[] | undefined)[] = contenders.map(() => []);
  for (let round = -warmUp; round < runs; round++) {
    onRound?.(round + warmUp + 1);
    for (const [i, contender] of contenders.entries()) {
      const own = times[i];
      await sleep(SPINNING_MS);
      const ms = own && (await contender.run(task, batch));
      if (ms === undefined) times[i] = undefined;
      else if (round >= 0) own!.push(ms);
    }
  }
  return times.map((own) => own && median(own));
}
