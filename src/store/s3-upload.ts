/**
 * Files into a bucket, large ones in parts. A note on the local disk says which upload is under way for which content; so
 * what a process that died has begun goes on where it was, with those of its parts that are what the file has there.
 *
 * An upload has one owner at a time: the process that renamed its note last. Whoever finds the note of one that lives
 * begins an upload of their own, because of two that end the same one, neither could take its object back.
 */
import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type ListPartsCommandOutput,
  NoSuchUpload,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { writeAtomically } from '../atomic-files.ts';
import { makeFolder } from '../make-folder.ts';
import { isAlive, machineIdentity } from '../processes.ts';

/** Bytes of a part, where not more than {@link MOST_PARTS} of them make the file. */
const PART = 8 * 2 ** 20;
const MOST_PARTS = 10_000;
/** Parts of a file that are in memory and under way. */
const AT_ONCE = 4;
/** Milliseconds without a new part after which an upload of another machine has no owner. */
const FORSAKEN = 600_000;
/** And since its beginning, after which nobody goes on with it. */
const STALE = 2 * 86_400_000;
const SWEEP_EVERY = 86_400_000;

export interface S3Uploads {
  /**
   * @param key its last part names the content, the one before it this attempt
   * @returns the key of the object: another attempt's, where that is gone on with
   */
  put(key: string, file: string): Promise<string>;
}

interface Note {
  bucket: string;
  key: string;
  uploadId: string;
  machine: string;
  pid: number;
}

interface Part {
  number: number;
  /** Bytes. */
  size: number;
  /** As the store gives it: the MD5, in quotation marks, but where the store encrypts with keys of its own. */
  tag: string;
}

const contentOf = (key: string): string => basename(key);

const read = async (path: string): Promise<Note | undefined> =>
  JSON.parse(await readFile(path, 'utf8').catch(() => 'null')) ?? undefined;

async function hasOwner(path: string, { machine, pid }: Note): Promise<boolean> {
  // One of this process's own, or of one that had its id, is not under way.
  if (machine === machineIdentity()) return pid !== process.pid && isAlive(pid);
  const renewed = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
  return Date.now() - renewed < FORSAKEN;
}

/**
 * @param prefix of all keys
 * @param notes a folder for them; undefined: every upload begins anew
 * @param stale milliseconds
 */
