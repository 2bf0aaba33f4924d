/** `npm run backup -- --to <folder>`. */
import { backUp } from '../../backup/backup.ts';
import { megabytes } from '../../disk-space.ts';
import type { GivenTo } from '../define-command.ts';
import type { backup as description } from './command.ts';

export async function backup({ flags: { to }, config }: GivenTo<typeof description>): Promise<void> {
  const { tables, files } = await backUp(config(), to, (level, message) => {
    if (level === 'warn') process.stderr.write(`${message}\n`);
  });
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  process.stdout.write(
    `backed up into ${to}: ${rows} rows of ${tables.length} tables, ${files.length} files (${megabytes(bytes)})\n`,
  );
}
