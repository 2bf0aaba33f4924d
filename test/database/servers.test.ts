import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { madeBefore, noteMade } from '../../src/database/idempotency-keys.ts';
import { newId } from '../../src/database/ids.ts';
import { openRecordsOn } from '../../src/database/open.ts';
import { machineIdentity } from '../../src/processes.ts';
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
    // Of a Postgres that has just started nobody knows who would have been heard.
    const { rows } = await records.database.pool.query<{ seconds: number }>(
      `SELECT extract(epoch FROM pg_postmaster_start_time() + interval '11 s' - clock_timestamp())::float8 AS seconds`,
    );
    // Not in the query, which has ten seconds to answer.
    await sleep(Math.max(0, 1000 * rows[0]!.seconds));
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

it('what could not be recorded while the database was away is settled afterwards, and what goes on is not', async () => {
  const { database, serverId, runs, idempotencyKeys } = records;
  const request = { task: 'vqa', requestId: 'r', model: 'm', request: {}, stored: false, keyId: null };
  const [going, ended] = [newId('run'), newId('run')];
  for (const id of [going, ended]) await runs.accept({ ...request, id });
  await idempotencyKeys.claim('going', 'f', 'holder of going');
  await idempotencyKeys.claim('ended', 'f', 'holder of ended');
  // Accepted and claimed, but nobody was told so.
  const untold = newId('run');
  await database.prisma.$executeRaw`
    INSERT INTO runs (id, task, status, created_at, request_id, model, request, stored, server_id)
    VALUES (${untold}, 'vqa', 'running', now(), 'r', 'm', '{}', false, ${serverId})`;
  await database.prisma.$executeRaw`
    INSERT INTO idempotency_keys (key, fingerprint, holder, server_id, created_at)
    VALUES ('untold', 'f', 'nobody', ${serverId}, now())`;
  // The ends of two cannot be written.
  await database.prisma.$executeRaw`ALTER TABLE runs RENAME TO away`;
  await database.prisma.$executeRaw`ALTER TABLE idempotency_keys RENAME TO keys_away`;
  await expect(runs.fail(ended, 'failed', 'internal_error', '')).rejects.toThrow();
  await expect(idempotencyKeys.release('ended', 'holder of ended')).rejects.toThrow();
  await database.prisma.$executeRaw`ALTER TABLE away RENAME TO runs`;
  await database.prisma.$executeRaw`ALTER TABLE keys_away RENAME TO idempotency_keys`;

  await runs.settle();
  await idempotencyKeys.settle();
  expect(await runs.find(going, EVERYBODY)).toMatchObject({ status: 'running' });
  const failed = { status: 'failed', errorCode: 'database_unavailable' };
  expect(await runs.find(ended, EVERYBODY)).toMatchObject(failed);
  expect(await runs.find(untold, EVERYBODY)).toMatchObject(failed);
  for (const key of ['ended', 'untold']) {
    expect(await idempotencyKeys.claim(key, 'another', `next of ${key}`)).toBeUndefined();
  }
  await expect(idempotencyKeys.claim('going', 'f', 'me')).rejects.toThrow('still running');
});

it('what a machine that vanished leaves in Postgres ends by itself', async () => {
  const { rows } = await records.database.pool.query('SHOW idle_in_transaction_session_timeout');
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: '15s' }]);
});

it('what was made under a key whose answer was lost is not made again', async () => {
  const { database, idempotencyKeys } = records;
  const first = { key: 'job', holder: 'first' };
  await idempotencyKeys.claim('job', 'f', 'first');
  expect(await madeBefore(database, first)).toBeUndefined();
  await database.prisma.$transaction((tx) => noteMade(tx, first, 'job_1'));
  await idempotencyKeys.release('job', 'first');
  await expect(idempotencyKeys.claim('job', 'another body', 'x')).rejects.toThrow('different');
  const holders = await Promise.allSettled(
    ['second', 'third'].map((holder) => idempotencyKeys.claim('job', 'f', holder)),
  );
  expect(holders.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const holder = holders[0]!.status === 'fulfilled' ? 'second' : 'third';
  expect(await madeBefore(database, { key: 'job', holder })).toBe('job_1');
  // The same when its server died.
  const { prisma } = database;
  await prisma.idempotencyKey.update({ where: { key: 'job' }, data: { serverId: 'srv_gone' } });
  await (await openRecordsOn(records.connection, () => {})).close();
  expect(await idempotencyKeys.claim('job', 'f', 'fourth')).toBeUndefined();
  expect(await madeBefore(database, { key: 'job', holder: 'fourth' })).toBe('job_1');
});

it('an answer whose key was taken away is kept all the same, unless another has the key', async () => {
  const { database, idempotencyKeys } = records;
  const answer = { status: 200, headers: {}, body: new Uint8Array([1, 2]) };
  for (const key of ['lost', 'taken']) await idempotencyKeys.claim(key, 'f', `holder of ${key}`);
  await database.prisma.idempotencyKey.deleteMany({ where: { key: { in: ['lost', 'taken'] } } });
  await idempotencyKeys.claim('taken', 'f', 'the next one');
  for (const key of ['lost', 'taken']) await idempotencyKeys.answer(key, `holder of ${key}`, answer);
  expect(await idempotencyKeys.claim('lost', 'f', 'me')).toMatchObject(answer);
  await expect(idempotencyKeys.claim('taken', 'f', 'me')).rejects.toThrow('still running');
});
