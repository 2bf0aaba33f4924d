/**
 * Postgres's own lock file cannot see a Postgres in another container or on another machine that mounts the same folder.
 * So there is also a claim: a file whose time is renewed by who works with the folder. Starting next to another
 * machine's fresh claim is refused.
 */
import { existsSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../errors.ts';
import { machineIdentity } from '../../processes.ts';

/** Milliseconds. */
export const CLAIM_RENEWAL = 2_000;
/** A claim that is not renewed within this time belongs to a dead server. */
const CLAIM_PATIENCE = 6_000;

/** @param base where the clusters lie */
export const claimOf = (base: string) => join(base, 'claim.json');

export function renewClaim(claim: string): void {
  const now = new Date();
  const holder = machineIdentity();
  if (existsSync(claim) && readFileSync(claim, 'utf8') === holder) {
    utimesSync(claim, now, now);
  } else {
    writeFileSync(`${claim}.${process.pid}.tmp`, holder);
    renameSync(`${claim}.${process.pid}.tmp`, claim);
  }
}

/** The other machine's clock may differ from ours: only whether the time moves counts. @throws UsageError */
export async function respectClaim(claim: string): Promise<void> {
  const read = () => {
    const found = statSync(claim, { throwIfNoEntry: false });
    return found === undefined ? undefined : { holder: readFileSync(claim, 'utf8'), time: found.mtimeMs };
  };
  const first = read();
  if (first === undefined || first.holder === machineIdentity()) return;
  const end = Date.now() + CLAIM_PATIENCE;
  while (Date.now() < end) {
    await sleep(100);
    const now = read();
    if (now === undefined) return;
    if (now.time === first.time) continue;
    throw new UsageError(
      `The database is in use by a server on another machine or in another container (${first.holder.split(' ')[0]}). ` +
        'Two at once would destroy it. Stop the other server, set DATA_DIR to another folder, or give both the ' +
        'same DATABASE_URL.',
    );
  }
}
