/** The host with a child that computes on TensorFlow, where that is installed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InferenceHost, PaintRequest } from '../../src/inference/host.ts';
import { createInferenceHost } from '../../src/inference/host-process.ts';
import { tensorFlowHere } from '../engines/installed.ts';
import { writeTinyZoo } from './tiny-zoo.ts';

const { folder, reason } = tensorFlowHere();
if (reason) process.stderr.write(`the host on TensorFlow: ${reason}\n`);

const request = (seed: number): PaintRequest => ({
  ...{ prompts: ['the sky'], model: 'tiny', n: 1, seeds: [seed], format: 'png', intermediate: false },
  sampler: { strategy: 'mask-predict', temperature: 1 },
});

describe.skipIf(folder === undefined)('the host on TensorFlow', () => {
  let root: string;
  let host: InferenceHost;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'tensorflow-child-'));
    await writeTinyZoo(root);
    host = await createInferenceHost({
      checkpoints: [root],
      threads: 1,
      engine: { engine: 'tensorflow', device: 'cpu', folder: folder! },
    });
  });
  afterAll(async () => {
    await host.close(0);
    await rm(root, { recursive: true });
  });

  it('says which engine painted, and paints the same in a child that replaces one that was killed', async () => {
    const before = await host.paint(request(3));
    expect(before.engine).toBe('tensorflow-cpu');
    const { childPid } = host.stats();
    const running = Array.from({ length: 6 }, (_, seed) => host.paint(request(seed)));
    while (host.stats().activeWorks === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    process.kill(childPid!, 'SIGKILL');
    const results = await Promise.all(running);
    expect(results[3]!.images[0]!.encoded.equals(before.images[0]!.encoded)).toBe(true);
    expect(host.stats()).toMatchObject({ restarts: 1 });
    expect(host.stats().childPid).not.toBe(childPid);
  }, 240_000);
});
