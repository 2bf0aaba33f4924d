/** What a generator is trained on: pictures and their codes, of scenes or of a directory. */

import { type DirectoryDataset, type DirectorySplit, openTexts } from '../../datasets/directory/index.ts';
import { type CellLabels, IMAGE_SIZE, loadWorld } from '../../datasets/scenes/index.ts';
import { CELLS } from '../../grid.ts';
import { createRandom } from '../../random.ts';
import { openPicturePixels } from '../features/picture-pixels.ts';
import { TrainingInterrupted } from '../run/errors.ts';
import type { TrainingContext } from '../run/training-kind.ts';
import { directoryCodes, sceneCodes } from '../vocabulary/visual-codes.ts';

export interface GeneratorPictures {
  readonly count: number;
  /** [count × 64] */
  readonly codes: Int16Array;
  /** RGB bytes [side × side × 3] */
  image(index: number): Uint8Array;
  /** What is in the cells, where somebody knows: of scenes. */
  labels?(index: number): CellLabels;
  /** For the sheets. */
  caption(index: number): string;
  close(): void;
}

/** The codes of one of the pictures. [64] */
export const codesOf = ({ codes }: GeneratorPictures, index: number): Int16Array =>
  codes.subarray(index * CELLS, (index + 1) * CELLS);

/** @param side pixels @throws TrainingInterrupted when the signal aborts */
export function openGeneratorPictures(
  context: TrainingContext,
  split: DirectorySplit,
  count: number,
  side: number,
): Promise<GeneratorPictures> {
  const { directory } = context;
  return directory
    ? directoryPictures(context, directory, split, count, side)
    : scenePictures(context, split, count, side);
}

async function scenePictures(
  context: TrainingContext,
  split: DirectorySplit,
  count: number,
  side: number,
): Promise<GeneratorPictures> {
  const world = await loadWorld(context.dataset);
  const drawn = side === IMAGE_SIZE ? world : await loadWorld(context.dataset, side);
  return {
    count,
    codes: await sceneCodes(context, world, split, count),
    image: (index) => drawn.render(drawn.scene(split, index)),
    labels: (index) => world.cellLabels(world.scene(split, index)),
    caption: (index) =>
      world.captions(world.scene(split, index), createRandom(`${split}/caption/${index}`), 1)[0]!.text,
    close: () => {},
  };
}

/** Pictures between two looks at the signal, and two notes on how far it got. */
const NOTE_EVERY = 1024;

async function directoryPictures(
  context: TrainingContext,
  directory: DirectoryDataset,
  split: DirectorySplit,
  limit: number,
  side: number,
): Promise<GeneratorPictures> {
  const { cache, output, run, signal } = context;
  const texts = await openTexts(directory, split, limit);
  const { pictures: ids } = texts;
  let pixels: Awaited<ReturnType<typeof openPicturePixels>> | undefined;
  try {
    pixels = await openPicturePixels(cache, directory, side);
    await pixels.fill(ids, (done) => {
      if (signal.aborted) throw new TrainingInterrupted(0);
      run.phase('pixels', done, ids.length);
      if (done % NOTE_EVERY === 0) output.write(`decoded ${done}/${ids.length} ${split} pictures\n`);
    });
    const codes = await directoryCodes(context, directory, { order: 'texts', split, ids });
    return {
      ...{ count: ids.length, codes },
      image: (index) => pixels!.read(ids[index]!),
      caption: (index) => texts.texts(index).captions[0] ?? ids[index]!,
      close() {
        pixels?.close();
        texts.close();
      },
    };
  } catch (error) {
    pixels?.close();
    texts.close();
    throw error;
  }
}
