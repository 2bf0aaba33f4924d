/** What a run found, for people. */
import { cpus, loadavg } from 'node:os';
import { BACK_MS, PROMOTED_MS, type Recovery } from './checks.ts';

export interface Round {
  round: number;
  cause: string;
  /** Milliseconds that it lasted. */
  lasted: number;
  recovery: Recovery;
  /** Milliseconds from a promotion until all servers answered with it. */
  promoted: number | undefined;
  /** Requests that were refused and asked again: by those whom it concerned, by the others, and in calm. */
  refused: { concerned: number; others: number; calm: number };
  /** Acknowledged so far. */
  runs: number;
  jobs: number;
  /** Processes that wanted to compute, of the whole machine, over the last minute. */
  load: number;
}

export interface Report {
  seed: string;
  clients: number;
  store: string;
  rounds: Round[];
  /** Task → median milliseconds of an answer while nothing happened, and how many. */
  calm: Record<string, { answers: number; medianMs: number }>;
  violations: string[];
  minutes: number;
}

/** The slowest of what must be back. */
export function backAfter({ servers, jobs, inference }: Recovery): number | undefined {
  const all = [...Object.values(servers), jobs, inference];
  return all.includes(undefined) ? undefined : Math.max(...(all as number[]));
}

const seconds = (ms: number | undefined) => (ms === undefined ? 'never' : (ms / 1000).toFixed(1));

export function markdown({ seed, clients, store, rounds, calm, violations, minutes }: Report): string {
  const late = rounds.filter(({ recovery }) => (backAfter(recovery) ?? Number.POSITIVE_INFINITY) > BACK_MS);
  const promotions = rounds.flatMap(({ promoted }) => promoted ?? []);
  const slow = promotions.filter((ms) => ms > PROMOTED_MS);
  return [
    `${rounds.length} rounds in ${minutes.toFixed(0)} minutes, seed \`${seed}\`, ${clients} clients, store: ${store}, ` +
      `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, load ${loadavg()[0]!.toFixed(1)} at the end`,
    '',
    '| | cause | servers back, s | inference workers back, s | jobs in hand, s | past their step, s | promoted on all, s | refused there / elsewhere | load |',
    '|---:|---|---:|---:|---:|---:|---:|---:|---:|',
    ...rounds.map(({ round, cause, recovery, promoted, refused, load }) => {
      const servers = Object.values(recovery.servers);
      const slowest = servers.includes(undefined) ? undefined : Math.max(...(servers as number[]));
      const cells = [
        seconds(slowest),
        seconds(recovery.inference),
        seconds(recovery.jobs),
        seconds(recovery.steps),
      ];
      const all = promoted === undefined ? '' : seconds(promoted);
      return `| ${round} | ${cause} | ${cells.join(' | ')} | ${all} | ${refused.concerned} / ${refused.others} | ${load.toFixed(1)} |`;
    }),
    '',
    '| task | answers in calm | median, ms |',
    '|---|---:|---:|',
    ...Object.entries(calm).map(
      ([task, { answers, medianMs }]) => `| ${task} | ${answers} | ${Math.round(medianMs)} |`,
    ),
    '',
    `- acknowledged: ${rounds.at(-1)?.runs ?? 0} runs, ${rounds.at(-1)?.jobs ?? 0} jobs`,
    `- back later than ${BACK_MS / 1000} s: ${late.length} of ${rounds.length} rounds`,
    `- promotions that not all answered within ${PROMOTED_MS / 1000} s: ${slow.length} of ${promotions.length}`,
    `- refused in calm: ${rounds.reduce((sum, { refused }) => sum + refused.calm, 0)}`,
    `- violations: ${violations.length}`,
    ...violations.map((text) => `  - ${text}`),
    '',
  ].join('\n');
}
