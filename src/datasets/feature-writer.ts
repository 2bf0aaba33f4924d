/** Features to files as the authors' extraction scripts write them: src/datasets/feature-files.ts reads them. */
import type { Group } from 'h5wasm/node';
import { makeAtomically } from '../atomic-files.ts';

/** One picture's: float32 of this shape. */
export interface WrittenFeatures {
  id: string;
  shape: readonly number[];
  features: Float32Array;
  /** Of features of boxes. */
  boxes?: WrittenBoxes;
}

/** As LXMERT's extraction has them of the pictures of bottom-up attention. */
interface WrittenBoxes {
  /** Pixels of the picture. */
  width: number;
  height: number;
  /** [boxes × 4]: x0, y0, x1, y1 in pixels. */
  corners: Float32Array;
  objects: Said;
  /** Colours and the like, where the detector tells them. */
  attributes?: Said;
}

interface Said {
  /** Of the detector's classes, from 0 on, [boxes]. */
  ids: ArrayLike<number>;
  /** How sure it is of them, 0..1, [boxes]. */
  scores: Float32Array;
}

/** A whole file, under a temporary name until it is complete; memory has one picture. */
export async function writeFeatureFile(
  path: string,
  pictures: Iterable<WrittenFeatures> | AsyncIterable<WrittenFeatures>,
): Promise<void> {
  // Only where there is such a file to write: it is 4 MB of JavaScript.
  const library = await import('h5wasm/node');
  await library.ready;
  await makeAtomically(path, async (temporary) => {
    const file = new library.File(temporary, 'w');
    try {
      for await (const { id, shape, features, boxes } of pictures) {
        const group = file.create_group(id);
        group.create_dataset({ name: 'features', data: features, shape: [...shape], dtype: '<f4' });
        if (boxes !== undefined) writeBoxes(group, boxes);
      }
      file.flush();
    } finally {
      file.close();
    }
  });
}

function writeBoxes(group: Group, { corners, objects, attributes, width, height }: WrittenBoxes): void {
  const N = objects.ids.length;
  group.create_dataset({ name: 'boxes', data: corners, shape: [N, 4], dtype: '<f4' });
  for (const [name, said] of [
    ['obj', objects],
    ['attr', attributes],
  ] as const) {
    if (said === undefined) continue;
    group.create_dataset({ name: `${name}_id`, data: int64(said.ids), shape: [N], dtype: '<q' });
    group.create_dataset({ name: `${name}_conf`, data: said.scores, shape: [N], dtype: '<f4' });
  }
  for (const [name, pixels] of [
    ['img_w', width],
    ['img_h', height],
  ] as const)
    group.create_dataset({ name, data: int64([pixels]), shape: [], dtype: '<q' });
}

const int64 = (numbers: ArrayLike<number>) => BigInt64Array.from(Array.from(numbers, BigInt));
