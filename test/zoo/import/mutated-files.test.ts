/**
 * Damaged checkpoints: every one is read or refused with a code. Nothing is run, nothing hangs, and memory stays
 * under a gigabyte. In a process of its own, so that its peak is its own. More of them, outside of the suite:
 * `npx tsx test/zoo/import/mutate-checkpoints.ts 1000`.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('200 mutated checkpoint files', { timeout: 600_000 }, async () => {
  const program = join(import.meta.dirname, 'mutate-checkpoints.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program, '200']);
  const report = JSON.parse(stdout) as Record<string, number> & { unexpected: unknown[] };
  expect(report.unexpected).toEqual([]);
  expect(report.files).toBe(200);
  expect(report.peakMegabytes).toBeLessThan(1000);
  // Both happen: a flipped bit of a weight is a weight, a flipped length is not.
  expect(report.refused).toBeGreaterThan(80);
  expect(report.read).toBeGreaterThan(30);
});