export function createS3Uploads(
  client: S3Client,
  { bucket, prefix }: { bucket: string; prefix: string },
  notes: string | undefined,
  stale = STALE,
): S3Uploads {
  /** Names of the notes whose uploads are this process's. */
  const owned = new Set<string>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  const place = (note: Note) => ({ Bucket: bucket, Key: note.key, UploadId: note.uploadId });

  async function begin(key: string): Promise<[name: string, note: Note]> {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
    const note = { bucket, key, uploadId: UploadId!, machine: machineIdentity(), pid: process.pid };
    const name = `${contentOf(key)}.${randomUUID()}.json`;
    owned.add(name);
    await write(name, note);
    return [name, note];
  }

  async function write(name: string, note: Note): Promise<void> {
    if (notes === undefined) return;
    makeFolder(notes, 'A folder of the cache');
    await writeAtomically(join(notes, name), JSON.stringify(note));
  }

  /** An upload of the same content, for the same name, that nobody owns; it is ours then. */
  async function takeUp(key: string): Promise<[name: string, note: Note] | undefined> {
    for (const found of notes === undefined ? [] : await readdir(notes).catch(() => [])) {
      if (!found.startsWith(`${contentOf(key)}.`) || !found.endsWith('.json') || owned.has(found)) continue;
      const path = join(notes!, found);
      const note = await read(path);
      if (note?.bucket !== bucket || dirname(dirname(note.key)) !== dirname(dirname(key))) continue;
      if (await hasOwner(path, note)) continue;
      const name = `${contentOf(key)}.${randomUUID()}.json`;
      owned.add(name);
      try {
        // Of two who do so, one finds it.
        await rename(path, join(notes!, name));
      } catch {
        owned.delete(name);
        continue;
      }
      const ours = { ...note, machine: machineIdentity(), pid: process.pid };
      await write(name, ours);
      return [name, ours];
    }
    return undefined;
  }

  /** Who may not list them sends all. @throws NoSuchUpload */
  async function partsOf(note: Note): Promise<Map<number, Part>> {
    const parts = new Map<number, Part>();
    try {
      // The SDK's own pages have no end where a store gives the last one a marker, too.
      for (let from: { PartNumberMarker?: string | undefined } | undefined = {}; from !== undefined; ) {
        const page: ListPartsCommandOutput = await client.send(
          new ListPartsCommand({ ...place(note), ...from }),
        );
        for (const { PartNumber, Size, ETag } of page.Parts ?? [])
          parts.set(PartNumber!, { number: PartNumber!, size: Size!, tag: ETag! });
        from = page.IsTruncated ? { PartNumberMarker: page.NextPartNumberMarker } : undefined;
      }
    } catch (error) {
      if (error instanceof NoSuchUpload) throw error;
    }
    return parts;
  }

  /** Sends what is not there, and ends the upload. */
  async function send(
    name: string,
    note: Note,
    there: ReadonlyMap<number, Part>,
    file: string,
    size: number,
  ): Promise<void> {
    const bytes = Math.max(PART, Math.ceil(size / MOST_PARTS));
    const count = Math.ceil(size / bytes);
    const sent: Part[] = [];
    const handle = await open(file);
    try {
      let next = 1;
      const lane = async () => {
        while (next <= count) {
          const number = next++;
          const body = Buffer.allocUnsafe(Math.min(bytes, size - (number - 1) * bytes));
          const { bytesRead } = await handle.read(body, 0, body.length, (number - 1) * bytes);
          if (bytesRead < body.length) throw new Error(`${file} became shorter while it was sent`);
          const md5 = createHash('md5').update(body).digest();
          const known = there.get(number);
          if (known?.size === body.length && known.tag === `"${md5.toString('hex')}"`) {
            sent.push(known);
            continue;
          }
          const { ETag } = await client.send(
            new UploadPartCommand({
              ...{ ...place(note), PartNumber: number, Body: body },
              ContentMD5: md5.toString('base64'),
            }),
          );
          sent.push({ number, size: body.length, tag: ETag! });
          if (notes !== undefined) await utimes(join(notes, name), new Date(), new Date()).catch(() => {});
        }
      };
      const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
      const failed = ended.find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    } finally {
      await handle.close();
    }
    const Parts = sent
      .sort((a, b) => a.number - b.number)
      .map(({ number, tag }) => ({ PartNumber: number, ETag: tag }));
    await client.send(new CompleteMultipartUploadCommand({ ...place(note), MultipartUpload: { Parts } }));
  }

  async function forget(name: string): Promise<void> {
    if (notes !== undefined) await rm(join(notes, name), { force: true });
    owned.delete(name);
  }

  /** What nobody went on with takes space in the store, where nothing but this lists it. */
  async function sweep(): Promise<void> {
    const listed = { Bucket: bucket, ...(prefix !== '' && { Prefix: `${prefix}/` }) };
    let from: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
    while (from !== undefined) {
      const page: ListMultipartUploadsCommandOutput = await client.send(
        new ListMultipartUploadsCommand({ ...listed, ...from }),
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (Initiated === undefined || Date.now() - Initiated.getTime() < stale) continue;
        const upload = { Bucket: bucket, Key, UploadId };
        const { Parts = [] } = await client.send(new ListPartsCommand(upload));
        // One that is long under way still gets parts.
        if (Parts.some(({ LastModified }) => Date.now() - (LastModified?.getTime() ?? 0) < stale)) continue;
        await client.send(new AbortMultipartUploadCommand(upload));
      }
      from = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined;
    }
    for (const name of notes === undefined ? [] : await readdir(notes).catch(() => [])) {
      const found = await stat(join(notes!, name)).catch(() => undefined);
      if (found !== undefined && Date.now() - found.mtimeMs >= stale && !owned.has(name))
        await rm(join(notes!, name), { force: true });
    }
  }

  return {
    async put(key, file) {
      const { size } = await stat(file);
      if (size <= PART) {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: await readFile(file) }));
        return key;
      }
      if (Date.now() - sweptAt > SWEEP_EVERY) {
        sweptAt = Date.now();
        // Who may not list uploads may still send.
        await sweep().catch(() => {});
      }
      const taken = await takeUp(key);
      const there = taken && (await partsOf(taken[1]).catch(() => undefined));
      // The store may have forgotten it.
      if (taken !== undefined && there === undefined) await forget(taken[0]);
      const [name, note] = taken !== undefined && there !== undefined ? taken : await begin(key);
      try {
        await send(name, note, there ?? new Map(), file, size);
      } catch (error) {
        owned.delete(name);
        throw error;
      }
      await forget(name);
      return note.key;
    },
  };
}
