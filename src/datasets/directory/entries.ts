/**
 * What the entries of each task say, checked. Field names are LXMERT's (src/tasks/{vqa,gqa,nlvr2}_data.py,
 * src/pretrain/lxmert_data.py); fields that are not read may be anything.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { isStorable } from '../../text.ts';
import { type FaultCode, quoted } from './faults.ts';
import type { DatasetTask } from './layout.ts';
import { pictureName } from './pictures.ts';

/** Answer → how right it is, 0..1: `{"net": 1}`, `{"white": 0.9, "beige": 0.3}`. */
export type SoftAnswers = readonly (readonly [answer: string, score: number])[];

/** Place among the logits → score, of the answers that the model has. */
export function scoresOf(answers: SoftAnswers, placeOf: ReadonlyMap<string, number>): Map<number, number> {
  const scores = new Map<number, number>();
  for (const [answer, score] of answers) {
    const place = placeOf.get(answer);
    // Pre-training takes some answers for one.
    if (place !== undefined && score > 0) scores.set(place, Math.max(score, scores.get(place) ?? 0));
  }
  return scores;
}

export interface QuestionEntry {
  id: string;
  pictures: readonly [string];
  text: string;
  answers: SoftAnswers;
  /** VQA's `answer_type`, where there is one. */
  type: string | undefined;
  /** VQA's `question_type` ("what color is the"), where there is one. */
  questionType: string | undefined;
  /** What GQA's own measures want, where the entry has it. */
  gqa: GqaFields;
  /** Where it comes from, where the entry says so. */
  source: string | undefined;
}

/** What GQA's questions and choices have more, under the names of its files. */
export interface GqaFields {
  /** Ids of questions whose answer follows from a right one to this. */
  entailed?: readonly string[];
  /** Answers that the question allows at all, and those that make sense. */
  valid?: readonly string[];
  plausible?: readonly string[];
  /** The group of questions whose answers are distributed alike. */
  group?: string;
  /** `types.semantic`: what it asks about. */
  semantic?: string;
  /** False: not of the balanced set, whose answers are even; asked for what others entail. */
  balanced?: boolean;
}

export interface StatementEntry {
  id: string;
  /** Left and right. */
  pictures: readonly [string, string];
  text: string;
  label: 0 | 1;
  /** Where it comes from, where the entry says so. */
  source: string | undefined;
}

export interface TextsEntry {
  id: string;
  pictures: readonly [string];
  captions: readonly string[];
  /** The same by where they come from: a name of CAPTION_SOURCES. */
  captionsOf: Readonly<Record<string, readonly string[]>>;
  questions: readonly { text: string; answers: SoftAnswers }[];
}

export interface EntryOf {
  pretrain: TextsEntry;
  vqa: QuestionEntry;
  gqa: QuestionEntry;
  nlvr2: StatementEntry;
}

const Id = Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Integer()]);
const PictureId = Type.String({ minLength: 1, maxLength: 200 });
const Sentence = Type.String({ pattern: '\\S', maxLength: 5000 });
const Label = Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1 }));

const Question = Type.Object({
  img_id: PictureId,
  question_id: Id,
  sent: Sentence,
  label: Label,
  answer_type: Type.Optional(Type.String({ maxLength: 100 })),
  // Only evaluation asks for these: what is of another form says nothing.
  question_type: Type.Optional(Type.Unknown()),
  entailed: Type.Optional(Type.Unknown()),
  valid: Type.Optional(Type.Unknown()),
  plausible: Type.Optional(Type.Unknown()),
  group: Type.Optional(Type.Unknown()),
  semantic: Type.Optional(Type.Unknown()),
  balanced: Type.Optional(Type.Unknown()),
  source: Type.Optional(Type.Unknown()),
});
const Statement = Type.Object({
  img0: PictureId,
  img1: PictureId,
  uid: Id,
  sent: Sentence,
  label: Type.Union([Type.Literal(0), Type.Literal(1)]),
  source: Type.Optional(Type.Unknown()),
});
const Texts = Type.Object({
  img_id: PictureId,
  sentf: Type.Record(Type.String(), Type.Array(Sentence)),
  labelf: Type.Optional(Type.Record(Type.String(), Type.Array(Label))),
});

const compiled = { question: Compile(Question), statement: Compile(Statement), texts: Compile(Texts) };

/** The collections of `sentf` that are captions; the others are questions (the reference's `caption_only`). */
const CAPTION_SOURCES: readonly string[] = ['mscoco', 'vg'];

