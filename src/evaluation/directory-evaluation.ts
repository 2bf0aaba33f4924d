/**
 * How often a fine-tuned model is right about the validation split of a data set of one's own, beside what comes without
 * looking: the columns of answer-evaluation.ts, whose counts come from the training split, and one more,
 *
 * - another picture: the same model, shown the next picture (or pair of others) that is asked about. A model that was trained
 *   with pictures never met one without features, and what it makes of zeros is nobody's guess; of the wrong picture it
 *   makes what the words alone are worth to it.
 *
 * As in LXMERT's evaluators (src/tasks/{vqa,gqa,nlvr2}_data.py): an answer counts by its score in the entry, one that the
 * entry does not have is wrong, and so is every answer to a question without any.
 */
import {
  type DirectoryDataset,
  type DirectoryEntries,
  type GqaFields,
  openEntries,
  type QuestionEntry,
  type StatementEntry,
} from '../datasets/directory/index.ts';
import type { AnswerHead } from '../models/finetuning-choices.ts';
import {
  type AnswerColumn,
  type AnswerEvaluation,
  type AnsweringModel,
  CHUNK,
  type Question,
  tallied,
  usualAnswers,
} from './answer-evaluation.ts';
import { gqaMeasures } from './gqa-measures.ts';
import { askedKind } from './question-kinds.ts';

/** About one picture, or two, by their img_ids. */
export interface AskedOfDirectory extends Question {
  pictures: readonly string[];
  id: string;
  gqa?: GqaFields;
}

export interface DirectoryEvaluationOptions {
  directory: DirectoryDataset;
  head: AnswerHead;
  /** Sees a picture by its img_id. */
  model: AnsweringModel<string>;
  /** A model that was trained without pictures. */
  textOnly: Pick<AnsweringModel, 'answer'> | undefined;
  /** Most pictures of the validation split that are asked about. */
  pictures: number;
  /** Asked is only what comes from a source whose name has this in it. */
  source?: string;
  onProgress?: (done: number, total: number) => void;
}

/** @throws whatever `see` and `answer` throw */
export async function evaluateOnDirectory(
  options: DirectoryEvaluationOptions,
): Promise<AnswerEvaluation<AskedOfDirectory>> {
  const { directory, head, model, textOnly } = options;
  const wanted = options.source;
  const all = await read(directory, head, 'validation', options.pictures, (every) => [...every]);
  const asked = wanted === undefined ? all : all.filter(({ source }) => source?.includes(wanted));
  const groups = byPictures(asked);
  const seen: string[] = [];
  const elsewhere: string[] = [];
  const removed: string[] = [];
  const blind: string[] = [];
  const picturesOf = (group: readonly number[]) => asked[group[0]!]!.pictures;
  /** The next group about other pictures: a pair is often asked about from both sides. */
  const elsewhereOf = (place: number): number => {
    const own = new Set(picturesOf(groups[place]!));
    for (let step = 1; step < groups.length; step++) {
      const other = (place + step) % groups.length;
      if (!picturesOf(groups[other]!).some((id) => own.has(id))) return other;
    }
    return (place + 1) % groups.length;
  };
  const kept = new Map<string, Promise<Float32Array>>();
  const see = (id: string): Promise<Float32Array> => {
    const features = kept.get(id) ?? model.encode(id);
    kept.set(id, features);
    return features;
  };
  for (let first = 0; first < groups.length; first += CHUNK) {
    const chunk = groups.slice(first, first + CHUNK);
    await Promise.all(
      chunk.map(async (places, i) => {
        const look = (group: readonly number[]) => Promise.all(picturesOf(group).map(see));
        const features = await look(places);
        const others = await look(groups[elsewhereOf(first + i)]!);
        const nothing = features.map(({ length }) => new Float32Array(length));
        await Promise.all(
          places.map(async (place) => {
            const { text } = asked[place]!;
            seen[place] = await model.answer(text, features);
            elsewhere[place] = await model.answer(text, others);
            removed[place] = await model.answer(text, nothing);
            if (textOnly) blind[place] = await textOnly.answer(text, nothing);
          }),
        );
      }),
    );
    kept.clear();
    options.onProgress?.(first + chunk.length, groups.length);
  }
  const { sameWords, typical } = await read(directory, head, 'train', Number.POSITIVE_INFINITY, usualAnswers);
  const column = (name: string, answers: readonly string[]): AnswerColumn => {
    const gqa = head === 'gqa' ? gqaMeasures(asked, answers) : undefined;
    const counted = (_: unknown, i: number) => asked[i]!.gqa?.balanced !== false;
    return { ...tallied(name, asked.filter(counted), answers.filter(counted)), ...(gqa && { gqa }) };
  };
  return {
    columns: [
      column('model', seen),
      ...(groups.length > 1 ? [column('another picture', elsewhere)] : []),
      column('picture removed', removed),
      ...(textOnly ? [column('trained without pictures', blind)] : []),
      column('same words in training', asked.map(sameWords)),
      column('majority answer', asked.map(typical)),
    ],
    answered: asked.map((one, i) => ({ asked: one, answer: seen[i]! })),
  };
}

/** @param use of all that is asked in a split, one after another */
async function read<T>(
  directory: DirectoryDataset,
  head: AnswerHead,
  split: 'train' | 'validation',
  limit: number,
  use: (asked: Iterable<AskedOfDirectory>) => T,
): Promise<T> {
  const entries: DirectoryEntries<AnswerHead> = await openEntries(directory, head, split, limit);
  const asked = function* () {
    for (let i = 0; i < entries.length; i++) yield askedBy(entries.entry(i));
  };
  try {
    return use(asked());
  } finally {
    entries.close();
  }
}

function askedBy(entry: QuestionEntry | StatementEntry): AskedOfDirectory {
  const { id, text, pictures, source } = entry;
  const from = source !== undefined && { source };
  if ('label' in entry) return { id, text, pictures, answer: entry.label === 1 ? 'true' : 'false', ...from };
  const scores = new Map(entry.answers);
  const [best] = [...scores].sort(([, a], [, b]) => b - a);
  return {
    ...{ id, text, pictures, scores, answer: best?.[0] ?? '–', gqa: entry.gqa },
    type: entry.type ?? askedKind(text),
    ...(entry.questionType !== undefined && { questionType: entry.questionType }),
    ...from,
  };
}

/** Places of what is asked about the same pictures, which are looked at once. */
function byPictures(asked: readonly AskedOfDirectory[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [place, { pictures }] of asked.entries()) {
    const key = JSON.stringify(pictures);
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  return [...groups.values()];
}
