/** The lines of a text file that may be large, however it was saved: UTF-8 or UTF-16, ends of Unix, Windows or old Macs. */
import { createReadStream } from 'node:fs';
import { Fault } from '../../fault.ts';
import { decodeText, encodingOf, markOf, type TextEncoding, TextError } from '../../text.ts';

export interface TextLine {
  /** From 1. */
  number: number;
  text: string;
}

/** A line cannot be read. */
export class LineError extends Fault {
  override readonly name = 'LineError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const [LF, CR] = [0x0a, 0x0d];
/** Even, so that no unit of UTF-16 lies in two chunks. */
const CHUNK = 1 << 18;

/**
 * Lines that are blank are left out, and counted.
 * @param mostBytes of a line
 * @throws LineError; the file system's own errors
 */
export async function* textLines(path: string, mostBytes: number): AsyncGenerator<TextLine> {
  let encoding: TextEncoding | undefined;
  let number = 1;
  /** Parts of the line at hand in earlier chunks. */
  let parts: Buffer[] = [];
  let bytes = 0;
  let afterCr = false;
  const add = (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > mostBytes) throw new LineError(number, `It has more than ${mostBytes >> 20} MiB.`);
    parts.push(piece);
  };
  const take = (): TextLine | undefined => {
    const line = Buffer.concat(parts);
    parts = [];
    bytes = 0;
    const text = decodeLine(line, encoding!, number);
    return text.trim() === '' ? undefined : { number, text };
  };
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    const begin = encoding === undefined ? markOf(chunk) : 0;
    encoding ??= encodingOf(chunk);
    const width = encoding === 'utf-8' ? 1 : 2;
    const [low, high] = encoding === 'utf-16be' ? [1, 0] : [0, 1];
    let from = begin;
    for (let at = begin; at + width <= chunk.length; at += width) {
      const unit = chunk[at + low]!;
      const wide = width === 2 && chunk[at + high] !== 0;
      if (wide || (unit !== LF && unit !== CR)) {
        afterCr = false;
        continue;
      }
      // The second half of a line end of Windows.
      if (unit === LF && afterCr) from = at + width;
      else {
        add(chunk.subarray(from, at));
        from = at + width;
        const line = take();
        number++;
        if (line !== undefined) yield line;
      }
      afterCr = unit === CR;
    }
    add(chunk.subarray(from));
  }
  if (encoding === undefined) return;
  const line = take();
  if (line !== undefined) yield line;
}

function decodeLine(bytes: Buffer, encoding: TextEncoding, number: number): string {
  try {
    return decodeText(bytes, encoding);
  } catch (cause) {
    if (!(cause instanceof TextError)) throw cause;
    throw new LineError(number, cause.message);
  }
}
