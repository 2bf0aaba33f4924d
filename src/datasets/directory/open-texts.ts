/**
 * What is pre-trained on: pictures and all that is said of them. Captions and questions come from `lxmert/`, further
 * questions from `vqa/` and `gqa/`, so that nobody has to write them twice.
 */
import { createRandom } from '../../random.ts';
import type { DirectoryDataset } from './dataset.ts';
import type { EntryOf, TextsEntry } from './entries.ts';
import { type DatasetTask, DIRECTORY_SPLITS, type DirectorySplit } from './layout.ts';
import { type DirectoryEntries, openEntries } from './open-split.ts';

/** Whose questions are read in pre-training too. */
export const QUESTION_TASKS = ['vqa', 'gqa'] as const satisfies DatasetTask[];

type Files = Pick<DirectoryDataset, 'folder' | 'tasks'>;
type Texts = Pick<TextsEntry, 'captions' | 'captionsOf' | 'questions'>;

/** Pictures with captions, questions, or both. */
export interface DirectoryTexts {
  /**
   * img_ids in a random order that is always the same, the first one with a caption: files are often sorted, and
   * fewer pictures are to stand for all.
   */
  readonly pictures: readonly string[];
  /** Places of the pictures that have a caption, and of those that have a question. */
  readonly captioned: readonly number[];
  readonly asked: readonly number[];
  /** Places of the pictures that have a caption of this source. */
  captionedBy(source: string): number[];
  /** @throws Error when a file has changed since it was opened */
  texts(place: number): Texts;
  close(): void;
}

export const hasText = ({ captions, questions }: Pick<Texts, 'captions' | 'questions'>): boolean =>
  captions.length > 0 || questions.length > 0;

/** img_ids of the pictures that `lxmert/` and the files of questions speak of. */
export type PicturesOfSplits = Record<DirectorySplit, { texts: Set<string>; questions: Set<string> }>;

export const noPictures = (): PicturesOfSplits => ({
  train: { texts: new Set(), questions: new Set() },
  validation: { texts: new Set(), questions: new Set() },
});

/**
 * Whether a picture of a file of questions counts in a split of pre-training. The files may be split otherwise than
 * `lxmert/`, which decides; what it does not speak of is trained on where it is asked about in training at all.
 */
export function countsIn(
  split: DirectorySplit,
  { train, validation }: PicturesOfSplits,
  picture: string,
): boolean {
  if (train.texts.has(picture)) return split === 'train';
  if (validation.texts.has(picture)) return split === 'validation';
  return split === 'train' || !train.questions.has(picture);
}

/** Where the texts of a picture are. */
interface Places {
  /** Its entry in `lxmert/`. */
  own: number | undefined;
  captioned: boolean;
  /** Sources of its captions. */
  sources: readonly string[];
  asked: boolean;
  /** Entries with questions, for each of QUESTION_TASKS. */
  questions: number[][];
}

/** @param limit of pictures; of a smaller one they are the first of a larger */
export async function openTexts(
  directory: Files,
  split: DirectorySplit,
  limit: number,
): Promise<DirectoryTexts> {
  const spoken = await picturesOfSplits(directory);
  const found = new Map<string, Places>();
  const own = await openAll(directory, 'pretrain', split, (entry, index) => {
    if (!hasText(entry)) return false;
    const { pictures, captions, captionsOf, questions } = entry;
    const [captioned, asked] = [captions.length > 0, questions.length > 0];
    const sources = Object.keys(captionsOf);
    const places = { own: index, captioned, sources, asked, questions: QUESTION_TASKS.map(() => []) };
    found.set(pictures[0], places);
    return true;
  });
  const files: DirectoryEntries<(typeof QUESTION_TASKS)[number]>[] = [];
  for (const [file, task] of QUESTION_TASKS.entries()) {
    const entries = await openAll(directory, task, split, ({ pictures: [picture] }, index) => {
      if (!countsIn(split, spoken, picture)) return false;
      let places = found.get(picture);
      if (!places) {
        places = {
          ...{ own: undefined, captioned: false, sources: [], asked: true },
          questions: QUESTION_TASKS.map(() => []),
        };
        found.set(picture, places);
      }
      places.asked = true;
      places.questions[file]!.push(index);
      return true;
    });
    files.push(entries);
  }
  const chosen = inOrder([...found]).slice(0, limit);
  const placesWith = (what: 'captioned' | 'asked') =>
    chosen.flatMap(([, places], place) => (places[what] ? [place] : []));
  return {
    pictures: chosen.map(([picture]) => picture),
    captioned: placesWith('captioned'),
    asked: placesWith('asked'),
    captionedBy: (source) =>
      chosen.flatMap(([, places], place) => (places.sources.includes(source) ? [place] : [])),
    texts(place) {
      const { own: at, questions: further } = chosen[place]![1];
      const { captions, captionsOf, questions } = at === undefined ? NOTHING : own.entry(at);
      // LXMERT's files have the questions of VQA and GQA already.
      const all = new Map(questions.map((question) => [question.text, question]));
      for (const [file, entries] of files.entries()) {
        for (const index of further[file]!) {
          const { text, answers } = entries.entry(index);
          if (!all.has(text)) all.set(text, { text, answers });
        }
      }
      return { captions, captionsOf, questions: [...all.values()] };
    },
    close() {
      for (const entries of [own, ...files]) entries.close();
    },
  };
}

const NOTHING: Texts = { captions: [], captionsOf: {}, questions: [] };

function inOrder(pictures: [string, Places][]): [string, Places][] {
  const order = createRandom('texts').shuffle(pictures);
  const first = order.findIndex(([, { captioned }]) => captioned);
  return first < 0 ? order : [order[first]!, ...order.slice(0, first), ...order.slice(first + 1)];
}

/** Entries of all pictures. @param keep is told the index that the entry would have */
function openAll<T extends DatasetTask>(
  directory: Files,
  task: T,
  split: DirectorySplit,
  keep: (entry: EntryOf[T], index: number) => boolean,
): Promise<DirectoryEntries<T>> {
  let index = 0;
  return openEntries(directory, task, split, Number.POSITIVE_INFINITY, (entry) => {
    if (!keep(entry, index)) return false;
    index++;
    return true;
  });
}

async function picturesOfSplits(directory: Files): Promise<PicturesOfSplits> {
  const all = noPictures();
  for (const split of DIRECTORY_SPLITS) {
    const { texts, questions } = all[split];
    const note = (set: Set<string>) => (entry: EntryOf[DatasetTask]) => {
      set.add(entry.pictures[0]);
      return false;
    };
    const only = async (task: DatasetTask, keep: (entry: EntryOf[DatasetTask]) => boolean) =>
      (await openAll(directory, task, split, keep)).close();
    await only('pretrain', (entry) => hasText(entry as TextsEntry) && note(texts)(entry));
    for (const task of QUESTION_TASKS) await only(task, note(questions));
  }
  return all;
}
