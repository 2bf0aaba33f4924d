/** Features of a directory's images, computed once and kept in half precision (picture-rows.ts). */

import { type DirectoryDataset, indexPictures } from '../../datasets/directory/index.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Pixels } from '../../pictures/decode-picture.ts';
import { narrowToFloat16, widenFloat16 } from '../../safetensors.ts';
import {
  type EncoderComponent,
  encodedNumbers,
  encoderInput,
  imageEncoder,
  usePicture,
} from './image-encoder.ts';
import { fillRows, openPictureRows } from './picture-rows.ts';

export interface PictureFeatures {
  /** F */
  readonly width: number;
  /**
   * Computes those of the pictures that are not there.
   * @param onEach called after each, with how many of them are done; throws to stop
   * @throws TrainingError dataset_unusable that names the file
   */
  fill(ids: readonly string[], onEach?: (done: number, computed: number) => void): Promise<void>;
  /**
   * Copies a picture's features, [64 × F] or [boxes × (F + 4)], into `target` from `at` on.
   * @throws Error when they are not there
   */
  read(id: string, target: Float32Array, at: number): void;
  close(): void;
}

/** @param cache folder @param boxes so many in place of the grid */
export async function openPictureFeatures(
  cache: string,
  engine: Engine,
  encoder: EncoderComponent & { revision: string },
  { name, folder }: Pick<DirectoryDataset, 'name' | 'folder'>,
  boxes?: number,
): Promise<PictureFeatures> {
  const { files } = await indexPictures(folder);
  const { width, decode } = encoderInput(encoder);
  const { encode, release } = lazyEncoder(engine, encoder, boxes);
  const row = new Uint16Array(encodedNumbers(encoder, boxes));
  const bytes = row.byteLength;
  const suffix = `${encoder.revision.slice(0, 12)}${boxes === undefined ? '' : `-boxes${boxes}`}`;
  const rows = await openPictureRows(
    { cache, prefix: `pictures-${name}`, suffix, extension: 'f16', bytes },
    folder,
    files,
  );
  return {
    width,
    fill: (ids, onEach) =>
      fillRows(
        rows,
        ids,
        (id) => usePicture(name, folder, files.get(id)!, decode),
        async (pixels) => new Uint8Array(narrowToFloat16(await encode([pixels])).buffer),
        onEach,
      ),
    read(id, target, at) {
      rows.read(id, new Uint8Array(row.buffer));
      target.set(widenFloat16(row), at);
    },
    close() {
      rows.close();
      void release();
    },
  };
}

/** An encoder that is compiled when the first picture needs it. */
function lazyEncoder(engine: Engine, component: EncoderComponent, boxes: number | undefined) {
  let opened: ReturnType<typeof imageEncoder> | undefined;
  return {
    async encode(pictures: readonly Pixels[]): Promise<Float32Array> {
      opened ??= imageEncoder(engine, component, boxes);
      return (await opened).encode(pictures);
    },
    release: async () => (await opened)?.release(),
  };
}
