/**
 * Questions with answers, made of the captions of a data set, as COCO-QA's were. What several people's captions of one
 * picture say is put together; what they contradict each other in is left out.
 */
import { hash32 } from '../../random.ts';
import { askCaption, type QuestionKind } from './ask.ts';
import { learnNouns, wordsOf } from './noun-phrases.ts';
import { askPresence, learnPresence } from './presence.ts';
import type { CaptionedPicture, PictureQuestion } from './question.ts';

export { QUESTION_KINDS } from './ask.ts';
export type { CaptionedPicture, PictureQuestion } from './question.ts';

export interface SelectionOptions {
  /** Answers that training has less often are left out, with the questions that have no other. */
  fewest: number;
  /** Answers that may be used; left out: whatever captions say often enough. */
  known?: ReadonlySet<string>;
}

/**
 * Both splits' questions: nouns and frequent answers are those of training alone. The same data gives the same
 * questions.
 */
export function questionsFromCaptions(
  splits: { train: readonly CaptionedPicture[]; validation: readonly CaptionedPicture[] },
  { fewest, known }: SelectionOptions,
): { train: PictureQuestion[]; validation: PictureQuestion[] } {
  const nouns = learnNouns(splits.train.flatMap(({ captions }) => captions.map(wordsOf)));
  const ask = (pictures: readonly CaptionedPicture[]) =>
    pictures.flatMap(({ picture, captions }) =>
      putTogether(
        picture,
        captions.map((caption) => askCaption(wordsOf(caption), nouns)),
      ),
    );
  const asked = { train: ask(splits.train), validation: ask(splits.validation) };
  const often = frequentAnswers(asked.train, fewest, known);
  const settled = (questions: readonly OpenQuestion[]) =>
    balance(questions.flatMap((one) => settle(one, often)));
  const things =
    known === undefined || (known.has('yes') && known.has('no'))
      ? learnPresence(splits.train, nouns, fewest)
      : undefined;
  const all = (split: 'train' | 'validation') => [
    ...settled(asked[split]),
    ...(things ? askPresence(splits[split], things) : []),
  ];
  return { train: all('train'), validation: all('validation') };
}

interface OpenQuestion {
  picture: string;
  kind: QuestionKind;
  question: string;
  /** Each caption's answers, the most exact first. */
  said: (readonly string[])[];
}

function putTogether(picture: string, captions: ReturnType<typeof askCaption>[]): OpenQuestion[] {
  const claims = new Map<string, Set<string>>();
  const questions = new Map<string, OpenQuestion & { of?: string }>();
  for (const { kind, question, answers, of } of captions.flat()) {
    if (of !== undefined) {
      const key = `${kind} ${of}`;
      claims.set(key, (claims.get(key) ?? new Set()).add(answers[0]));
    }
    const known = questions.get(question);
    if (known) known.said.push(answers);
    else
      questions.set(question, { picture, kind, question, said: [answers], ...(of !== undefined && { of }) });
  }
  return [...questions.values()].filter(
    ({ kind, of }) => of === undefined || claims.get(`${kind} ${of}`)!.size === 1,
  );
}

type AnswerSet = ReadonlyMap<QuestionKind, ReadonlySet<string>>;

function frequentAnswers(
  questions: readonly OpenQuestion[],
  fewest: number,
  known: ReadonlySet<string> | undefined,
): AnswerSet {
  const counts = new Map<QuestionKind, Map<string, number>>();
  for (const { kind, said } of questions) {
    const ofKind = counts.get(kind) ?? new Map<string, number>();
    counts.set(kind, ofKind);
    for (const answer of new Set(said.flat())) ofKind.set(answer, (ofKind.get(answer) ?? 0) + 1);
  }
  return new Map(
    [...counts].map(([kind, ofKind]) => {
      const kept = [...ofKind].filter(([answer, count]) => count >= fewest && (known?.has(answer) ?? true));
      return [kind, new Set(kept.map(([answer]) => answer))];
    }),
  );
}

/** The most exact of each caption's answers that is frequent. */
function settle({ picture, kind, question, said }: OpenQuestion, often: AnswerSet): PictureQuestion[] {
  const counts = new Map<string, number>();
  for (const answers of said) {
    const answer = answers.find((one) => often.get(kind)?.has(one));
    if (answer !== undefined) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const most = Math.max(...counts.values());
  const shares = [...counts].map(([answer, count]): [string, number] => [answer, count / most]);
  return [{ picture, kind, question, answers: new Map(shares.sort(([, a], [, b]) => b - a)) }];
}

/** The commonest answer of a kind at most so many times as often as the next: "two" is most of the numbers. */
const MOST_TIMES = 2;

/** Leaves out questions with the commonest answer of their kind, whichever a hash says, until it stands out no more. */
function balance(questions: readonly PictureQuestion[]): PictureQuestion[] {
  const best = ({ answers }: PictureQuestion) => [...answers.keys()][0]!;
  const byAnswer = new Map<string, PictureQuestion[]>();
  const key = (one: PictureQuestion) => `${one.kind} ${best(one)}`;
  for (const one of questions) {
    const same = byAnswer.get(key(one));
    if (same) same.push(one);
    else byAnswer.set(key(one), [one]);
  }
  const dropped = new Set<PictureQuestion>();
  for (const kind of new Set(questions.map((one) => one.kind))) {
    const groups = [...byAnswer.values()].filter(([one]) => one!.kind === kind);
    const [first, second] = groups.sort((a, b) => b.length - a.length);
    const most = second ? MOST_TIMES * second.length : first!.length;
    const order = ({ picture, question }: PictureQuestion) => hash32(`${picture} ${question}`);
    for (const one of first!.toSorted((a, b) => order(a) - order(b)).slice(most)) dropped.add(one);
  }
  return questions.filter((one) => !dropped.has(one));
}
