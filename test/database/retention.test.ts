import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { auditRow, listAudit } from '../../src/database/audit.ts';
import { firstIdOf, newId } from '../../src/database/ids.ts';
import { type Retention, removeOld } from '../../src/database/retention.ts';
import { createTestRecords } from './test-database.ts';

const DAY = 24 * 3_600_000;
const PLENTY: Retention = { days: 30, runs: 1000, imageBytes: 1e9, answerBytes: 1e9 };
let records: Awaited<ReturnType<typeof createTestRecords>>;

beforeAll(async () => {
  records = await createTestRecords();
});
afterAll(() => records.close());
beforeEach(async () => {
  await records.database.pool.query('TRUNCATE runs, run_images, idempotency_keys');
});

/** As if it had been asked `age` days ago. */
async function run(age: number, fields: { running?: boolean; image?: number } = {}): Promise<string> {
  const id = firstIdOf('run', Date.now() - age * DAY).replace(/0{16}$/, newId('run').slice(-16));
  const accepted = { id, task: 't', requestId: 'r', model: 'm', request: {}, stored: true, keyId: null };
  await records.runs.accept(accepted);
  if (fields.running) return id;
  const bytes = new Uint8Array(fields.image ?? 0).fill(7);
  await records.runs.succeed(id, {
    ...{ model: 'm', revision: 'r', engine: 'e', result: {}, queueMs: 0, computeMs: 0 },
    images: fields.image === undefined ? [] : [{ contentType: 'image/png', bytes }],
  });
  return id;
}
const kept = async () =>
  (await records.database.prisma.run.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id);
const remove = (limits: Partial<Retention> = {}) => removeOld(records.database, { ...PLENTY, ...limits });

it('keeps runs for as many days, with their pictures, and never removes one that runs', async () => {
  const running = await run(40, { running: true });
  await run(31, { image: 100 });
  const young = await run(29);
  expect(await remove()).toBe(1);
  expect(await kept()).toEqual([running, young]);
  expect(await records.database.prisma.runImage.count()).toBe(0);
});

it('keeps no more than so many runs, the newest', async () => {
  const ids: string[] = [];
  for (let age = 9; age >= 0; age--) ids.push(await run(age));
  expect(await remove({ runs: 4 })).toBe(6);
  expect(await kept()).toEqual(ids.slice(-4));
  expect(await remove({ runs: 4 })).toBe(0);
});

it('keeps no more than so many bytes of pictures, and the runs they were of', async () => {
  const ids: string[] = [];
  for (let age = 5; age >= 0; age--) ids.push(await run(age, { image: 100_000 }));
  expect(await remove({ imageBytes: 250_000 })).toBe(4);
  expect(await records.runs.image(ids[3]!, 0)).toBeNull();
  expect((await records.runs.image(ids[4]!, 0))?.bytes).toHaveLength(100_000);
  expect(await kept()).toEqual(ids);
});

it('keeps answers for a day, and no more than so many bytes of them; not those in flight', async () => {
  const { idempotencyKeys: keys, database } = records;
  for (const key of ['a', 'b', 'c', 'd']) {
    await keys.claim(key, 'f', 'me');
    if (key !== 'd')
      await keys.answer(key, 'me', { status: 200, headers: {}, body: Buffer.alloc(100_000, 7) });
  }
  await database.pool.query(
    `UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'a'`,
  );
  expect(await remove()).toBe(1);
  expect(await remove({ answerBytes: 150_000 })).toBe(1);
  const left = await database.prisma.idempotencyKey.findMany({ orderBy: { key: 'asc' } });
  expect(left.map(({ key }) => key)).toEqual(['c', 'd']);
});

it('keeps the record of changes as long as runs, and no more of it', async () => {
  const audited = (age: number) => ({
    ...auditRow({ method: 'DELETE', action: 'deleteModel' }),
    id: firstIdOf('aud', Date.now() - age * DAY),
  });
  const data = [31, 3, 2, 1].map(audited);
  await records.database.prisma.auditEvent.createMany({ data });
  expect(await remove({ runs: 2 })).toBe(2);
  const left = await listAudit(records.database, {}, undefined, 10);
  expect(left.map(({ id }) => id)).toEqual([data[3]!.id, data[2]!.id]);
});

it('leaves the work to another server that is at it', async () => {
  await run(31);
  const client = await records.database.pool.connect();
  await client.query('BEGIN; SELECT pg_advisory_xact_lock(72707371)');
  expect(await remove()).toBe(0);
  await client.query('ROLLBACK');
  client.release();
  expect(await remove()).toBe(1);
});
