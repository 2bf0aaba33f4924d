/** The importer, the network and both scores at once, held to pytorch-fid and torch-fidelity. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { featureStatistics, frechetDistance } from '../../src/evaluation/frechet-distance.ts';
import { createInception } from '../../src/evaluation/inception.ts';
import { inceptionScore } from '../../src/evaluation/inception-score.ts';
import { RESIZINGS, type Resizing } from '../../src/evaluation/resizings.ts';
import { writeSafetensors } from '../../src/safetensors.ts';
import { float32, type HostTensors } from '../../src/tensor.ts';
import { importCheckpoint } from '../../src/zoo/import/import-checkpoint.ts';
import { readManifest } from '../../src/zoo/manifest.ts';
import { readWeights } from '../../src/zoo/weights.ts';
import { inceptionPictures, inceptionStateDict } from '../fixtures/inception/network.ts';

interface Case {
  fid: number;
  inception_score: number;
  deviation: number;
  first_features: number[];
}

const CASES = join(import.meta.dirname, '../fixtures/inception/cases.json');
const { cases } = JSON.parse(readFileSync(CASES, 'utf8')) as { cases: Record<Resizing, Case> };
/** As commands open it: integers for large weights. */
const engine = createOnnxRuntimeEngine({ threads: 1, precision: 'int8' });
let root: string;
let weights: HostTensors;
const request = (from: string) => ({
  from,
  as: 'inception/fid',
  command: 'npm run import -- …',
  commit: 'test',
});

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'inception-'));
  const from = join(root, 'pt_inception.safetensors');
  await writeSafetensors(from, inceptionStateDict());
  const { folder } = await importCheckpoint(request(from), [join(root, 'zoo')]);
  weights = await readWeights(folder, await readManifest(folder));
}, 120_000);
afterAll(() => rm(root, { recursive: true }));

describe.each(RESIZINGS)('like %s', (resizing) => {
  test('features, inception score and FID to 1e-3', async () => {
    const expected = cases[resizing];
    const network = await createInception(engine, weights, resizing);
    const { features, probabilities } = await network.features(inceptionPictures(12));
    await network.release();
    for (const [i, feature] of expected.first_features.entries())
      expect(Math.abs(features[i]! - feature)).toBeLessThan(1e-4 * Math.max(1, feature));
    const half = features.length / 2;
    const [real, painted] = [features.subarray(0, half), features.subarray(half)].map((some) =>
      featureStatistics(some, 2048),
    );
    const { distance } = frechetDistance(real!, painted!);
    expect(Math.abs(distance / expected.fid - 1)).toBeLessThan(1e-3);
    const { mean, deviation } = inceptionScore(probabilities, 1008, 2);
    // Of random weights the score is hardly above 1, so what is above it is held too.
    expect(Math.abs(Math.log(mean) / Math.log(expected.inception_score) - 1)).toBeLessThan(1e-3);
    expect(Math.abs(deviation / expected.deviation - 1)).toBeLessThan(2e-3);
  }, 120_000);
});

test('the Inception of torchvision is another network, and the right file is named', async () => {
  const from = join(root, 'torchvision.safetensors');
  await writeSafetensors(from, {
    'Conv2d_1a_3x3.conv.weight': float32(new Float32Array(1), [1]),
    'fc.weight': float32(new Float32Array(1000 * 2), [1000, 2]),
  });
  await expect(importCheckpoint(request(from), [join(root, 'other')])).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(/1000 classes.*pt_inception-2015-12-05-6726825d\.pth, https:/s),
  });
});
