import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { expect, it } from 'vitest';
import { isConnectionLoss } from '../../src/database/connection-loss.ts';

const thrown = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error: unknown) => error);
const coded = (code: string, fields: object = {}) => Object.assign(new Error(code), { code, ...fields });

it('a file that is not there and a client that hung up are not the death of the database', async () => {
  const missing = await thrown(readFile('/no/such/file'));
  expect([isConnectionLoss(missing), isConnectionLoss(missing, true)]).toEqual([false, false]);
  for (const code of ['ECONNRESET', 'EPIPE'])
    expect(isConnectionLoss(coded(code, { syscall: 'read' }))).toBe(false);
  expect(isConnectionLoss(new Error('aborted', { cause: coded('ECONNRESET') }))).toBe(false);
});

it('a socket that is not there, and what Prisma and pg say of broken ones, are', async () => {
  const nobody = await new Promise((resolve) =>
    createConnection('/no/such/.s.PGSQL.5432').on('error', resolve),
  );
  expect(isConnectionLoss(nobody)).toBe(true);
  const prisma = coded('ENOENT', { name: 'PrismaClientKnownRequestError' });
  expect(isConnectionLoss(prisma)).toBe(true);
  expect(isConnectionLoss(new Error('x', { cause: coded('57P01') }))).toBe(true);
  expect(isConnectionLoss(new Error('Connection terminated unexpectedly'))).toBe(true);
  // Of something that only ever asks Postgres.
  expect(isConnectionLoss(coded('ECONNRESET', { syscall: 'read' }), true)).toBe(true);
});
