/** `extract --dataset <name> --grid-encoder <checkpoint>`: features of pictures, in the authors' layout. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { configFlags, readConfig } from '../config.ts';
import { DATASET_NAME, directoriesIn } from '../datasets/directory/index.ts';
import { UsageError } from '../errors.ts';
import { linkImages } from './link-images.ts';
import { run as train } from './train.ts';

const HELP = `extract --dataset <name> --grid-encoder <checkpoint> [--images <folder>]
                                 features of the pictures of a folder in DATA_DIR/datasets, to its features/*.h5:
                                 float32 [8, 8, F] at <img_id>/features, as X-LXMERT's scripts write them

What is stopped or killed goes on with the next picture when it is called again. As a job: the kind "extract".

  --grid-encoder <checkpoint>   any picture encoder: detector/published, grid-encoder/coco, …
  --images <folder>             of pictures: linked to from the data set's images/, which is made
  --images-per-file <n>         (1000)
  --data-dir, --checkpoints-dir, --threads
`;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      ...configFlags,
      dataset: { type: 'string' },
      'grid-encoder': { type: 'string' },
      images: { type: 'string' },
      'images-per-file': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const { images, ...rest } = values;
  const { dataset } = rest;
  if (dataset === undefined || rest['grid-encoder'] === undefined || !DATASET_NAME.test(dataset))
    throw new UsageError(`extract needs --dataset and --grid-encoder.\n\n${HELP}`);
  if (images !== undefined) {
    const folder = join(directoriesIn(readConfig(process.env, values).dataDir), dataset);
    await mkdir(folder, { recursive: true });
    await linkImages(folder, images);
  }
  const flags = Object.entries(rest).flatMap(([name, value]) => [`--${name}`, String(value)]);
  await train(['extract', ...flags]);
}
