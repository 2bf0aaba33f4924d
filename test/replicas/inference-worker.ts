/** An inference worker within the test's process, whose models are those of a fake child. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { openRecordsOn } from '../../src/database/open.ts';
import { announceWorker } from '../../src/database/workers.ts';
import type { InferenceHost } from '../../src/inference/host.ts';
import { createInferenceHost } from '../../src/inference/host-process.ts';
import { PROTOCOL } from '../../src/replicas/inference-wire.ts';
import { shareHost } from '../../src/replicas/shared-host.ts';
import { buildWorkerApp } from '../../src/worker-app.ts';
import type { TestDatabase } from '../database/test-database.ts';

export interface TestWorker {
  id: string;
  url: string;
  host: InferenceHost;
  /** As a process that is killed: its connections break, and its row stays. */
  kill(): Promise<void>;
  /** As a process that is told to stop. */
  stop(): Promise<void>;
}

const FAKE_CHILD = new URL('../inference/fake-child.ts', import.meta.url);

export async function startTestWorker(
  { connection }: TestDatabase,
  checkpoints: string,
  { protocol = PROTOCOL, queueLimit = 128 } = {},
): Promise<TestWorker> {
  const records = await openRecordsOn(connection, () => {});
  const inner = await createInferenceHost({
    checkpoints: [checkpoints],
    ...{ ownCheckpoints: checkpoints, threads: 1, models: ['first'], queueLimit, childModule: FAKE_CHILD },
  });
  const host = await shareHost(inner, { ...records, log: () => {} });
  const [closing, over] = [new AbortController(), new AbortController()];
  const token = randomUUID();
  const app: FastifyInstance = await buildWorkerApp(
    { records, host, access: { keysNeeded: true, rateLimit: 600 } },
    {
      ...{ host: inner, token, closing: closing.signal, over: over.signal, onError: () => {} },
      refresh: () => host.refresh(),
    },
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const id = `wrk_${randomUUID()}`;
  const announced = await announceWorker(
    records.database,
    { id, role: 'inference', version: '0.0.0', labels: [], memoryMb: 0, token },
    () => ({ address: `127.0.0.1:${port}`, protocol }),
    () => {},
  );
  let ended = false;
  const end = async (grace: number) => {
    if (ended) return;
    ended = true;
    await inner.close(grace);
    over.abort();
    const closed = app.close();
    app.server.closeAllConnections();
    await closed;
    await host.leave();
    await announced.leave();
    await records.close();
  };
  return {
    ...{ id, url, host },
    async kill() {
      app.server.close();
      app.server.closeAllConnections();
      await end(0);
    },
    async stop() {
      closing.abort();
      await announced.leave();
      await end(10_000);
    },
  };
}
