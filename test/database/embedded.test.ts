import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/supervisor.ts';
import { newId } from '../../src/database/ids.ts';
import { openRecordsOn } from '../../src/database/open.ts';
import { isAlive } from '../../src/processes.ts';

const quiet = { log: () => {} };
let folder: string;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xlxmert-embedded-'));
  chmodSync(folder, 0o755);
  postgres = await startEmbeddedPostgres(folder, quiet);
});
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('embedded Postgres', () => {
  it('runs as somebody who is not root, behind a folder that only they and we can enter', () => {
    expect(statSync(join(folder, 'postgres/18/cluster')).uid).not.toBe(0);
    expect(statSync(join(folder, 'postgres/socket')).mode & 0o777).toBe(0o700);
  });

  it('is adopted by a second server, and left to it', async () => {
    const second = await startEmbeddedPostgres(folder, quiet);
    expect([second.ours(), second.pid()]).toEqual([false, postgres.pid()]);
    second.abandon();
    expect(isAlive(postgres.pid()!)).toBe(true);
  });

  it('comes back after kill -9 under load, with every acknowledged run', async () => {
    const records = await openRecordsOn({ ...postgres.connection, database: 'postgres' }, () => {});
    const acknowledged: string[] = [];
    let writing = true;
    const writer = async () => {
      while (writing) {
        const id = newId('run');
        await records.runs.accept({
          id,
          task: 't',
          requestId: 'r',
          model: 'm',
          request: {},
          stored: true,
          keyId: null,
        });
        await records.runs.succeed(id, {
          model: 'm',
          revision: 'r',
          engine: 'e',
          result: {},
          queueMs: 0,
          computeMs: 0,
          images: [{ contentType: 'image/png', bytes: new Uint8Array(10_000) }],
        });
        acknowledged.push(id);
      }
    };
    const writers = Array.from({ length: 4 }, writer);
    for (let kill = 0; kill < 2; kill++) {
      const before = acknowledged.length;
      while (acknowledged.length < before + 20) await sleep(10);
      const pid = postgres.pid()!;
      process.kill(pid, 'SIGKILL');
      const killed = acknowledged.length;
      // The writers never see an error: they are answered once Postgres is back.
      while (acknowledged.length < killed + 20) await sleep(10);
      expect(postgres.pid()).not.toBe(pid);
    }
    writing = false;
    await Promise.all(writers);
    const { prisma } = records.database;
    const where = { id: { in: acknowledged }, status: 'succeeded' as const };
    expect(await prisma.run.count({ where })).toBe(acknowledged.length);
    expect(await prisma.runImage.count({ where: { runId: { in: acknowledged } } })).toBe(acknowledged.length);
    await records.close();
  });

  it('leaves the database of another major version alone, and says how to move it', async () => {
    const other = mkdtempSync(join(tmpdir(), 'xlxmert-major-'));
    const old = join(other, 'postgres/17/cluster');
    mkdirSync(old, { recursive: true });
    writeFileSync(join(old, 'PG_VERSION'), '17\n');
    await expect(startEmbeddedPostgres(other, quiet)).rejects.toThrow(
      /of Postgres 17, .* comes with Postgres 18.*npm run upgrade-postgres/,
    );
    expect(readdirSync(join(other, 'postgres'))).toEqual(['17']);
    expect(readdirSync(old)).toEqual(['PG_VERSION']);
    rmSync(other, { recursive: true });
  });

  it('is not started beside a server of another machine on the same folder', async () => {
    const other = mkdtempSync(join(tmpdir(), 'xlxmert-claimed-'));
    chmodSync(other, 0o755);
    const first = await startEmbeddedPostgres(other, quiet);
    await first.stop();
    const claim = join(other, 'postgres/claim.json');
    writeFileSync(claim, 'otherhost 1234');
    const renewal = setInterval(() => utimesSync(claim, new Date(), new Date()), 300);
    await expect(startEmbeddedPostgres(other, quiet)).rejects.toThrow(/another machine.*\(otherhost\)/);
    clearInterval(renewal);
    expect(existsSync(join(other, 'postgres/18/cluster/postmaster.pid'))).toBe(false);
    // Its server died: nobody renews the claim.
    const heir = await startEmbeddedPostgres(other, quiet);
    expect(heir.ours()).toBe(true);
    await heir.stop();
    rmSync(other, { recursive: true });
  });
});
