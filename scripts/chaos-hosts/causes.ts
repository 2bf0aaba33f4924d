/** What happens to the hosts. Each says what it did, and returns when it is over: what comes then is recovery. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/random.ts';
import type { Cluster } from './cluster.ts';
import type { Program } from './program.ts';

export interface Cause {
  name: string;
  /** Who may be away meanwhile; undefined: everybody. */
  concerns: readonly string[] | undefined;
  /** @returns what else is wrong */
  happen(): Promise<string[] | undefined>;
}

export interface Times {
  /** Milliseconds that a host is cut off, and that the database is stopped. */
  cut: number;
  stop: number;
  /** That a disk is full. */
  full: number;
}

type Make = (cluster: Cluster, random: Random, times: Times) => Cause;

const server = ({ servers }: Cluster, random: Random) => random.pick(servers);
const inference = (cluster: Cluster, random: Random) => random.pick(cluster.inference);
/** Who has models in it. */
const hosting = ({ servers, remote, inference: workers }: Cluster, random: Random) =>
  random.pick([...servers.filter((one) => !remote.includes(one)), ...workers]);
const worker = ({ workers }: Cluster, random: Random) => random.pick(workers);

/** The servers that answer by it, or it alone. */
const concernedBy = ({ inference: workers, remote }: Cluster, victim: Program): readonly string[] =>
  workers.includes(victim) ? remote.map(({ name }) => name) : [victim.name];

/** kill -9 of a program, or of one of its processes. */
const killing =
  (what: string, whom: (cluster: Cluster, random: Random) => Program, file?: string, alone = true): Make =>
  (cluster, random) => {
    const victim = whom(cluster, random);
    return {
      name: `kill -9 of ${what} on ${victim.host.name}`,
      concerns: alone ? concernedBy(cluster, victim) : undefined,
      async happen() {
        // A training process is there when a job is.
        for (let tries = 0; tries < 100; tries++) {
          if (await victim.kill(file)) return undefined;
          await sleep(300);
        }
        return [`there was no ${what} to kill`];
      },
    };
  };

const powerCut =
  (whom: (cluster: Cluster, random: Random) => Program): Make =>
  (cluster, random) => {
    const victim = whom(cluster, random);
    return {
      name: `kill -9 of all on ${victim.host.name}`,
      concerns: concernedBy(cluster, victim),
      async happen() {
        await victim.killAll();
        return undefined;
      },
    };
  };

const cutting =
  (whom: (cluster: Cluster, random: Random) => Program, alone = true): Make =>
  (cluster, random, { cut }) => {
    const victim = whom(cluster, random);
    return {
      name: `${victim.host.name} cut off for ${cut / 1000} s`,
      concerns: alone ? concernedBy(cluster, victim) : undefined,
      async happen() {
        victim.host.cut();
        await sleep(cut);
        victim.host.join();
        return undefined;
      },
    };
  };

const filling =
  (whom: (cluster: Cluster, random: Random) => Program, alone = true): Make =>
  (cluster, random, { full }) => {
    const victim = whom(cluster, random);
    return {
      name: `disk of ${victim.host.name} full for ${full / 1000} s`,
      concerns: alone ? concernedBy(cluster, victim) : undefined,
      async happen() {
        victim.host.fill();
        await sleep(full);
        victim.host.empty();
        return undefined;
      },
    };
  };

export const CAUSES: Record<string, Make> = {
  'kill-server': killing('the server', server),
  'kill-inference': killing('the inference process', hosting, 'inference/child.ts'),
  'kill-inference-worker': killing('the inference worker', inference),
  'kill-worker': killing('the worker', worker),
  'kill-training': killing('the training process', worker, 'jobs/training-child.ts'),
  'kill-database': killing('the database', ({ database }) => database, undefined, false),
  'kill-store': killing('the store', ({ store }) => store, undefined, false),
  'power-server': powerCut(server),
  'power-inference': powerCut(inference),
  'power-worker': powerCut(worker),
  'cut-server': cutting(server),
  'cut-inference': cutting(inference),
  'cut-worker': cutting(worker),
  'cut-database': cutting(({ database }) => database, false),
  'cut-store': cutting(({ store }) => store, false),
  'stop-database': (cluster, _random, { stop }) => ({
    name: `the database stopped for ${stop / 1000} s`,
    concerns: undefined,
    async happen() {
      await cluster.database.stop('SIGINT');
      await sleep(stop);
      cluster.database.start();
      return undefined;
    },
  }),
  'fill-server': filling(server),
  'fill-worker': filling(worker),
  'fill-database': filling(({ database }) => database, false),
  'fill-store': filling(({ store }) => store, false),
  roll: (cluster) => ({
    name: 'all inference workers, servers, and workers, restarted one by one with a new version',
    concerns: undefined,
    async happen() {
      const failed = await cluster.roll();
      return failed.length > 0 ? [`not back with the new version: ${failed.join(', ')}`] : undefined;
    },
  }),
};
