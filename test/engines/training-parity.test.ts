/** A few steps of every kind of training on both engines, from the same data: the same loss curve. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareCurves, SIZES, toleranceOf, train } from '../../scripts/gpu-check/parity.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { createTensorFlowEngine } from '../../src/engines/tensorflow.ts';
import { tensorFlowHere } from './installed.ts';

const { folder, reason } = tensorFlowHere();
if (reason) process.stderr.write(`training on both engines: ${reason}\n`);

describe.skipIf(folder === undefined)('training on both engines', () => {
  let dataDir: string;
  let engines: Engine[];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'parity-'));
    // The first one's results are what both engines' next kinds build on.
    engines = [
      createOnnxRuntimeEngine({ threads: 1 }),
      createTensorFlowEngine({ folder: folder!, device: 'cpu', threads: 1 }),
    ];
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it.each(Object.keys(SIZES))(
    '%s',
    async (kind) => {
      const compiled = await train(kind, engines[0]!, dataDir);
      const { compared, lines, name, difference } = compareCurves(
        compiled,
        await train(kind, engines[1]!, dataDir),
      );
      process.stderr.write(
        `${kind}: ${compared} numbers in ${lines} lines, largest difference ` +
          `${difference.toExponential(1)} ${name}\n`,
      );
      expect(compared).toBeGreaterThan(0);
      expect(difference).toBeLessThan(toleranceOf(kind));
    },
    600_000,
  );
});
