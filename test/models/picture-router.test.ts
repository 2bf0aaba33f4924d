import { expect, test } from 'vitest';
import { pictureSummary, routePicture, summaryScore } from '../../src/models/picture-router.ts';
import { createRandom } from '../../src/random.ts';
import { fitLogistic } from '../../src/training/seeing/picture-router.ts';

test('a picture is summed up by the mean and the deviation of each feature', () => {
  const features = Float32Array.from([1, 10, 3, 10, 5, 10, 7, 10]);
  const summary = pictureSummary(features, 2);
  expect(summary[0]).toBe(4);
  expect(summary[1]).toBe(10);
  expect(summary[2]).toBeCloseTo(Math.sqrt(5), 6);
  expect(summary[3]).toBe(0);
});

test('logistic regression finds the odds that the data have', () => {
  // One number that says the label in nine cases of ten, one that says nothing.
  const random = createRandom('router');
  const rows = Array.from({ length: 4000 }, (_, i) => {
    const label = i % 2;
    const says = random.chance(0.9) ? label : 1 - label;
    return { summary: Float32Array.from([says * 8 + 100, random.normal()]), label };
  });
  const weights = fitLogistic(rows, 1e-6);
  expect(summaryScore(weights, Float32Array.from([108, 0]))).toBeCloseTo(0.9, 1);
  expect(summaryScore(weights, Float32Array.from([100, 0]))).toBeCloseTo(0.1, 1);
  expect(Math.abs(weights.weight!.data[1]!)).toBeLessThan(0.2);
});

test('the kind is the likelier one, with its probability', () => {
  const rows = [-1, 1].flatMap((side) =>
    Array.from({ length: 50 }, (_, i) => ({
      summary: Float32Array.from([side * (2 + i / 50), 0]),
      label: side > 0 ? 1 : 0,
    })),
  );
  const weights = fitLogistic(rows, 1);
  const config = { visual_feat_dim: 1 };
  const photograph = routePicture(config, weights, Float32Array.of(2, 2));
  const scene = routePicture(config, weights, Float32Array.of(-2, -2));
  expect(photograph.kind).toBe('photograph');
  expect(scene.kind).toBe('scene');
  expect(Math.min(photograph.score, scene.score)).toBeGreaterThan(0.9);
});
