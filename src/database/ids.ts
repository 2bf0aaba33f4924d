/** Ids that sort by the time they were made: a prefix and a ULID, in lower case. */
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
let last = { time: 0n, tail: 0n };

/** Ids of one process are strictly increasing, also within a millisecond: cursors rely on it. */
export function newId(prefix: 'run' | 'srv' | 'job' | 'evt' | 'key' | 'wrk'): string {
  const now = BigInt(Date.now());
  last =
    now > last.time
      ? { time: now, tail: BigInt(`0x${randomBytes(10).toString('hex')}`) >> 1n }
      : { time: last.time, tail: last.tail + 1n };
  let value = (last.time << 80n) | last.tail;
  let text = '';
  for (let i = 0; i < 26; i++) {
    text = ALPHABET[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return `${prefix}_${text}`;
}
