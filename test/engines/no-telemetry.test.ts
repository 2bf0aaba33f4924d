import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';

it('whoever imports onnxruntime-node has turned its reports off before', () => {
  const source = fileURLToPath(new URL('../../src', import.meta.url));
  const importers = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(source, name), 'utf8'))
    .filter((text) => /from 'onnxruntime-node'/.test(text));
  expect(importers.length).toBeGreaterThan(0);
  for (const text of importers) {
    const [first] = text.match(/^import .*$/m)!;
    expect(first).toMatch(/no-telemetry\.ts'/);
  }
});

it('is off unless somebody chose otherwise', async () => {
  delete process.env.ORT_DISABLE_TELEMETRY;
  // Another test of this process may have had it loaded.
  vi.resetModules();
  await import('../../src/engines/no-telemetry.ts');
  expect(process.env.ORT_DISABLE_TELEMETRY).toBe('1');
});
