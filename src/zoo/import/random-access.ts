/** A file that is read at places, and never beyond its end. */
import { type FileHandle, open } from 'node:fs/promises';
import { ImportError } from './error.ts';

export interface RandomAccess {
  readonly path: string;
  readonly size: number;
  /** @throws ImportError truncated, before anything is allocated */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

export async function openRandomAccess(path: string): Promise<RandomAccess> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ImportError('file_not_found', `${path} cannot be read (${code})`, { cause });
  }
  const found = await file.stat();
  if (!found.isFile()) {
    await file.close();
    throw new ImportError('file_not_found', `${path} is no file`);
  }
  const { size } = found;
  return {
    path,
    size,
    async read(offset, length) {
      if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
        throw new ImportError(
          'truncated',
          `${path} has ${size} bytes; ${length} bytes at ${offset} are beyond its end`,
        );
      }
      const bytes = Buffer.allocUnsafe(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw new ImportError('truncated', `${path} became shorter while it was read`);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}
