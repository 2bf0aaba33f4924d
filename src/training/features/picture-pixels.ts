/** Pixels of a directory's images, decoded once (picture-rows.ts): side × side × 3 bytes a picture. */
import { type DirectoryDataset, indexImages } from '../../datasets/directory/index.ts';
import { TrainingError } from '../run/errors.ts';
import { readImage } from './image-encoder.ts';
import { fillRows, openPictureRows } from './picture-rows.ts';

export interface PicturePixels {
  /**
   * Decodes those of the pictures that are not there.
   * @param onEach called after each, with how many of them are done; throws to stop
   * @throws TrainingError dataset_unusable that names the file
   */
  fill(ids: readonly string[], onEach?: (done: number) => void): Promise<void>;
  /** RGB bytes [side × side × 3]. @throws Error when they are not there */
  read(id: string): Uint8Array;
  close(): void;
}

/**
 * @param cache folder
 * @param side pixels; a picture of any shape is squashed to a square, as the encoders see it
 */
export async function openPicturePixels(
  cache: string,
  { name, folder }: Pick<DirectoryDataset, 'name' | 'folder'>,
  side: number,
): Promise<PicturePixels> {
  const files = await indexImages(folder);
  const bytes = side * side * 3;
  const rows = await openPictureRows(
    { cache, prefix: `pixels-${name}`, suffix: String(side), extension: 'rgb', bytes },
    folder,
    files,
  );
  return {
    async fill(ids, onEach) {
      const missing = ids.filter((id) => !files.has(id));
      if (missing.length > 0) {
        const message = `The data set ${name} has no picture of ${missing[0]}`;
        const rest = missing.length > 1 ? `, and of ${missing.length - 1} others` : '';
        throw new TrainingError('dataset_unusable', `${message} in images${rest}.`, { subject: 'dataset' });
      }
      const decode = (id: string) => readImage(name, folder, files.get(id)!, side);
      await fillRows(rows, ids, decode, (pixels) => pixels, onEach);
    },
    read(id) {
      const pixels = new Uint8Array(bytes);
      rows.read(id, pixels);
      return pixels;
    },
    close: rows.close,
  };
}
