/** Feature files as h5py wrote them with the datasets of the authors' scripts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FeatureFileError, openFeatureFile } from '../../src/datasets/feature-files.ts';
import { parseSafetensors } from '../../src/safetensors.ts';
import { readClusterIds } from '../../src/zoo/import/cluster-ids.ts';
import { readNpy } from '../../src/zoo/import/npy.ts';

const path = (file: string): string => join(import.meta.dirname, '../fixtures/hdf5', file);
const tensors = (file: string) => parseSafetensors(readFileSync(path(file)), file).tensors;
const KMEANS = 'maskrcnn_mscoco_train';

test('grid features', async () => {
  const expected = tensors('grid.safetensors');
  const file = await openFeatureFile(path('maskrcnn_train_grid8.h5'));
  expect(file.imageIds).toHaveLength(5);
  for (const id of file.imageIds) {
    const { shape, features } = file.features(id);
    expect(shape).toEqual([8, 8, 40]);
    expect(features).toEqual(expected[`${id}/features`]!.data);
  }
  expect(() => file.features('COCO_none')).toThrow('no features of image COCO_none');
  expect(() => file.positions(file.imageIds[0]!)).toThrow('no boxes');
  file.close();
});

test('features of boxes, and where the boxes are', async () => {
  const expected = tensors('boxes.safetensors');
  const file = await openFeatureFile(path('maskrcnn_train_boxes36.h5'));
  expect(file.imageIds).toHaveLength(3);
  for (const id of file.imageIds) {
    expect(file.features(id).features).toEqual(expected[`${id}/features`]!.data);
    for (const name of ['obj_id', 'boxes', 'img_w', 'img_h']) {
      expect(file.numbers(id, name), name).toEqual([...expected[`${id}/${name}`]!.data]);
    }
    const positions = file.positions(id);
    for (const [i, x] of expected[`${id}/visual_pos`]!.data.entries()) expect(positions[i]).toBeCloseTo(x, 6);
  }
  file.close();
});

test('more groups than one node of the symbol table holds, by name', async () => {
  const file = await openFeatureFile(path('many_groups.h5'));
  expect([file.imageIds.length, file.imageIds[0], file.imageIds.at(-1)]).toEqual([
    40,
    'COCO_val2014_000000000042',
    'COCO_val2014_000000000315',
  ]);
  const all = file.imageIds.flatMap((id) => [...file.features(id).features]);
  expect(all).toEqual([...tensors('many-groups.safetensors').features!.data]);
  file.close();
});

test('what is no HDF5 file is refused', async () => {
  for (const file of ['cases.json', 'not-there.h5']) {
    await expect(openFeatureFile(path(file))).rejects.toThrow(FeatureFileError);
  }
});

describe('what k-means leaves', () => {
  test.each(['', '.protocol3'])('cluster ids%s', async (version) => {
    const ids = await readClusterIds(
      path(`${KMEANS}_mscoco_train_img_id_to_cluster_id_16_iter20_d40_grid8${version}.pkl`),
    );
    const expected = tensors('grid.safetensors');
    expect(ids.size).toBe(5);
    for (const [image, codes] of ids) expect(codes).toEqual(expected[`${image}/cluster_id`]!.data);
  });

  test('centroids and the cluster of every cell', async () => {
    const centroids = await readNpy(path(`${KMEANS}_centroids16_iter20_d40_grid8.npy`));
    expect([centroids.dtype, centroids.shape]).toEqual(['float32', [16, 40]]);
    const index = await readNpy(
      path(`${KMEANS}_mscoco_train_cluster_index_centroids16_iter20_d40_grid8.npy`),
    );
    const ids = await readClusterIds(
      path(`${KMEANS}_mscoco_train_img_id_to_cluster_id_16_iter20_d40_grid8.pkl`),
    );
    expect(index.shape).toEqual([320, 1]);
    expect([...index.data]).toEqual([...ids.keys()].sort().flatMap((image) => [...ids.get(image)!]));
  });
});
