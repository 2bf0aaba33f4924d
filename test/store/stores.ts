/** Stores to test: a folder, and a real S3 server, moto's, where it is installed (`pip install "moto[server]"`). */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

const MOTO = process.env.MOTO_SERVER ?? 'moto_server';

/** Why there is no S3 server; undefined where there is one. */
export const NO_S3 =
  spawnSync(MOTO, ['--help']).status === 0
    ? undefined
    : 'moto_server is not installed (pip install "moto[server]", or its path in MOTO_SERVER)';

export interface S3Server {
  /** A new bucket, as STORE_URL. */
  bucket(): Promise<string>;
  /** What its clients need in their environment. */
  readonly env: Record<string, string>;
  close(): void;
}

export async function startS3(): Promise<S3Server> {
  const port = await freePort();
  const server: ChildProcess = spawn(MOTO, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const env = {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
  };
  Object.assign(process.env, env);
  while (!(await fetch(env.AWS_ENDPOINT_URL_S3).catch(() => undefined))) await sleep(100);
  return {
    env,
    async bucket() {
      const Bucket = `b-${randomUUID()}`;
      const client = new S3Client({ endpoint: env.AWS_ENDPOINT_URL_S3, forcePathStyle: true });
      await client.send(new CreateBucketCommand({ Bucket }));
      client.destroy();
      return `s3://${Bucket}/some/prefix`;
    },
    close: () => void server.kill(),
  };
}

export const newFolderStore = async (parent: string) => `file://${await mkdtemp(join(parent, 'store-'))}`;

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
