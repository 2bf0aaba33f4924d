import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/random.ts';
import { readSafetensors } from '../../../src/safetensors.ts';
import {
  kmeans,
  nearestCentroids,
  POINTS_AT_A_TIME,
  type PointSource,
} from '../../../src/training/vocabulary/kmeans.ts';

const folder = new URL('../../fixtures/kmeans/', import.meta.url).pathname;
const dimensions = 16;
const clusters = 32;
const iterations = 20;

interface Cases {
  cases: { expected_scalars: Record<string, number>; objectives?: number[] }[];
}

let cases: Cases;
let faiss: Record<string, { data: unknown }>;
let lloyd: Record<string, { data: unknown }>;
let points: Float32Array;

beforeAll(async () => {
  cases = JSON.parse(await readFile(`${folder}cases.json`, 'utf8'));
  faiss = (await readSafetensors(`${folder}faiss-kmeans.safetensors`)).tensors;
  lloyd = (await readSafetensors(`${folder}lloyd-from-init.safetensors`)).tensors;
  points = faiss.points!.data as Float32Array;
});

describe('kmeans', () => {
  it('ends where plain Lloyd iterations from given centroids end', async () => {
    const expected = cases.cases[1]!;
    const result = await kmeans(points, {
      dimensions,
      clusters,
      iterations,
      random: createRandom(0),
      initialCentroids: lloyd.init_centroids!.data as Float32Array,
    });
    const centroids = lloyd.centroids!.data as Float32Array;
    for (let i = 0; i < centroids.length; i++) {
      expect(Math.abs(result.centroids[i]! - centroids[i]!)).toBeLessThan(1e-4);
    }
    expect(result.assignment.ids).toEqual(lloyd.assignments!.data);
    expect(result.objective / expected.expected_scalars.objective!).toBeCloseTo(1, 5);
    expect(result.objectives).toHaveLength(iterations);
    for (const [i, objective] of expected.objectives!.entries()) {
      expect(Math.abs(result.objectives[i]! / objective - 1)).toBeLessThan(1e-5);
    }
  });

  it.each([1, 2, 3, 4, 5])('is as good as faiss from its own start, seed %i', async (seed) => {
    const { objective } = await kmeans(points, {
      dimensions,
      clusters,
      iterations,
      random: createRandom(seed),
    });
    expect(objective).toBeLessThanOrEqual(1.02 * cases.cases[0]!.expected_scalars.median_objective!);
  });

  it('assigns points to the centroids of faiss as faiss does', () => {
    const { ids, distances } = nearestCentroids(points, faiss.centroids!.data as Float32Array, dimensions);
    expect(ids).toEqual(faiss.assignments!.data);
    const objective = distances.reduce((a, b) => a + b, 0);
    expect(objective / cases.cases[0]!.expected_scalars.objective!).toBeCloseTo(1, 5);
  });

  it('repeats itself for a seed', async () => {
    const run = () => kmeans(points, { dimensions, clusters: 8, iterations: 3, random: createRandom(9) });
    expect(await run()).toEqual(await run());
  });

  it('gives starving clusters the points that are served worst', async () => {
    // Both far centroids start where no point is nearest to them.
    const result = await kmeans(Float32Array.of(0, 0.1, 5, 5.1, 20), {
      dimensions: 1,
      clusters: 3,
      iterations: 5,
      random: createRandom(0),
      initialCentroids: Float32Array.of(3, 1000, 2000),
    });
    expect([...result.centroids].sort((a, b) => a - b).map((c) => c.toFixed(2))).toEqual([
      '0.05',
      '5.05',
      '20.00',
    ]);
  });

  it('ends at the same centroids when points are read piece by piece', async () => {
    const count = 2 * POINTS_AT_A_TIME + 100;
    const random = createRandom('pieces');
    const all = Float32Array.from({ length: count * 3 }, () => random.normal());
    let most = 0;
    const pieces: PointSource = {
      count,
      async read(first, some) {
        most = Math.max(most, some);
        return all.slice(first * 3, (first + some) * 3);
      },
    };
    const asked = () => ({ dimensions: 3, clusters: 5, iterations: 3, random: createRandom(2) });
    expect(await kmeans(pieces, asked())).toEqual(await kmeans(all, asked()));
    expect(most).toBe(POINTS_AT_A_TIME);
  });

  it('chooses the first centroids of many clusters some at a time, and hits nearly every blob', async () => {
    const blobs = 400;
    const random = createRandom('blobs');
    // Far apart: a blob without a centroid of its own adds a quarter to the objective of a point, as measured below.
    const all = Float32Array.from(
      { length: blobs * 20 * 2 },
      (_, i) => (i % 2 === 0 ? Math.floor(i / 40) * 10 : 0) + random.normal() * 0.1,
    );
    let searches = 0;
    const { objective } = await kmeans(all, {
      ...{ dimensions: 2, clusters: blobs, iterations: 8, random: createRandom(3) },
      assign(...args) {
        searches++;
        return nearestCentroids(args[0], args[1], args[2]);
      },
    });
    expect(searches).toBeLessThan(blobs / 2);
    // Points chosen by chance leave a third of the blobs without one.
    expect(objective / (blobs * 20)).toBeLessThan(0.02 + 5 / 4);
  });

  it('goes on from the centroids of an iteration as if it had not stopped', async () => {
    const moved: Float32Array[] = [];
    const whole = await kmeans(points, {
      ...{ dimensions, clusters, iterations: 5, random: createRandom(4) },
      onMoved: (_, centroids) => void moved.push(centroids.slice()),
    });
    const rest = await kmeans(points, {
      ...{ dimensions, clusters, iterations: 5, random: createRandom(4) },
      ...{ initialCentroids: moved[1]!, done: 2 },
    });
    expect(rest).toEqual({ ...whole, objectives: whole.objectives.slice(2) });
  });

  it('assigns to the centroids as they are kept', async () => {
    const kept = await kmeans(points, {
      ...{ dimensions, clusters, iterations: 2, random: createRandom(4) },
      keep: (centroids) => centroids.map(Math.round),
    });
    expect(kept.centroids.every(Number.isInteger)).toBe(true);
    expect(kept.assignment).toEqual(nearestCentroids(points, kept.centroids, dimensions));
  });

  it('refuses more clusters than points', async () => {
    const run = kmeans(new Float32Array(4), {
      dimensions: 2,
      clusters: 3,
      iterations: 1,
      random: createRandom(0),
    });
    await expect(run).rejects.toThrow(RangeError);
  });
});
