/**
 * Text that comes from outside, as people's editors write it: one place that knows byte order marks, UTF-16, and what
 * Postgres and JSON cannot hold. Whoever reads a text file reads it here.
 */
import { readFile } from 'node:fs/promises';
import { Fault } from './fault.ts';

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** The bytes are no text. */
export class TextError extends Fault {
  override readonly name = 'TextError';
  /** Without what it is said of: `is not valid UTF-8 …`. */
  readonly what: string;

  constructor(what: string, { of = 'It', cause }: { of?: string; cause?: unknown } = {}) {
    super(`${of} ${what}.`, { cause });
    this.what = what;
  }
}

/** What the first bytes say; UTF-8 without a byte order mark. */
export function encodingOf(head: Uint8Array): TextEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

/** Bytes of the byte order mark; 0 where there is none. */
export const markOf = (head: Uint8Array): number =>
  encodingOf(head) !== 'utf-8' ? 2 : head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;

const DECODERS = {
  'utf-8': new TextDecoder('utf-8', { fatal: true }),
  'utf-16le': new TextDecoder('utf-16le', { fatal: true }),
  'utf-16be': new TextDecoder('utf-16be', { fatal: true }),
};

/**
 * UTF-8, or UTF-16 by its byte order mark, as Windows saves text; without the mark.
 * @param known encoding of a piece of a text, whose mark is elsewhere
 * @throws TextError for anything else, and for NUL, which no text has and Postgres does not take
 */
export function decodeText(bytes: Uint8Array, known?: TextEncoding): string {
  const encoding = known ?? encodingOf(bytes);
  let text: string;
  try {
    text = DECODERS[encoding].decode(bytes);
  } catch (cause) {
    const where = known === undefined && encoding === 'utf-8' ? ` (line ${lineOfFault(bytes)})` : '';
    const name = encoding.toUpperCase();
    throw new TextError(`is not valid ${name}${where}: save it as UTF-8`, { cause });
  }
  if (text.includes('\0')) {
    throw new TextError('has NUL characters, as UTF-16 without a byte order mark has: save it as UTF-8');
  }
  return text;
}

/** @throws TextError that names the file; the file system's own errors */
export async function readTextFile(path: string): Promise<string> {
  return named(path, await readFile(path));
}

/** @throws TextError that names the file, also when it is not JSON; the file system's own errors */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readTextFile(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TextError('is not JSON', { of: path, cause });
  }
}

function named(path: string, bytes: Uint8Array): string {
  try {
    return decodeText(bytes);
  } catch (cause) {
    if (!(cause instanceof TextError)) throw cause;
    throw new TextError(cause.what, { of: path, cause });
  }
}

/** The line of the first byte that is not UTF-8. */
function lineOfFault(bytes: Uint8Array): number {
  // Decoded and encoded again, the text is the same up to there.
  const again = Buffer.from(Buffer.from(bytes).toString('utf8'));
  let line = 1;
  for (let i = 0; i < bytes.length && bytes[i] === again[i]; i++) if (bytes[i] === 0x0a) line++;
  return line;
}

/** Whether Postgres takes it: no NUL, no half of a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** The same text with U+FFFD for what Postgres does not take. */
export const storable = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();
