/**
 * Hosts that the run makes itself: each a network namespace with an address, a host name and a disk of its own, all of
 * them on one bridge. Everything is made inside namespaces that this process was started in (see run.ts), so that no
 * address, mount or process outlives it, and nothing leaves the machine.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BRIDGE = 'switch';
const NETWORK = '10.77.0';

export interface Host {
  readonly name: string;
  readonly address: string;
  /** A file system of its own. */
  readonly disk: string;
  /** Runs a program there; what it says goes to its log. */
  spawn(command: readonly string[], env: Record<string, string>, log: string): ChildProcess;
  /** Pulls the cable. */
  cut(): void;
  join(): void;
  /** Takes all space that is left. */
  fill(): void;
  /** Gives it back. */
  empty(): void;
}

export function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

/** The switch, and an address on it for whoever asks: this process. */
export function makeSwitch(): void {
  run('ip', 'link', 'set', 'lo', 'up');
  run('ip', 'link', 'add', BRIDGE, 'type', 'bridge');
  run('ip', 'addr', 'add', `${NETWORK}.1/24`, 'dev', BRIDGE);
  run('ip', 'link', 'set', BRIDGE, 'up');
}

/** @param number the last part of its address; @param megabytes of its disk */
export async function makeHost(root: string, name: string, number: number, megabytes: number): Promise<Host> {
  const address = `${NETWORK}.${number}`;
  const disk = join(root, name);
  mkdirSync(disk, { recursive: true });
  run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', disk);
  // It holds the namespaces open.
  const holder = spawn('unshare', ['--net', '--uts', 'sleep', 'infinity'], { stdio: 'ignore' });
  const inside = (...command: string[]) => ['-t', String(holder.pid), '-n', '-u', '--', ...command];
  const cable = `port${number}`;
  while (!isApart(inside('readlink', '/proc/self/ns/net'))) await sleep(20);
  run('ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(holder.pid));
  run('ip', 'link', 'set', cable, 'master', BRIDGE, 'up');
  run('nsenter', ...inside('hostname', name));
  run('nsenter', ...inside('ip', 'link', 'set', 'lo', 'up'));
  run('nsenter', ...inside('ip', 'addr', 'add', `${address}/24`, 'dev', 'eth0'));
  run('nsenter', ...inside('ip', 'link', 'set', 'eth0', 'up'));
  const filling = join(disk, '.filling');
  return {
    name,
    address,
    disk,
    spawn(command, env, log) {
      const output = openSync(log, 'a');
      // A session of its own, as a service manager gives it: the kernel shares processors among sessions.
      return spawn('nsenter', inside('setsid', ...command), {
        cwd: disk,
        env,
        stdio: ['ignore', output, output],
      });
    },
    cut: () => run('ip', 'link', 'set', cable, 'down'),
    join: () => run('ip', 'link', 'set', cable, 'up'),
    fill() {
      // Whoever writes meanwhile takes some of it: what is left then is a few pages.
      for (let tries = 0; tries < 5; tries++) {
        const { bavail, bsize } = statfsSync(disk);
        if (bavail === 0) return;
        spawnSync('fallocate', ['-o', String(tries * 2 ** 40), '-l', String(bavail * bsize), filling]);
      }
    },
    empty: () => rmSync(filling, { force: true }),
  };
}

/** Whether the namespaces are there yet. */
function isApart(command: string[]): boolean {
  const own = spawnSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' }).stdout;
  const { status, stdout } = spawnSync('nsenter', command, { encoding: 'utf8' });
  return status === 0 && stdout !== own;
}
