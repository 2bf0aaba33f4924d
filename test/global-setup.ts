/**
 * One Postgres for a whole run of the tests. The first test that wants a database starts it (see
 * test/database/test-database.ts), the others adopt it; this file ends it. Runs without such tests pay nothing.
 */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../src/database/embedded/supervisor.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresFolder: string;
  }
}

export default function setup(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'xlxmert-test-'));
  // Run by root, Postgres runs as somebody else, who must be able to enter.
  chmodSync(folder, 0o755);
  project.provide('postgresFolder', folder);
  return async () => {
    if (existsSync(join(folder, 'postgres'))) {
      const postgres = await startEmbeddedPostgres(folder, { log: () => {} });
      await postgres.stop();
    }
    rmSync(folder, { recursive: true, force: true });
  };
}
