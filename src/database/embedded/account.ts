/**
 * Postgres refuses to run as root. Started by root, it runs as another account of this machine; that account
 * may be unable to enter the folders that root uses (a home directory with mode 0700), so callers ask first.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, type Stats, statSync } from 'node:fs';
import { UsageError } from '../../errors.ts';

/** undefined: the account that this process runs as. */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

/**
 * @param clusterFolder when it exists, its owner is the account: only the owner may open it.
 * @throws UsageError when the cluster belongs to somebody whom this process cannot become.
 */
export function accountFor(clusterFolder: string): Account {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  const owner = statOrUndefined(clusterFolder);
  if (uid !== 0) {
    if (owner !== undefined && owner.uid !== uid) {
      throw new UsageError(
        `The database in ${clusterFolder} belongs to user id ${owner.uid}, not to you. Start the server as the ` +
          'user who made it, or set DATA_DIR to another folder.',
      );
    }
    return undefined;
  }
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = accounts.find((line) => line.startsWith(`${name}:`))?.split(':');
    // macOS writes nobody's id as -2.
    if (fields !== undefined) return { uid: Number(fields[2]) >>> 0, gid: Number(fields[3]) >>> 0 };
  }
  throw new UsageError(
    'Postgres does not run as root and there is no user "postgres" or "nobody" to run it as. Start the server ' +
      'as an ordinary user, or set DATABASE_URL.',
  );
}

/** Whether the account can enter a folder: asked of the kernel, because modes alone miss ACLs and mounts. */
export function canEnter(folder: string, account: Account): boolean {
  if (account === undefined) return true;
  const { status } = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], {
    ...account,
    cwd: '/',
    stdio: 'ignore',
  });
  return status === 0;
}

function statOrUndefined(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
