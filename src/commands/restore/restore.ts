/** `npm run restore -- --from <folder>`. */
import { restore as restoreBackup } from '../../backup/restore.ts';
import type { GivenTo } from '../define-command.ts';
import type { restore as description } from './command.ts';

export async function restore({ flags: { from }, config }: GivenTo<typeof description>): Promise<void> {
  const place = config();
  const { contents, queued } = await restoreBackup(place, from, (level, message) => {
    if (level === 'warn') process.stderr.write(`${message}\n`);
  });
  const jobs = queued === 0 ? '' : `; ${queued} jobs wait to go on`;
  process.stdout.write(
    `restored into ${place.dataDir}, as of ${contents.created_at}${jobs}. Start: npm start\n`,
  );
}
