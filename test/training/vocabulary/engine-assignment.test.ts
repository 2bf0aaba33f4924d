import { expect, it } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { createRandom } from '../../../src/random.ts';
import { readSafetensors } from '../../../src/safetensors.ts';
import { engineAssignment } from '../../../src/training/vocabulary/engine-assignment.ts';
import { kmeans, nearestCentroids } from '../../../src/training/vocabulary/kmeans.ts';

const engine = createOnnxRuntimeEngine({ threads: 1 });

it('assigns as the exact search does, over more than one chunk', async () => {
  const random = createRandom('points');
  const points = Float32Array.from({ length: 5000 * 3 }, () => random.normal() * 10);
  const centroids = points.slice(0, 7 * 3);
  const { assign, release } = await engineAssignment(engine, 3);
  const found = await assign(points, centroids, 3);
  const exact = nearestCentroids(points, centroids, 3);
  expect(found.ids).toEqual(exact.ids);
  for (let i = 0; i < 5000; i++) expect(found.distances[i]).toBeCloseTo(exact.distances[i]!, 2);
  await expect(assign(points, centroids, 5)).rejects.toThrow('3 dimensions');
  await release();
});

it('ends k-means where faiss-like Lloyd iterations end', async () => {
  const folder = new URL('../../fixtures/kmeans/', import.meta.url).pathname;
  const { points } = (await readSafetensors(`${folder}faiss-kmeans.safetensors`)).tensors;
  const lloyd = (await readSafetensors(`${folder}lloyd-from-init.safetensors`)).tensors;
  const { assign, release } = await engineAssignment(engine, 16);
  const result = await kmeans(points!.data as Float32Array, {
    dimensions: 16,
    clusters: 32,
    iterations: 20,
    random: createRandom(0),
    initialCentroids: lloyd.init_centroids!.data as Float32Array,
    assign,
  });
  expect(result.assignment.ids).toEqual(lloyd.assignments!.data);
  await release();
});
