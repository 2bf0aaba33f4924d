/**
 * A data set that came as a zip: its folder, packed with or without the folder itself. Nothing of the archive decides
 * where a file is written but the names that the layout knows, and nothing is believed about how large it is.
 */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yauzl, { type Entry } from 'yauzl';
import { requireSpaceFor } from '../../disk-space.ts';
import { CodedError } from '../../errors.ts';
import { isLitter } from '../../litter.ts';
import { isStorable } from '../../text.ts';

const MOST_ENTRIES = 200_000;
/** Bytes of all files, unpacked. */
const MOST_BYTES = 8 * 2 ** 30;
const KNOWN =
  /^(?:(?:lxmert|vqa|gqa|nlvr2)\/[^/]+\.json|images\/.+\.(?:png|jpe?g|webp|gif|avif)|features\/[^/]+\.(?:h5|hdf5)|cluster_ids\/[^/]+\.pkl)$/i;

/** @returns how many files it had for a data set @throws CodedError dataset_unusable, payload_too_large; the signal's reason */
export async function unpackZip(path: string, target: string, signal?: AbortSignal): Promise<number> {
  const archive = await yauzl.openPromise(path, { autoClose: false }).catch(unreadable);
  try {
    const files: { name: string; entry: Entry }[] = [];
    let entries = 0;
    for await (const entry of archive.eachEntry()) {
      if (++entries > MOST_ENTRIES) throw unusable(`It has more than ${MOST_ENTRIES} entries.`);
      const name = entry.fileName.normalize('NFC');
      if (!name.endsWith('/') && isStorable(name)) files.push({ name, entry });
    }
    const within = commonFolder(files.map(({ name }) => name));
    let bytes = 0;
    let kept = 0;
    for (const { name, entry } of files) {
      signal?.throwIfAborted();
      const inside = name.slice(within.length);
      const parts = inside.split('/');
      if (!KNOWN.test(inside) || parts.some((part) => part === '' || part === '..' || isLitter(part)))
        continue;
      if (entry.isEncrypted()) throw unusable(`${name} is encrypted.`);
      const file = join(target, inside);
      await mkdir(dirname(file), { recursive: true });
      if (bytes + entry.uncompressedSize > MOST_BYTES) throw tooLarge();
      await requireSpaceFor(target, entry.uncompressedSize);
      const counted = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length;
          done(bytes > MOST_BYTES ? tooLarge() : null, chunk);
        },
      });
      await pipeline(
        await archive.openReadStreamPromise(entry),
        counted,
        createWriteStream(file, { flags: 'wx' }),
      );
      kept++;
    }
    return kept;
  } catch (error) {
    signal?.throwIfAborted();
    return unreadable(error);
  } finally {
    archive.close();
  }
}

/** "pets/", where all of it lies in that folder. */
function commonFolder(names: readonly string[]): string {
  const own = names.filter((name) => !name.split('/').some(isLitter));
  if (own.some((name) => KNOWN.test(name))) return '';
  const first = own.find((name) => name.includes('/'));
  const folder = first?.slice(0, first.indexOf('/') + 1) ?? '';
  return own.every((name) => name.startsWith(folder)) ? folder : '';
}

const unusable = (what: string, cause?: unknown) =>
  new CodedError('dataset_unusable', `The zip cannot be used: ${what}`, { param: '/file', cause });

const tooLarge = () =>
  new CodedError('payload_too_large', `Unpacked it is larger than ${MOST_BYTES / 2 ** 30} GB.`, {
    param: '/file',
  });

/** Codes of the disk that are the archive's doing. */
const NAMES: Record<string, string> = {
  EEXIST: 'It has a name twice.',
  ENOTDIR: 'It has a name twice.',
  EISDIR: 'It has a name twice.',
  ENAMETOOLONG: 'A name in it is too long for a file.',
};

function unreadable(error: unknown): never {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (NAMES[code] !== undefined) throw unusable(NAMES[code], error);
  // The disk's own, and those of whoever hangs up.
  const damaged = error instanceof Error && (code === '' || code.startsWith('Z_'));
  if (error instanceof CodedError || !damaged) throw error;
  throw unusable(`it is damaged, or no zip (${message}).`, error);
}
