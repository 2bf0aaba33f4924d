/**
 * A PNG whose compressed pixels are all there, but not the end of the compression (a mark, a checksum), which the
 * decoder insists on: they are packed again.
 *
 * Source: PNG (W3C Recommendation, third edition) 7.2, 8.1 and 11.2.1; RFC 1950.
 */
import { constants, deflateSync, inflateSync } from 'node:zlib';
import { IEND, pngChunk } from './png-chunks.ts';

const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Passes of Adam7: first column and row, distances of columns and rows. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
/** More is not packed again: memory for it is not to be had from a damaged file. */
const MOST_BYTES = 512 * 2 ** 20;

/** @returns undefined where pixels are missing, or something else is wrong */
export function repackedPng(file: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let before: number | undefined;
  for (let at = 8; at + 8 <= file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString('latin1', at + 4, at + 8) !== 'IDAT') continue;
    before ??= at;
    parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  }
  if (before === undefined || before < 33) return undefined;
  const expected = bytesOfRows(file);
  if (!(expected <= MOST_BYTES)) return undefined;
  try {
    const rows = inflateSync(Buffer.concat(parts), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: expected,
    });
    if (rows.length < expected) return undefined;
    return Buffer.concat([file.subarray(0, before), pngChunk('IDAT', deflateSync(rows, { level: 1 })), IEND]);
  } catch {
    return undefined;
  }
}

/** Every row of every pass behind its filter. */
function bytesOfRows(file: Buffer): number {
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const bits = file[24]! * (CHANNELS[file[25]!] ?? Number.NaN);
  const rows = (columns: number, count: number) =>
    columns > 0 && count > 0 ? count * (1 + Math.ceil((columns * bits) / 8)) : 0;
  if (file[28] === 0) return rows(width, height);
  return PASSES.map(([x, y, dx, dy]) =>
    rows(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)),
  ).reduce((sum, bytes) => sum + bytes);
}
