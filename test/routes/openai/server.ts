/** A server for tests of OpenAI's SDKs: models that answer at once, and jobs that nobody works on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import sharp from 'sharp';
import { buildApp } from '../../../src/app.ts';
import { openQueue } from '../../../src/jobs/queue.ts';
import { createTrainJobs } from '../../../src/jobs/train-jobs.ts';
import type { Services } from '../../../src/services.ts';
import { KINDS } from '../../../src/training/kinds.ts';
import { createTestRecords } from '../../database/test-database.ts';
import { createFakeHost, type FakeHost, result } from '../fake-host.ts';

export interface OpenAiServer {
  app: FastifyInstance;
  /** Address for the SDKs, with /v1. */
  baseUrl: string;
  dataDir: string;
  host: FakeHost;
  records: Awaited<ReturnType<typeof createTestRecords>>;
  close(): Promise<void>;
}

export async function openAiServer(bodies?: Services['bodies']): Promise<OpenAiServer> {
  const records = await createTestRecords();
  const queue = await openQueue(records.connection, 'sender', () => {});
  const dataDir = await mkdtemp(join(tmpdir(), 'openai-'));
  const checkpointsDir = fileURLToPath(new URL('../../../checkpoints', import.meta.url));
  const jobs = createTrainJobs(records.database, queue);
  const host = createFakeHost();
  // Files that can be resized.
  const file = await sharp({ create: { width: 128, height: 128, channels: 3, background: '#c33' } })
    .png()
    .toBuffer();
  host.behaviour = async (request, options) => {
    const painted = result(request, {
      ...options,
      onStep: (step) => options.onStep?.({ ...step, encoded: file }),
    });
    return { ...painted, images: painted.images.map((image) => ({ ...image, encoded: file })) };
  };
  const training = { jobs, kinds: KINDS, dataDir, checkpointsDir };
  const app = await buildApp({ records, host, training, ...(bodies && { bodies }) });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...{ app, baseUrl: `${url}/v1`, dataDir, host, records },
    async close() {
      await app.close();
      await queue.close();
      await records.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
