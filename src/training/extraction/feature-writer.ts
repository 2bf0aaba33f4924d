/** Features to files as the authors' extraction scripts write them: src/datasets/feature-files.ts reads them. */
import { makeAtomically } from '../../atomic-files.ts';

/** One picture's: float32 of this shape. */
export interface WrittenFeatures {
  id: string;
  shape: readonly number[];
  features: Float32Array;
}

/** A whole file, under a temporary name until it is complete. */
export async function writeFeatureFile(path: string, pictures: Iterable<WrittenFeatures>): Promise<void> {
  // Only where there is such a file to write: it is 4 MB of JavaScript.
  const library = await import('h5wasm/node');
  await library.ready;
  await makeAtomically(path, async (temporary) => {
    const file = new library.File(temporary, 'w');
    for (const { id, shape, features } of pictures) {
      const group = file.create_group(id);
      group.create_dataset({ name: 'features', data: features, shape: [...shape], dtype: '<f4' });
    }
    file.flush();
    file.close();
  });
}
