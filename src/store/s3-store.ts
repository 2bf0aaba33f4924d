/**
 * A store in a bucket of S3, or of anything that speaks its protocol. Keys, region and endpoint are found where
 * Amazon's tools look for them (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL_S3, roles of machines and pods, …).
 */
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  NoSuchKey,
  S3Client,
} from '@aws-sdk/client-s3';
import { ObjectMissing, type ObjectStore } from './object-store.ts';
import { createS3Uploads } from './s3-upload.ts';

/** How often a download that broke off goes on from where it was. */
const TRIES = 5;
const SILENCE = 10_000;
/** S3's most. */
const REMOVED_AT_ONCE = 1_000;

export interface S3Place {
  bucket: string;
  /** Without slashes at its ends; may be empty. */
  prefix: string;
}

export interface S3Options {
  env?: NodeJS.ProcessEnv;
  /** Milliseconds without a byte after which a connection counts as broken. */
  silence?: number;
  /** A folder of this disk, for uploads that are gone on with after this process. */
  notes?: string | undefined;
  /** Milliseconds after which an upload that was not ended is aborted. */
  stale?: number;
}

export function openS3Store(
  { bucket, prefix }: S3Place,
  { env = process.env, silence = SILENCE, notes, stale }: S3Options = {},
): ObjectStore {
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  // It warns on Node.js 20 that its versions of 2027 will not run there; this one does.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const client = new S3Client({
    region: env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1',
    maxAttempts: 5,
    // Names of buckets in front of the host's name are Amazon's own.
    ...(endpoint && { endpoint, forcePathStyle: true }),
    // Newer checksums are not known to every server; what comes back is held to a SHA-256 of our own.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      ...{ connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
      // Else a download whose server vanished is waited for until somebody restarts us.
      socketTimeout: silence,
    },
  });
  const keyOf = (key: string) => (prefix === '' ? key : `${prefix}/${key}`);
  const uploads = createS3Uploads(client, { bucket, prefix }, notes, stale);

  return {
    name: `s3://${bucket}/${prefix}`,
    put: async (key, file) => (await uploads.put(keyOf(key), file)).slice(keyOf('').length),
    async get(key, file) {
      await rm(file, { force: true });
      for (let attempt = 1; ; attempt++) {
        const start = (await stat(file).catch(() => undefined))?.size ?? 0;
        try {
          const range = start > 0 ? { Range: `bytes=${start}-` } : {};
          const { Body } = await client.send(
            new GetObjectCommand({ Bucket: bucket, Key: keyOf(key), ...range }),
          );
          await pipeline(Body as Readable, createWriteStream(file, { flags: 'a' }));
          return;
        } catch (cause) {
          if (cause instanceof NoSuchKey) throw new ObjectMissing(key, { cause });
          // All of it was there before the connection broke.
          if (start > 0 && (cause as { name?: string }).name === 'InvalidRange') return;
          if (attempt === TRIES) throw cause;
        }
      }
    },
    async remove(keys) {
      for (let i = 0; i < keys.length; i += REMOVED_AT_ONCE) {
        const Objects = keys.slice(i, i + REMOVED_AT_ONCE).map((key) => ({ Key: keyOf(key) }));
        await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
      }
    },
    async check() {
      await client.send(new HeadBucketCommand({ Bucket: bucket })).catch((cause) => {
        const { name, $metadata } = cause as { name?: string; $metadata?: { httpStatusCode?: number } };
        const why =
          $metadata?.httpStatusCode === 404
            ? 'there is no such bucket'
            : $metadata?.httpStatusCode === 403
              ? 'access is denied: look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
              : cause.message || name;
        throw new Error(`the bucket ${bucket} cannot be used: ${why}`, { cause });
      });
    },
  };
}
