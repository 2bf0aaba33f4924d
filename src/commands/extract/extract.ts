/** `extract --dataset <name> --grid-encoder <checkpoint>`: features of pictures, in the authors' layout. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DATASET_NAME, directoriesIn } from '../../datasets/directory/index.ts';
import { UsageError } from '../../errors.ts';
import { extract as extraction } from '../../training/extraction/kind.ts';
import type { GivenTo } from '../define-command.ts';
import { linkImages } from '../link-images.ts';
import { trainKind, withoutFlags } from '../train/train.ts';
import type { extract as description } from './command.ts';

export async function extract(given: GivenTo<typeof description>): Promise<void> {
  const { images, dataset } = given.flags;
  if (!DATASET_NAME.test(dataset))
    throw new UsageError('--dataset names the data set: a-z, 0-9, ".", "_", "-".');
  const config = given.config();
  if (images !== undefined) {
    const folder = join(directoriesIn(config.dataDir), dataset);
    await mkdir(folder, { recursive: true });
    await linkImages(folder, images);
  }
  const { 'grid-encoder': encoder, 'images-per-file': imagesPerFile, boxes } = given.flags;
  const flags = {
    ...{ dataset, 'grid-encoder': encoder },
    ...(boxes !== undefined && { boxes }),
    ...(imagesPerFile !== undefined && { 'images-per-file': imagesPerFile }),
  };
  await trainKind(extraction, flags, ['extract', ...withoutFlags(given.args, ['--images'])], config);
}
