import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { featureStatistics, frechetDistance } from '../../src/evaluation/frechet-distance.ts';
import { inceptionScore } from '../../src/evaluation/inception-score.ts';
import { readSafetensors } from '../../src/safetensors.ts';

interface Case {
  name: string;
  file: string;
  splits?: number;
  expected_scalars: Record<string, number>;
}

const folder = new URL('../fixtures/fid/', import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')) as { cases: Case[] };
const inputs = async (file: string) => (await readSafetensors(new URL(file, folder).pathname)).tensors;

function near(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-4 + relative * Math.abs(expected));
}

describe('Fréchet distance', () => {
  for (const { name, file, expected_scalars: expected } of cases.filter((c) => c.name.startsWith('fid'))) {
    it(`${name}: the golden distance and its four terms`, async () => {
      const { features_1, features_2 } = await inputs(file);
      const dimensions = features_1!.shape[1]!;
      const actual = frechetDistance(
        featureStatistics(features_1!.data, dimensions),
        featureStatistics(features_2!.data, dimensions),
      );
      // The general square root behind the golden value loses digits where covariances are singular.
      const relative = name === 'fid-few' ? 1e-3 : 1e-4;
      near(actual.distance, expected.fid!, relative);
      near(actual.meanTerm, expected.mean_term!, relative);
      near(actual.trace1, expected.trace_1!, relative);
      near(actual.trace2, expected.trace_2!, relative);
      near(actual.traceRoot, expected.trace_root!, relative);
    });
  }

  it('refuses what has no covariance, and sets of different width', () => {
    expect(() => featureStatistics(new Float32Array(8), 8)).toThrow('two rows');
    const wide = featureStatistics(new Float32Array(16), 8);
    const narrow = featureStatistics(new Float32Array(16), 4);
    expect(() => frechetDistance(wide, narrow)).toThrow('8 and of 4');
  });
});

describe('inception score', () => {
  for (const { name, file, splits, expected_scalars: expected } of cases.filter((c) => c.splits)) {
    it(`${name}: the golden mean and deviation`, async () => {
      const { probabilities } = await inputs(file);
      const actual = inceptionScore(probabilities!.data, probabilities!.shape[1]!, splits!);
      expect(Math.abs(actual.mean - expected.mean!)).toBeLessThan(1e-4);
      expect(Math.abs(actual.deviation - expected.std!)).toBeLessThan(1e-4);
    });
  }

  it('is 1 when every row says the same, and the number of classes when rows are sure and spread', () => {
    const same = Float32Array.from({ length: 40 }, () => 0.25);
    expect(inceptionScore(same, 4, 2).mean).toBeCloseTo(1, 10);
    const sure = Float32Array.from({ length: 64 }, (_, i) => (i % 4 === Math.floor(i / 4) % 4 ? 1 : 0));
    expect(inceptionScore(sure, 4, 2).mean).toBeCloseTo(4, 10);
  });
});
