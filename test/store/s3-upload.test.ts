/** Large files go on being sent where a process that was killed has left them, to moto's S3 server behind a door. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request as ask, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openS3Store, type S3Options } from '../../src/store/s3-store.ts';
import { NO_S3, type S3Server, startS3 } from './stores.ts';

const PART = 8 * 2 ** 20;
/** Five parts, the last one not whole. */
const CONTENT = randomBytes(4.5 * PART);
const SHA = 'c0ffee';
const PREFIX = 'some/prefix';

if (NO_S3 !== undefined) process.stderr.write(`skipped: ${NO_S3}\n`);

describe.skipIf(NO_S3 !== undefined)('a large file', () => {
  let scratch: string;
  let file: string;
  let notes: string;
  let s3: S3Server;
  let client: S3Client;
  let bucket: string;
  let door: Server;
  let env: Record<string, string>;
  /** Numbers of the parts that came through the door. */
  let parts: number[];
  /** The last one that it lets through; the others wait. moto lists parts up to the first that is missing. */
  let most: number;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 's3-upload-'));
    file = join(scratch, 'file');
    await writeFile(file, CONTENT);
    s3 = await startS3();
    const { hostname, port } = new URL(s3.env.AWS_ENDPOINT_URL_S3!);
    door = createServer((incoming, answer) => {
      const part = /[?&]partNumber=(\d+)/.exec(incoming.url ?? '')?.[1];
      if (Number(part) > most) return;
      if (part !== undefined) parts.push(Number(part));
      const { method, url, headers } = incoming;
      const outgoing = ask({ hostname, port, method, path: url, headers }, (got) => {
        answer.writeHead(got.statusCode!, got.headers);
        got.pipe(answer);
      });
      incoming.pipe(outgoing);
    }).listen(0, '127.0.0.1');
    await once(door, 'listening');
    env = { ...s3.env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(door.address() as AddressInfo).port}` };
    client = new S3Client({ endpoint: s3.env.AWS_ENDPOINT_URL_S3!, forcePathStyle: true });
  });
  beforeEach(async () => {
    bucket = new URL(await s3.bucket()).hostname;
    notes = await mkdtemp(join(scratch, 'notes-'));
    [parts, most] = [[], Number.POSITIVE_INFINITY];
  });
  afterAll(async () => {
    client.destroy();
    door.closeAllConnections();
    door.close();
    s3.close();
    await rm(scratch, { recursive: true, force: true });
  });

  const store = (options: S3Options = {}) =>
    openS3Store({ bucket, prefix: PREFIX }, { env, notes, ...options });
  const unfinished = async () =>
    (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? [];
  async function expectThere(key: string): Promise<void> {
    const copy = join(scratch, 'copy');
    await store().get(key, copy);
    expect(CONTENT.equals(await readFile(copy))).toBe(true);
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(Contents?.map(({ Key }) => Key)).toEqual([`${PREFIX}/${key}`]);
    expect(await readdir(notes)).toEqual([]);
  }

  /** How many parts of the unfinished upload the store has. */
  const held = async () => {
    const [upload] = await unfinished();
    if (upload === undefined) return 0;
    const { Parts } = await client.send(
      new ListPartsCommand({ Bucket: bucket, Key: upload.Key!, UploadId: upload.UploadId! }),
    );
    return Parts?.length ?? 0;
  };

  /** By another process, which is killed when two of its parts have come. */
  async function sendTwoParts(key: string): Promise<void> {
    most = 2;
    const program = fileURLToPath(new URL('./send-one.ts', import.meta.url));
    const args = ['--import', 'tsx', program, bucket, notes, key, file];
    const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'inherit' });
    while ((await held()) < 2) {
      if (child.exitCode !== null) throw new Error('it ended by itself');
      await sleep(50);
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    [parts, most] = [[], Number.POSITIVE_INFINITY];
  }

  it('goes on after the process that sent it was killed', async () => {
    await sendTwoParts(`runs/a/first/${SHA}`);
    expect(await readdir(notes)).toHaveLength(1);
    expect(await store().put(`runs/a/second/${SHA}`, file)).toBe(`runs/a/first/${SHA}`);
    expect(parts).toHaveLength(3);
    expect(await unfinished()).toEqual([]);
    await expectThere(`runs/a/first/${SHA}`);
  });

  it('has a part sent again that is not what the file has there', async () => {
    await sendTwoParts(`runs/a/first/${SHA}`);
    const [{ Key, UploadId } = {}] = await unfinished();
    const other = randomBytes(PART);
    await client.send(
      new UploadPartCommand({ Bucket: bucket, Key: Key!, UploadId: UploadId!, PartNumber: 1, Body: other }),
    );
    await store().put(`runs/a/second/${SHA}`, file);
    expect(parts).toContain(1);
    await expectThere(`runs/a/first/${SHA}`);
  });

  it.each([
    ['of another name', `runs/b/second/${SHA}`],
    ['of another content', 'runs/a/second/decaf'],
  ])('begins anew beside one %s', async (_how, key) => {
    await sendTwoParts(`runs/a/first/${SHA}`);
    expect(await store().put(key, file)).toBe(key);
    expect(parts).toHaveLength(5);
    expect(await unfinished()).toHaveLength(1);
  });

  it('begins anew beside one whose process lives, and where the store has forgotten the one before', async () => {
    await sendTwoParts(`runs/a/first/${SHA}`);
    const [name] = await readdir(notes);
    const note = JSON.parse(await readFile(join(notes, name!), 'utf8'));
    await writeFile(join(notes, name!), JSON.stringify({ ...note, pid: process.ppid }));
    expect(await store().put(`runs/a/second/${SHA}`, file)).toBe(`runs/a/second/${SHA}`);
    expect(await readdir(notes)).toEqual([name]);
    await store().remove([`runs/a/second/${SHA}`]);

    await writeFile(join(notes, name!), JSON.stringify({ ...note, uploadId: 'forgotten' }));
    expect(await store().put(`runs/a/third/${SHA}`, file)).toBe(`runs/a/third/${SHA}`);
    await expectThere(`runs/a/third/${SHA}`);
  });

  it('goes on in the process that failed to send it', async () => {
    const mine = store();
    most = 2;
    const sending = mine.put(`runs/a/first/${SHA}`, file);
    while ((await held()) < 2) await sleep(20);
    door.closeAllConnections();
    // Each of its tries.
    const cutting = setInterval(() => door.closeAllConnections(), 100);
    await expect(sending).rejects.toThrow();
    clearInterval(cutting);
    [parts, most] = [[], Number.POSITIVE_INFINITY];
    expect(await mine.put(`runs/a/second/${SHA}`, file)).toBe(`runs/a/first/${SHA}`);
    expect(parts.length).toBeLessThan(5);
    await expectThere(`runs/a/first/${SHA}`);
  });

  it('is given up when nobody has gone on with it for long', async () => {
    await sendTwoParts(`runs/a/first/${SHA}`);
    await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'of/somebody/else' }));
    await store({ stale: 0 }).put(`runs/a/second/${SHA}`, file);
    expect((await unfinished()).map(({ Key }) => Key)).toEqual(['of/somebody/else']);
    await expectThere(`runs/a/second/${SHA}`);
  });
});
