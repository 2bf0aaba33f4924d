/**
 * Does a caption belong to a photograph? The objective of image-text matching, asked of a pre-trained model about the
 * validation split of a data set of one's own. Every caption is shown with its own picture and with another one, and
 * every picture with its own caption and with another one, so that neither alone gives anything away: who looks at
 * the words or at the picture alone is right half of the time, whatever he answers.
 */
import { type DirectoryDataset, openTexts } from '../datasets/directory/index.ts';
import { Fault } from '../fault.ts';
import { createRandom } from '../random.ts';
import type { Tally } from './paint-score.ts';

/** How sure a model is that text and picture belong together: the logit of "yes" less that of "no". */
export type Matcher = (pairs: readonly { text: string; features: Float32Array }[]) => Promise<number[]>;

export interface MatchingOptions {
  directory: DirectoryDataset;
  encode(picture: string): Promise<Float32Array>;
  match: Matcher;
  /** Most pictures; at least 2. */
  pictures: number;
  /** What the img_id of a picture that counts looks like; left out: any. */
  named?: RegExp;
  seed: number;
  onProgress?: (done: number, total: number) => void;
}

export interface MatchingColumn {
  name: string;
  all: Tally;
  /** Captions with their own picture, and with another. */
  own: Tally;
  other: Tally;
  /** Captions whose own picture suits them better than the other; a tie counts half. */
  preferred: Tally;
}

export interface MatchingEvaluation {
  columns: MatchingColumn[];
  examples: { text: string; picture: string; other: string; own: number; with: number }[];
}

/** Captions looked at side by side. */
const CHUNK = 8;

/** @throws Fault when fewer than two pictures have a caption */
export async function evaluateMatching(options: MatchingOptions): Promise<MatchingEvaluation> {
  const { encode, match } = options;
  const pairs = await captionsOfPictures(options);
  const columns = ['model', 'picture removed'].map(emptyColumn);
  const examples: MatchingEvaluation['examples'] = [];
  for (let first = 0; first < pairs.length; first += CHUNK) {
    const some = pairs.slice(first, first + CHUNK);
    const seen = await Promise.all(
      some.map(async ({ picture, other }) => [await encode(picture), await encode(other)] as const),
    );
    const shown = some.flatMap(({ text }, i) => seen[i]!.map((features) => ({ text, features })));
    const margins = await match(shown);
    const removed = await match(
      shown.map(({ text, features }) => ({ text, features: new Float32Array(features.length) })),
    );
    for (const [i, pair] of some.entries()) {
      count(columns[0]!, margins[2 * i]!, margins[2 * i + 1]!);
      count(columns[1]!, removed[2 * i]!, removed[2 * i + 1]!);
      examples.push({ ...pair, own: margins[2 * i]!, with: margins[2 * i + 1]! });
    }
    options.onProgress?.(Math.min(first + CHUNK, pairs.length), pairs.length);
  }
  return { columns, examples };
}

const emptyColumn = (name: string): MatchingColumn => {
  const tally = (): Tally => ({ right: 0, total: 0 });
  return { name, all: tally(), own: tally(), other: tally(), preferred: tally() };
};

function count({ all, own, other, preferred }: MatchingColumn, matched: number, mismatched: number): void {
  const [yes, no] = [Number(matched > 0), Number(mismatched <= 0)];
  for (const [tally, right, asked] of [
    [all, yes + no, 2],
    [own, yes, 1],
    [other, no, 1],
    [preferred, matched === mismatched ? 0.5 : Number(matched > mismatched), 1],
  ] as const) {
    tally.right += right;
    tally.total += asked;
  }
}

/** One caption of each picture, and the picture of the next caption; the last one meets the first. */
async function captionsOfPictures({
  directory,
  pictures: most,
  named,
  seed,
}: MatchingOptions): Promise<{ text: string; picture: string; other: string }[]> {
  const opened = await openTexts(directory, 'validation', Number.POSITIVE_INFINITY);
  const random = createRandom(`match/${seed}`);
  const found: { text: string; picture: string }[] = [];
  try {
    for (const place of random.shuffle([...opened.captioned])) {
      if (found.length === most) break;
      const picture = opened.pictures[place]!;
      if (named && !named.test(picture)) continue;
      found.push({ picture, text: random.pick(opened.texts(place).captions) });
    }
  } finally {
    opened.close();
  }
  if (found.length < 2) {
    const where = `the validation split of ${directory.name}`;
    throw new Fault(`${found.length} pictures of ${where} have a caption and such a name, 2 are needed.`);
  }
  return found.map((one, i) => ({ ...one, other: found[(i + 1) % found.length]!.picture }));
}
