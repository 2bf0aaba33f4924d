/** `npm run chaos:hosts -- [options]`: see README.md beside this file. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../../src/evaluation/paint-speed.ts';
import { createRandom } from '../../src/random.ts';
import { CAUSES, type Times } from './causes.ts';
import { checkEnd, checkPromotion, checkRecords, recovery, runningJobs, tidy, versions } from './checks.ts';
import { Ledger, startClients, Workload } from './clients.ts';
import { postgresBinaries, startCluster } from './cluster.ts';
import { backAfter, markdown, type Report, type Round } from './report.ts';

const HELP = `npm run chaos:hosts -- [options]

  --rounds <n>         causes, one after the other (30)
  --minutes <n>        no round begins after so many
  --seed <text>        of causes, victims and requests (the time)
  --only <cause,…>     of ${Object.keys(CAUSES).join(', ')}
  --clients <n>        (16)
  --jobs <n>           that are open at a time (3: one more than there are workers)
  --rest <ms>          that a client rests between two requests, in the mean (3000)
  --calm <s>           before each cause (8)
  --cut <s>            that a host is cut off (60)
  --stop <s>           that the database is stopped (30)
  --full <s>           that a disk is full (20)
  --nice <n>           of servers, database and store, beside other work of the machine (0)
  --out <folder>       for report and logs (chaos-hosts-report)
`;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    minutes: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(Date.now()) },
    only: { type: 'string', default: Object.keys(CAUSES).join() },
    clients: { type: 'string', default: '16' },
    jobs: { type: 'string', default: '3' },
    rest: { type: 'string', default: '3000' },
    calm: { type: 'string', default: '8' },
    cut: { type: 'string', default: '60' },
    stop: { type: 'string', default: '30' },
    full: { type: 'string', default: '20' },
    nice: { type: 'string', default: '0' },
    out: { type: 'string', default: 'chaos-hosts-report' },
    help: { type: 'boolean', short: 'h' },
  },
});

const tree = fileURLToPath(new URL('../..', import.meta.url));
const say = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
/** Set inside the namespaces: a folder for disks. */
const ROOT = 'CHAOS_HOSTS_ROOT';

if (flags.help) process.stdout.write(HELP);
else if (process.env[ROOT] === undefined) process.exitCode = await enter();
// What holds the hosts open holds this process, too.
else process.exit(await chaos(process.env[ROOT]));

/** The same once more, where network, mounts and processes are its own and end with it. */
async function enter(): Promise<number> {
  const apart = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child=KILL'];
  if (spawnSync('unshare', [...apart, 'ip', 'link', 'add', 'probe', 'type', 'bridge']).status !== 0) {
    process.stderr.write(
      'chaos:hosts needs Linux, root, and util-linux and iproute2 (unshare, nsenter, ip)\n',
    );
    return 2;
  }
  const root = mkdtempSync(join(tmpdir(), 'chaos-hosts-'));
  // Postgres runs as another user.
  chmodSync(root, 0o755);
  // The shell waits for orphans, as the first process of a machine does.
  const inside = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', [...apart, 'sh', '-c', '"$@"; exit $?', 'sh', ...inside], {
    stdio: 'inherit',
    env: { ...process.env, [ROOT]: root },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => child.kill('SIGKILL'));
  const [code] = (await once(child, 'exit')) as [number | null];
  rmSync(root, { recursive: true, force: true });
  return code ?? 1;
}

