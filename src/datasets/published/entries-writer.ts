/** A JSON array written one entry at a time, under a temporary name until it is whole. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface EntriesWriter {
  readonly count: number;
  add(entry: object): Promise<void>;
  /** Gives the file its name. */
  finish(): Promise<void>;
  discard(): Promise<void>;
}

export async function writeEntries(path: string): Promise<EntriesWriter> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  const stream = createWriteStream(temporary, { flags: 'wx', highWaterMark: 1 << 18 });
  let failed: Error | undefined;
  stream.on('error', (error) => {
    failed = error;
  });
  await once(stream, 'open');
  let count = 0;
  return {
    get count() {
      return count;
    },
    async add(entry) {
      if (failed) throw failed;
      const more = stream.write(`${count === 0 ? '[' : ','}\n${JSON.stringify(entry)}`);
      count++;
      if (!more) await once(stream, 'drain');
    },
    async finish() {
      stream.end(count === 0 ? '[]\n' : '\n]\n');
      await once(stream, 'close');
      if (failed) throw failed;
      await rename(temporary, path);
    },
    async discard() {
      stream.destroy();
      await rm(temporary, { force: true });
    },
  };
}
