/** Data sets that are sent as one file: a zip of the layout, or JSON lines. */
import { open } from 'node:fs/promises';
import { requireSpaceFor } from '../../disk-space.ts';
import { unpackLines } from './lines.ts';
import { unpackZip } from './zip.ts';

/**
 * @param target an empty folder
 * @returns how many files or examples it had
 * @throws CodedError dataset_unusable, payload_too_large; NoSpaceError; the signal's reason
 */
export async function unpackDataset(path: string, target: string, signal?: AbortSignal): Promise<number> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.toString('latin1').startsWith('PK')) return await unpackZip(path, target, signal);
    await requireSpaceFor(target, (await file.stat()).size);
    return await unpackLines(path, target, signal);
  } finally {
    await file.close();
  }
}
