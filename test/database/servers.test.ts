import { afterAll, beforeAll, expect, it } from 'vitest';
import { machineIdentity } from '../../src/database/embedded/processes.ts';
import { newId } from '../../src/database/ids.ts';
import { openRecordsOn } from '../../src/database/open.ts';
import { createTestRecords } from './test-database.ts';

const EVERYBODY = { keyId: null, all: true };

let records: Awaited<ReturnType<typeof createTestRecords>>;

beforeAll(async () => {
  records = await createTestRecords();
});
afterAll(() => records.close());

/** A process id that was free a moment ago and is too high to be given out soon. */
const DEAD_PID = 4_000_000;

async function leaveBehind(serverId: string, machine: string, pid: number, silence: string) {
  const { prisma } = records.database;
  await prisma.$executeRawUnsafe(
    `INSERT INTO servers VALUES ($1, $2, $3, now(), now() - $4::interval)`,
    serverId,
    machine,
    pid,
    silence,
  );
  const id = newId('run');
  await prisma.run.create({
    data: {
      id,
      task: 'generate-image',
      status: 'running',
      createdAt: new Date(),
      requestId: 'r',
      model: 'm',
      request: {},
      stored: false,
      serverId,
    },
  });
  const key = { key: `key-${serverId}`, fingerprint: 'f', holder: 'h', serverId, createdAt: new Date() };
  await prisma.idempotencyKey.create({ data: key });
  return { id, key: key.key };
}

it.each([
  ['process is gone', machineIdentity(), DEAD_PID, '0 s'],
  ['process id is our own by now', machineIdentity(), process.pid, '0 s'],
  ['machine is silent', 'elsewhere', 1, '1 minute'],
])(
  'the start of a server fails the runs and frees the keys of one whose %s',
  async (_why, machine, pid, silence) => {
    const { id, key } = await leaveBehind(newId('srv'), machine, pid, silence);
    const next = await openRecordsOn(records.connection, () => {});
    expect(await next.runs.find(id, EVERYBODY)).toMatchObject({ status: 'failed', errorCode: 'server_lost' });
    expect(await next.idempotencyKeys.claim(key, 'other', 'me')).toBeUndefined();
    await next.close();
  },
);

it('leaves the runs and keys of living servers alone', async () => {
  const { id, key } = await leaveBehind(newId('srv'), 'elsewhere', DEAD_PID, '5 s');
  const next = await openRecordsOn(records.connection, () => {});
  expect(await next.runs.find(id, EVERYBODY)).toMatchObject({ status: 'running' });
  await expect(next.idempotencyKeys.claim(key, 'f', 'me')).rejects.toMatchObject({
    code: 'idempotency_key_in_flight',
  });
  await next.close();
});

it('lets a server that was given up finish its run', async () => {
  const { id } = await leaveBehind(newId('srv'), machineIdentity(), DEAD_PID, '0 s');
  const next = await openRecordsOn(records.connection, () => {});
  await records.runs.succeed(id, {
    model: 'm',
    revision: 'r',
    engine: 'e',
    result: {},
    queueMs: 1,
    computeMs: 2,
    images: [{ contentType: 'image/png', bytes: new Uint8Array([1, 2]) }],
  });
  expect(await next.runs.find(id, EVERYBODY)).toMatchObject({ status: 'succeeded', errorCode: null });
  expect((await next.runs.image(id, 0))?.bytes).toEqual(new Uint8Array([1, 2]));
  await next.close();
});

it('makes ids that sort by time, within a millisecond too', () => {
  const ids = Array.from({ length: 5000 }, () => newId('run'));
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});