export class EntryError extends Error {
  override readonly name = 'EntryError';
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

interface Checker {
  Check(value: unknown): boolean;
  Errors(value: unknown): { instancePath: string; message: string }[];
}

function checked<T extends TSchema>(checker: Checker, value: unknown): Static<T> {
  if (checker.Check(value)) return value as Static<T>;
  const problems = checker.Errors(value).map(({ instancePath, message }) => `${instancePath} ${message}`);
  throw new EntryError('entry_invalid', `${[...new Set(problems)].slice(0, 3).join('; ').trim()}.`);
}

/** @throws EntryError entry_invalid, labels_mismatch */
export function readEntry<T extends DatasetTask>(task: T, value: unknown): EntryOf[T] {
  const entry = READERS[task](value) as EntryOf[T];
  const unstorable = textsOf(entry).find((text) => !isStorable(text));
  if (unstorable === undefined) return entry;
  const message = `${quoted(unstorable)} has NUL, or half of a surrogate pair, which no text has.`;
  throw new EntryError('entry_invalid', message);
}

/** Those that records and reports quote; answers are checked as a list. */
const textsOf = (entry: EntryOf[DatasetTask]): string[] =>
  'captions' in entry
    ? [entry.id, ...entry.captions, ...entry.questions.map(({ text }) => text)]
    : [entry.id, ...entry.pictures, entry.text, ...kindsOf(entry)];

const kindsOf = (entry: QuestionEntry | StatementEntry): string[] =>
  'gqa' in entry ? [entry.questionType, entry.gqa.semantic].filter((kind) => kind !== undefined) : [];

const READERS: { [T in DatasetTask]: (value: unknown) => EntryOf[T] } = {
  pretrain: readTexts,
  vqa: readQuestion,
  gqa: readQuestion,
  nlvr2: readStatement,
};

function readQuestion(value: unknown): QuestionEntry {
  const { img_id, question_id, sent, label, answer_type, question_type, source, ...rest } = checked<
    typeof Question
  >(compiled.question, value);
  const [entailed, valid, plausible] = [rest.entailed, rest.valid, rest.plausible].map(listOf);
  const [group, semantic] = [rest.group, rest.semantic].map(textOf);
  return {
    id: String(question_id),
    pictures: [pictureName(img_id)],
    text: sent,
    answers: Object.entries(label),
    type: answer_type,
    questionType: textOf(question_type),
    gqa: {
      ...(entailed && { entailed }),
      ...(valid && { valid }),
      ...(plausible && { plausible }),
      ...(group !== undefined && { group }),
      ...(semantic !== undefined && { semantic }),
      ...(rest.balanced === false && { balanced: false }),
    },
    source: textOf(source),
  };
}

function readStatement(value: unknown): StatementEntry {
  const { img0, img1, uid, sent, label, source } = checked<typeof Statement>(compiled.statement, value);
  return {
    id: String(uid),
    pictures: [pictureName(img0), pictureName(img1)],
    text: sent,
    label,
    source: textOf(source),
  };
}

/** LXMERT's files have none of these fields; one that is no text says nothing. */
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const listOf = (value: unknown): string[] | undefined =>
  Array.isArray(value) && value.every((one) => ['string', 'number'].includes(typeof one))
    ? value.map(String)
    : undefined;

function readTexts(value: unknown): TextsEntry {
  const { img_id, sentf, labelf = {} } = checked<typeof Texts>(compiled.texts, value);
  const captions: string[] = [];
  const captionsOf: Record<string, readonly string[]> = {};
  const questions: TextsEntry['questions'][number][] = [];
  for (const [source, sentences] of Object.entries(sentf)) {
    const labels = Object.hasOwn(labelf, source) ? labelf[source] : undefined;
    if (labels !== undefined && labels.length !== sentences.length) {
      throw new EntryError(
        'labels_mismatch',
        `sentf.${source} has ${sentences.length} texts, labelf.${source} has ${labels.length} labels.`,
      );
    }
    if (CAPTION_SOURCES.includes(source)) {
      captions.push(...sentences);
      if (sentences.length > 0) captionsOf[source] = sentences;
    } else
      for (const [i, text] of sentences.entries()) {
        const answers = Object.entries(labels?.[i] ?? {}).map(
          ([answer, score]) => [convertAnswer(answer), score] as const,
        );
        questions.push({ text, answers });
      }
  }
  const picture = pictureName(img_id);
  return { id: picture, pictures: [picture], captions, captionsOf, questions };
}

const CONVERTED: Readonly<Record<string, string>> = {
  'a man': 'man',
  'the man': 'man',
  'a woman': 'woman',
  'the woman': 'woman',
  ...{ one: '1', two: '2', three: '3', four: '4', five: '5' },
  ...{ six: '6', seven: '7', eight: '8', nine: '9', ten: '10' },
  grey: 'gray',
};

/** As the reference's AnswerTable.convert_ans: pre-training counts "a man." and "man" as one answer. */
function convertAnswer(answer: string): string {
  let text = answer.toLowerCase();
  if (text.endsWith('.')) text = text.slice(0, -1).trim();
  for (const article of ['a ', 'an ', 'the ']) {
    if (text.startsWith(article)) text = text.slice(article.length).trim();
  }
  return Object.hasOwn(CONVERTED, text) ? CONVERTED[text]! : text;
}
