/**
 * LXMERT's features of bottom-up attention (train2014_obj36.tsv, Anderson et al. 2018) as files of features: a picture a
 * line, its numbers as base64 of what NumPy has in memory. Files are streamed; memory has one line.
 *
 * N boxes of a picture, F width of a feature.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BOX_NUMBERS, MOST_BOXES } from '../../boxes.ts';
import { type WrittenFeatures, writeFeatureFile } from '../feature-writer.ts';
import { LineError, textLines } from '../sent/text-lines.ts';
import { type Converted, stem } from './convert.ts';
import { PublishedFileError } from './json-values.ts';

/** As LXMERT's `load_obj_tsv` names them. */
const FIELDS = [
  ...['img_id', 'img_h', 'img_w', 'objects_id', 'objects_conf', 'attrs_id', 'attrs_conf'],
  ...['num_boxes', 'boxes', 'features'],
];
/** A picture of 100 boxes of 2,048 numbers has 1.1 MB. */
const LONGEST_LINE = 16 << 20;
const PICTURES_OF_A_FILE = 1000;

/** @throws PublishedFileError that names the file and the line; then nothing of it is left */
export async function convertBoxFeatures(folder: string, files: readonly string[]): Promise<Converted> {
  const written: Record<string, number> = {};
  await mkdir(join(folder, 'features'), { recursive: true });
  try {
    for (const file of files) await convertFile(folder, file, written);
  } catch (error) {
    for (const name of Object.keys(written)) await rm(join(folder, name), { force: true });
    throw error;
  }
  if (Object.keys(written).length === 0)
    throw new PublishedFileError('There is nothing in the files to convert.');
  return { files: written, notes: [] };
}

/** @param written is told of each file, once it is whole */
async function convertFile(folder: string, file: string, written: Record<string, number>): Promise<void> {
  const pictures = picturesOf(file);
  let next = await pictures.next();
  for (let part = 0; !next.done; part++) {
    const name = `features/${stem(file)}-${String(part).padStart(5, '0')}.h5`;
    let count = 0;
    const some = async function* () {
      for (; !next.done && count < PICTURES_OF_A_FILE; next = await pictures.next()) {
        count++;
        yield next.value;
      }
    };
    await writeFeatureFile(join(folder, name), some());
    written[name] = count;
  }
}

async function* picturesOf(file: string): AsyncGenerator<WrittenFeatures, void> {
  try {
    for await (const { number, text } of textLines(file, LONGEST_LINE)) yield readPicture(number, text);
  } catch (cause) {
    if (!(cause instanceof LineError)) throw cause;
    throw new PublishedFileError(`${file}, line ${cause.line}: ${cause.message}`, { cause });
  }
}

function readPicture(line: number, text: string): WrittenFeatures {
  const refuse = (why: string): never => {
    throw new LineError(line, why);
  };
  const fields = text.split('\t');
  if (fields.length !== FIELDS.length)
    refuse(`It has ${fields.length} fields, not the ${FIELDS.length} of LXMERT (${FIELDS.join(', ')}).`);
  const field = (name: string): string => fields[FIELDS.indexOf(name)]!;
  const whole = (name: string, most: number): number => {
    const value = Number(field(name));
    return Number.isInteger(value) && value >= 1 && value <= most
      ? value
      : refuse(`${name} is "${field(name).slice(0, 20)}", not a whole number from 1 to ${most}.`);
  };
  const N = whole('num_boxes', MOST_BOXES);
  const [width, height] = [whole('img_w', 1 << 20), whole('img_h', 1 << 20)];
  /** Little-endian, as it was written on the machines that there are. */
  const bytes = (name: string, size: number, count?: number): ArrayBuffer => {
    const decoded = Uint8Array.from(Buffer.from(field(name), 'base64'));
    const numbers = decoded.length / size;
    if (count === undefined ? numbers < N || numbers % N !== 0 : numbers !== count)
      refuse(`${name} has ${decoded.length} bytes, which are not those of ${N} boxes.`);
    return decoded.buffer;
  };
  const said = (name: string) => ({
    ids: Array.from(new BigInt64Array(bytes(`${name}_id`, 8, N)), Number),
    scores: new Float32Array(bytes(`${name}_conf`, 4, N)),
  });
  const features = new Float32Array(bytes('features', 4));
  if (field('img_id') === '') refuse('Its img_id is empty.');
  return {
    ...{ id: field('img_id'), shape: [N, features.length / N], features },
    boxes: {
      ...{ width, height, corners: new Float32Array(bytes('boxes', 4, N * BOX_NUMBERS)) },
      ...{ objects: said('objects'), attributes: said('attrs') },
    },
  };
}
