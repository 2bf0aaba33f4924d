/**
 * How near a model's captions of a data set of one's own come to people's: coco-caption's measures on the validation
 * split, beside what could be had at best and what comes for nothing:
 *
 * - people: of each picture the first caption against the others (one fewer than the model is held against).
 * - the model's
 * - another picture's: the model's caption of the next picture.
 * - picture removed: the model's caption of features that are all 0, for every picture.
 */
import { type DirectoryDataset, openTexts } from '../datasets/directory/index.ts';
import { Fault } from '../fault.ts';
import type { WrittenCaption } from './caption-evaluation.ts';
import { type CaptionScores, scoreCaptions } from './caption-metrics/index.ts';

export interface DirectoryCaptionOptions {
  directory: DirectoryDataset;
  /** @returns [V × F] */
  encode(picture: string): Promise<Float32Array>;
  caption(features: Float32Array, seed: number): Promise<WrittenCaption>;
  /** Most pictures: the first of a random order that is always the same. */
  pictures: number;
  /** What the img_id of a picture that counts looks like; left out: any. */
  named?: RegExp;
  /** Pictures with fewer captions do not count; at least 2. */
  references: number;
  /** Captions of each picture, of which the one with the best score counts. */
  best: number;
  seed: number;
  onProgress?: (done: number, total: number) => void;
}

interface CaptionedPicture extends WrittenCaption {
  picture: string;
  references: readonly string[];
}

export interface DirectoryCaptionColumn {
  name: string;
  scores: CaptionScores;
  /** Words of a caption, in the mean. */
  words: number;
  /** Share of the captions that say a word or a comma twice in a row. */
  repeating: number;
}

export interface DirectoryCaptionEvaluation {
  captioned: CaptionedPicture[];
  /** The caption of no picture. */
  removed: string;
  columns: DirectoryCaptionColumn[];
}

/** Pictures that are captioned side by side. */
const TOGETHER = 8;

/** @throws Fault when no picture counts */
export async function evaluateCaptionsOnDirectory(
  options: DirectoryCaptionOptions,
): Promise<DirectoryCaptionEvaluation> {
  const { encode, best, seed } = options;
  const pictures = await picturesWithCaptions(options);
  const caption = async (features: Float32Array, index: number): Promise<WrittenCaption> => {
    const seeds = Array.from({ length: best }, (_, k) => seed + index * best + k);
    const captions = await Promise.all(seeds.map((one) => options.caption(features, one)));
    return captions.reduce((a, b) => (b.score > a.score ? b : a));
  };
  const captioned: CaptionedPicture[] = [];
  for (let first = 0; first < pictures.length; first += TOGETHER) {
    const some = pictures.slice(first, first + TOGETHER);
    const captions = await Promise.all(
      some.map(async ({ picture }, i) => caption(await encode(picture), first + i)),
    );
    for (const [i, one] of some.entries()) captioned.push({ ...one, ...captions[i]! });
    options.onProgress?.(captioned.length, pictures.length);
  }
  const removed = await caption(new Float32Array((await encode(pictures[0]!.picture)).length), 0);
  const texts = captioned.map(({ text }) => text);
  const against = (name: string, of: readonly string[]) =>
    column(
      name,
      of.map((text, i) => ({ text, references: captioned[i]!.references })),
    );
  const people = captioned.map(({ references: [text, ...references] }) => ({ text: text!, references }));
  return {
    captioned,
    removed: removed.text,
    columns: [
      column('people', people),
      against('the model’s', texts),
      against('another picture’s', [...texts.slice(1), texts[0]!]),
      against(
        'picture removed',
        texts.map(() => removed.text),
      ),
    ],
  };
}

async function picturesWithCaptions({
  directory,
  pictures: most,
  named,
  references: fewest,
}: DirectoryCaptionOptions): Promise<{ picture: string; references: readonly string[] }[]> {
  const { pictures, captioned, texts, close } = await openTexts(
    directory,
    'validation',
    Number.POSITIVE_INFINITY,
  );
  const found: { picture: string; references: readonly string[] }[] = [];
  try {
    for (const place of captioned) {
      if (found.length === most) break;
      const picture = pictures[place]!;
      if (named && !named.test(picture)) continue;
      const { captions } = texts(place);
      if (captions.length >= fewest) found.push({ picture, references: captions });
    }
  } finally {
    close();
  }
  if (found.length > 0) return found;
  throw new Fault(
    `No picture of the validation split of ${directory.name} has ${fewest} captions` +
      (named ? ` and a name like ${named.source}.` : '.'),
  );
}

function column(
  name: string,
  captions: readonly { text: string; references: readonly string[] }[],
): DirectoryCaptionColumn {
  const words = captions.map(({ text }) => text.split(/\s+/).length);
  return {
    name,
    scores: scoreCaptions(captions),
    words: words.reduce((sum, count) => sum + count, 0) / captions.length,
    repeating: captions.filter(({ text }) => repeats(text)).length / captions.length,
  };
}

/** "a cat cat", "a tiger,, kite" */
export const repeats = (text: string): boolean =>
  /(?<![\p{L}\p{N}])([\p{L}\p{N}]+)\s+\1(?![\p{L}\p{N}])|,\s*,/iu.test(text);
