/** What is wrong, told of the flag or the file that it is wrong with. */
import { readFile } from 'node:fs/promises';
import { isMistake, UsageError } from '../errors.ts';
import { decodeText } from '../text.ts';

/** For `catch`. @throws UsageError in place of a mistake of whoever asked; anything else as it is */
export const saidOf =
  (what: string) =>
  (error: unknown): never => {
    if (!isMistake(error)) throw error;
    throw new UsageError(`${what}: ${error.message}`, { cause: error });
  };

/** The text of a file that a flag names. @throws UsageError when it cannot be read, or is no text */
export async function readFlagFile(flag: string, path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${flag} ${path} cannot be read (${cause.code}).`, { cause });
  });
  try {
    return decodeText(bytes);
  } catch (error) {
    return saidOf(`${flag} ${path}`)(error);
  }
}

/** Its lines without the space around them; empty ones are left out. @throws UsageError also when there is none */
export async function readFlagLines(flag: string, path: string): Promise<string[]> {
  const lines = (await readFlagFile(flag, path)).split(/\r?\n/).map((line) => line.trim());
  const kept = lines.filter((line) => line !== '');
  if (kept.length === 0) throw new UsageError(`${flag} ${path} has no line.`);
  return kept;
}
