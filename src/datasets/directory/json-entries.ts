/**
 * The entries of a JSON array, one at a time: the published files have up to half a gigabyte, which neither a string
 * nor the objects made of it would hold. Memory has one chunk and one entry.
 */
import type { Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Fault } from '../../fault.ts';
import { decodeText, encodingOf, markOf, type TextEncoding, TextError } from '../../text.ts';
import type { FaultCode } from './faults.ts';

/** More than any entry of the published files: a picture with all its captions and questions has some 20 KB. */
export const MAX_ENTRY_BYTES = 1 << 20;
const CHUNK = 1 << 18;

export interface JsonEntry {
  /** From 0. */
  index: number;
  /** Bytes of the file from `offset` on are the entry's JSON. */
  offset: number;
  length: number;
  /** Encoding of the file. */
  encoding: TextEncoding;
  value: unknown;
}

/** The file cannot be read any further. */
export class JsonEntriesError extends Fault {
  override readonly name = 'JsonEntriesError';
  readonly code: FaultCode;
  readonly entry: number | null;

  constructor(code: FaultCode, entry: number | null, message: string) {
    super(message);
    this.code = code;
    this.entry = entry;
  }
}

const [TAB, LF, CR, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d];
const isSpace = (byte: number) => byte === SPACE || byte === LF || byte === CR || byte === TAB;
/** What a unit of UTF-16 above ASCII is taken for: part of some text. */
const OTHER = 0x80;

/** @throws SyntaxError, or TextError for what is not in this encoding */
export const parseEntry = (bytes: Uint8Array, encoding: TextEncoding): unknown =>
  JSON.parse(decodeText(bytes, encoding));

/**
 * @param hash is told every byte of the file
 * @throws JsonEntriesError not_json, entry_too_large; unreadable
 */
export async function* jsonEntries(path: string, hash?: Hash): AsyncGenerator<JsonEntry> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new JsonEntriesError('unreadable', null, `It cannot be read (${cause.code}).`);
  });
  const notJson = (message: string, entry: number | null = index) =>
    new JsonEntriesError('not_json', entry, message);
  let state: 'start' | 'value' | 'end' = 'start';
  let index = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** Where the entry at hand begins, and its bytes in earlier chunks. */
  let begin = -1;
  let parts: Buffer[] = [];
  let partBytes = 0;
  let encoding: TextEncoding = 'utf-8';
  try {
    const buffer = Buffer.alloc(CHUNK);
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, position).catch((cause) => {
        throw new JsonEntriesError('unreadable', null, `It cannot be read (${cause.code}).`);
      });
      if (position === 0) encoding = encodingOf(buffer.subarray(0, bytesRead));
      const width = encoding === 'utf-8' ? 1 : 2;
      const length = bytesRead - (bytesRead % width);
      if (length === 0) break;
      const chunk = buffer.subarray(0, length);
      hash?.update(chunk);
      /** Where in the chunk the entry's bytes begin. */
      let from = 0;
      for (let i = position === 0 ? markOf(chunk) : 0; i < length; i += width) {
        const byte = width === 1 ? chunk[i]! : unitAt(chunk, i, encoding);
        const at = position + i;
        if (state === 'start') {
          if (byte === BRACKET) state = 'value';
          else if (!isSpace(byte)) throw notJson('It is not a JSON array.', null);
          continue;
        }
        if (state === 'end') {
          if (!isSpace(byte)) throw notJson('There is something after the end of the array.', null);
          continue;
        }
        if (begin < 0) {
          if (isSpace(byte)) continue;
          if (byte === BRACKET_END && index === 0) {
            state = 'end';
            continue;
          }
          begin = at;
          from = i;
        }
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inString = false;
        } else if (byte === QUOTE) inString = true;
        else if (byte === BRACE || byte === BRACKET) depth++;
        else if ((byte === COMMA || byte === BRACKET_END) && depth === 0) {
          const length = at - begin;
          if (length > MAX_ENTRY_BYTES) throw tooLarge(index);
          const bytes = Buffer.concat([...parts, chunk.subarray(from, i)]);
          let value: unknown;
          try {
            value = parseEntry(bytes, encoding);
          } catch (error) {
            const what = error instanceof TextError ? encoding.toUpperCase() : 'JSON';
            throw notJson(`It is not ${what}. (byte ${begin})`);
          }
          yield { index, offset: begin, length, encoding, value };
          index++;
          begin = -1;
          parts = [];
          partBytes = 0;
          if (byte === BRACKET_END) state = 'end';
        } else if (byte === BRACE_END || byte === BRACKET_END) {
          if (--depth < 0) throw notJson(`It is not JSON. (byte ${at})`);
        }
      }
      if (begin >= 0) {
        // The buffer is read into again.
        const rest = Buffer.from(chunk.subarray(from));
        parts.push(rest);
        partBytes += rest.length;
        if (partBytes > MAX_ENTRY_BYTES) throw tooLarge(index);
      }
      position += length;
    }
    if (state !== 'end') throw notJson('It ends before its array does: it was cut short.', null);
  } finally {
    await file.close();
  }
}

function unitAt(chunk: Buffer, at: number, encoding: TextEncoding): number {
  const unit = encoding === 'utf-16le' ? chunk.readUInt16LE(at) : chunk.readUInt16BE(at);
  return Math.min(unit, OTHER);
}

const tooLarge = (index: number) =>
  new JsonEntriesError('entry_too_large', index, `It has more than ${MAX_ENTRY_BYTES >> 20} MiB.`);
