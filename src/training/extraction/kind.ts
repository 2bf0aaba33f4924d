/**
 * Features of a directory's pictures to its `features/`, in the authors' layout: what training reads in place of the
 * images, and what h5py reads.
 *
 *   <dataset>/features.incomplete/begun.json         with what it was begun
 *                                 <encoder>-00000.h5   whole files
 *                                 00001-….rows, .done  the rows of the file that is being made, picture by picture
 *
 * A run that is stopped or killed, and any later one of the same encoder, goes on with the next picture; when the last
 * file is whole, the folder becomes `features/`.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import { type DirectoryDataset, indexImages } from '../../datasets/directory/index.ts';
import { writeFeatureFile } from '../../datasets/feature-writer.ts';
import { noBoxes, proposesBoxes } from '../../models/proposes-boxes.ts';
import { usePicture } from '../features/image-encoder.ts';
import { fillRows, openPictureRows } from '../features/picture-rows.ts';
import { TrainingError, TrainingInterrupted } from '../run/errors.ts';
import { type Component, defineKind } from '../run/training-kind.ts';
import { extractOutline } from './outline.ts';
import { boxRow, gridRow, type RowOf } from './row.ts';

const FEATURES = 'features';
const NOTE_EVERY = 64;

export const extract = defineKind({
  ...extractOutline,
  pictures: true,
  scenes: false,
  requires: ['grid_encoder'],
  optional: [],
  check({ grid_encoder: encoder }, { boxes }, directory) {
    if (directory) refuseFeatures(directory);
    if (boxes === 0 || proposesBoxes(encoder!)) return;
    const message = `extract: boxes: ${encoder!.id} ${noBoxes(encoder!)}.`;
    throw new TrainingError('invalid_hyperparameter', message, { subject: 'boxes' });
  },
  async train(context, h) {
    const { directory, components, output, signal, run, engine } = context;
    refuseFeatures(directory!);
    const { name, folder } = directory!;
    const encoder = components.grid_encoder!;
    const files = await indexImages(folder);
    const ids = [...files.keys()].sort();
    const incomplete = join(folder, `${FEATURES}.incomplete`);
    await begin(
      incomplete,
      {
        ...{ encoder: encoder.revision, images_per_file: h.images_per_file, pictures: ids.length },
        ...(h.boxes > 0 && { boxes: h.boxes }),
      },
      encoder,
    );
    const extracted: RowOf<unknown> = await (h.boxes > 0
      ? boxRow(engine, encoder, h.boxes)
      : gridRow(engine, encoder));
    let done = 0;
    try {
      for (let first = 0, part = 0; first < ids.length; first += h.images_per_file, part++) {
        const some = ids.slice(first, first + h.images_per_file);
        const number = String(part).padStart(5, '0');
        const path = join(incomplete, `${encoder.id}-${number}.h5`);
        if (!existsSync(path)) {
          const rows = await openPictureRows(
            {
              ...{ cache: incomplete, prefix: number, suffix: encoder.revision.slice(0, 12) },
              ...{ extension: 'rows', bytes: extracted.length * 4 },
            },
            folder,
            new Map(some.map((id) => [id, files.get(id)!])),
          );
          try {
            await fillRows(
              rows,
              some,
              (id) => usePicture(name, folder, files.get(id)!, extracted.decode),
              async (pixels) => new Uint8Array((await extracted.make(pixels)).buffer),
              (filled, computed) => {
                if (signal.aborted) throw new TrainingInterrupted(0);
                run.phase('features', done + filled, ids.length);
                if (computed % NOTE_EVERY === 0)
                  output.write(`features of ${done + filled}/${ids.length} pictures\n`);
              },
            );
            await writeFeatureFile(
              path,
              (function* () {
                for (const id of some) {
                  const row = new Float32Array(extracted.length);
                  rows.read(id, new Uint8Array(row.buffer));
                  yield extracted.written(id, row);
                }
              })(),
            );
          } finally {
            rows.close();
          }
          await removeRows(incomplete, number);
        }
        done += some.length;
        run.phase('features', done, ids.length);
      }
    } finally {
      await extracted.release();
    }
    await rm(join(incomplete, BEGUN), { force: true });
    await rename(incomplete, join(folder, FEATURES));
    output.write(
      `features of ${ids.length} pictures, [${extracted.shape.join(', ')}] each: ${join(folder, FEATURES)}\n`,
    );
    return undefined;
  },
});

/** @throws TrainingError dataset_unusable */
function refuseFeatures({ name, folder }: DirectoryDataset): void {
  if (!existsSync(join(folder, FEATURES))) return;
  throw new TrainingError(
    'dataset_unusable',
    `The data set ${name} has features already: move its folder ${FEATURES} away to compute them anew.`,
    { subject: 'dataset' },
  );
}

const BEGUN = 'begun.json';

/** Makes the folder, or finds that it was begun with the same. @throws TrainingError dataset_unusable */
async function begin(folder: string, what: Record<string, unknown>, { id }: Component): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, BEGUN);
  const text = JSON.stringify(what);
  const begun = await readFile(path, 'utf8').catch(() => undefined);
  if (begun === text) return;
  if (begun !== undefined) {
    throw new TrainingError(
      'dataset_unusable',
      `${folder} was begun with another encoder than ${id}, other pictures, boxes or images_per_file: ` +
        'go on with the same, or remove the folder.',
      { subject: 'dataset' },
    );
  }
  await writeAtomically(path, text);
}

async function removeRows(folder: string, number: string): Promise<void> {
  for (const file of await readdir(folder))
    if (file.startsWith(`${number}-`)) await rm(join(folder, file), { force: true });
}
