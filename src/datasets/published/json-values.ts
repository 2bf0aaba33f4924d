/**
 * The entries of a published JSON file, one at a time: memory has one chunk and one entry, whatever the size of the
 * file. Tokens come from @streamparser/json.
 */
import { createReadStream } from 'node:fs';
import { JSONParser } from '@streamparser/json';
import { Fault } from '../../fault.ts';

/** What is wrong with a published file, in words for whoever gave it. */
export class PublishedFileError extends Fault {
  override readonly name = 'PublishedFileError';
}

export interface JsonValue {
  /** Its name or place in what it is an entry of. */
  key: string | number;
  value: unknown;
}

/**
 * @param path which entries: `$.annotations.*` of a list under a name, `$.*` of the file itself
 * @throws PublishedFileError
 */
export async function* jsonValues(file: string, path: string): AsyncGenerator<JsonValue> {
  const found: JsonValue[] = [];
  const parser = new JSONParser({ paths: [path], keepStack: false });
  parser.onValue = ({ key, value }) => {
    found.push({ key: key as string | number, value });
  };
  // Its own way of telling is to throw from write().
  parser.onError = (error) => {
    throw error;
  };
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
      parser.write(chunk as Uint8Array);
      yield* found.splice(0);
    }
    if (!parser.isEnded) parser.end();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === undefined ? `is not JSON (${message})` : `cannot be read (${code})`;
    throw new PublishedFileError(`${file} ${why}.`, { cause });
  }
  yield* found.splice(0);
}

/** The one value under a name of a file's object, such as its `data_subtype`; undefined where there is none. */
export async function jsonField(file: string, name: string): Promise<unknown> {
  for await (const { value } of jsonValues(file, `$.${name}`)) return value;
  return undefined;
}

/** The entries of a file of JSON lines. @throws PublishedFileError */
export async function* jsonLines(file: string): AsyncGenerator<JsonValue> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let key = 0;
  try {
    for await (const line of lines) {
      key++;
      if (line.trim() === '') continue;
      yield { key, value: JSON.parse(line) as unknown };
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = cause instanceof SyntaxError ? `line ${key} is not JSON` : `cannot be read (${code})`;
    throw new PublishedFileError(`${file}: ${why}.`, { cause });
  }
}
