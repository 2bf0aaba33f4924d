/**
 * A backup: a folder with `backup.json`, which lists what else is in it, `tables/<table>.gz` (rows as Postgres's COPY
 * writes them as text, which every later version of it reads), and `files/`, a copy of what DATA_DIR holds beside the
 * database. The queue is not in it: what waits stands in the table of jobs.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { writeAtomically } from '../atomic-files.ts';
import { UsageError } from '../errors.ts';

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

const Table = Type.Object({
  name: Type.String({ pattern: '^[a-z_]+$' }),
  columns: Type.Array(Type.String({ pattern: '^[a-z_0-9]+$' })),
  rows: Type.Integer(),
  /** Of its file. */
  sha256: Sha256,
});
export type BackedUpTable = Static<typeof Table>;

const File = Type.Object({
  /** With slashes, within `files/`. */
  path: Type.String(),
  bytes: Type.Integer(),
  sha256: Sha256,
});
export type BackedUpFile = Static<typeof File>;

const Contents = Type.Object({
  format: Type.Literal(1),
  created_at: Type.String(),
  /** That the database had, in their order: its tables are made by them again. */
  migrations: Type.Array(Type.Object({ name: Type.String(), checksum: Sha256 })),
  tables: Type.Array(Table),
  files: Type.Array(File),
});
export type Contents = Static<typeof Contents>;

const NAME = 'backup.json';
export const filesIn = (backup: string) => join(backup, 'files');
export const tableFile = (backup: string, table: string) => join(backup, 'tables', `${table}.gz`);

export const writeContents = (backup: string, contents: Contents): Promise<void> =>
  writeAtomically(join(backup, NAME), `${JSON.stringify(contents, undefined, 1)}\n`);

/** @throws UsageError when the folder is no backup, or one that this version does not know */
export async function readContents(backup: string): Promise<Contents> {
  const refuse = (why: string, cause?: unknown) => new UsageError(`${backup} ${why}`, { cause });
  const text = await readFile(join(backup, NAME), 'utf8').catch((error) => {
    throw refuse(`is no backup: it has no ${NAME} (${error.code}).`, error);
  });
  let contents: unknown;
  try {
    contents = JSON.parse(text);
  } catch (error) {
    throw refuse(`is damaged: its ${NAME} cannot be read.`, error);
  }
  if (Value.Check(Contents, contents)) return contents;
  const { format } = (contents ?? {}) as { format?: unknown };
  throw refuse(
    format === 1 || typeof format !== 'number'
      ? `is damaged: its ${NAME} is not what a backup has.`
      : `was made by a newer version (format ${format}). Restore it with that one.`,
  );
}