async function chaos(root: string): Promise<number> {
  const began = performance.now();
  const out = resolve(flags.out);
  const logs = join(out, 'logs');
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  const postgres = postgresBinaries();
  if (postgres === undefined) throw new Error('there is no Postgres with initdb: apt-get install postgresql');
  const times: Times = { cut: ms(flags.cut), stop: ms(flags.stop), full: ms(flags.full) };
  const random = createRandom(flags.seed);
  const ledger = new Ledger();
  const cluster = await startCluster({ tree, root, logs, postgres, nice: Number(flags.nice), say });
  const workload = new Workload(cluster);
  await workload.prepare();
  const count = Number(flags.clients);
  const stopClients = startClients({
    ...{ cluster, workload, ledger, count, jobs: Number(flags.jobs), rest: Number(flags.rest) },
    random: createRandom(`${flags.seed}/clients`),
  });
  const only = flags.only
    .split(',')
    .filter((name) => cluster.storeLasts || !/store$/.test(name) || name === 'cut-store');
  const report: Report = {
    ...{ seed: flags.seed, clients: count, store: cluster.storeName },
    ...{ rounds: [], calm: {}, violations: ledger.violations, minutes: 0 },
  };
  const write = () => {
    report.minutes = (performance.now() - began) / 60_000;
    for (const [task, all] of ledger.answered)
      report.calm[task] = { answers: all.length, medianMs: median(all) };
    writeFileSync(join(out, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
    writeFileSync(join(out, 'report.md'), markdown(report));
  };
  let bag: string[] = [];
  const rounds = Number(flags.rounds);
  for (
    let round = 1;
    round <= rounds && (performance.now() - began) / 60_000 < Number(flags.minutes);
    round++
  ) {
    ledger.round = round;
    ledger.phase = 'calm';
    ledger.refusals = [];
    await sleep(ms(flags.calm));
    if (bag.length === 0) bag = random.shuffle([...only]);
    const cause = CAUSES[bag.pop()!]!(cluster, random, times);
    say(`round ${round}: ${cause.name}`);
    const running = await runningJobs(cluster);
    ledger.phase = 'cause';
    const start = performance.now();
    for (const fault of (await cause.happen()) ?? []) ledger.violation(fault);
    const end = performance.now();
    ledger.phase = 'recovering';
    const recovered = await recovery(cluster, workload, ledger, end, running);
    ledger.phase = 'calm';
    await checkRecords(cluster, ledger, random);
    const promoted = await checkPromotion(cluster, workload, ledger, random);
    await tidy(cluster, ledger, random);
    const { version } = cluster.release();
    const told = await versions(cluster);
    if (told.some((one) => one !== version))
      ledger.violation(`versions ${told.join(', ')} in place of ${version}`);
    const { refusals } = ledger;
    const among = (concerned: boolean) =>
      refusals.filter(
        ({ phase, at }) => phase !== 'calm' && (cause.concerns?.includes(at) ?? true) === concerned,
      ).length;
    report.rounds.push({
      ...{ round, cause: cause.name, lasted: end - start, recovery: recovered, promoted },
      refused: {
        ...{ concerned: among(true), others: among(false) },
        calm: refusals.filter(({ phase }) => phase === 'calm').length,
      },
      ...{ runs: ledger.runs.size, jobs: ledger.jobs.size, load: loadavg()[0]! },
    } satisfies Round);
    write();
    const back = backAfter(recovered);
    say(
      `round ${round}: back after ${back === undefined ? 'never' : (back / 1000).toFixed(1)} s, steps after ` +
        `${((recovered.steps ?? Number.NaN) / 1000).toFixed(1)} s, promoted on all after ` +
        `${promoted === undefined ? '-' : (promoted / 1000).toFixed(1)} s, ${ledger.runs.size} runs, ` +
        `${ledger.violations.length} violations; refused: ${summary(refusals)}`,
    );
    for (const text of ledger.violations.filter((one) => one.startsWith(`round ${round}:`))) say(`  ${text}`);
  }
  await stopClients();
  ledger.phase = 'over';
  say('waiting for the jobs to end');
  await checkRecords(cluster, ledger, random);
  await checkEnd(cluster, ledger, 300_000);
  write();
  await cluster.close();
  process.stdout.write(markdown(report));
  return ledger.violations.length > 0 ? 1 : 0;
}

function ms(text: string): number {
  return Number(text) * 1000;
}

function summary(refusals: readonly { phase: string; at: string; what: string }[]): string {
  const counts = new Map<string, number>();
  for (const { phase, at, what } of refusals) {
    const line = `${phase} ${at} ${what}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `${count} × ${line}`).join(', ') || 'none';
}
