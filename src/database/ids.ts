/** Ids that sort by the time they were made: a prefix and a ULID, in lower case. */
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
let last = { time: 0n, tail: 0n };

export type IdPrefix =
  | 'run'
  | 'srv'
  | 'job'
  | 'evt'
  | 'key'
  | 'wrk'
  | 'file'
  | 'evl'
  | 'std'
  | 'ann'
  | 'whk'
  | 'aud';

/** Ids of one process are strictly increasing, also within a millisecond: cursors rely on it. */
export function newId(prefix: IdPrefix): string {
  const now = BigInt(Date.now());
  last =
    now > last.time
      ? { time: now, tail: BigInt(`0x${randomBytes(10).toString('hex')}`) >> 1n }
      : { time: last.time, tail: last.tail + 1n };
  return `${prefix}_${written((last.time << 80n) | last.tail)}`;
}

/** What no id of that millisecond or later comes before. */
export function firstIdOf(prefix: IdPrefix, time: number): string {
  return `${prefix}_${written(BigInt(Math.max(0, Math.floor(time))) << 80n)}`;
}

/** 26 letters. */
function written(value: bigint): string {
  let text = '';
  for (let rest = value; text.length < 26; rest >>= 5n) text = ALPHABET[Number(rest & 31n)] + text;
  return text;
}
