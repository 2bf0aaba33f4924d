/** What a fine-tuned model predicts about questions without answers, in the forms that the test servers take. */
import Type, { type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { AnswerHead } from '../models/finetuning-choices.ts';
import type { AnsweringModel } from './answer-evaluation.ts';

const Id = Type.Union([Type.String({ minLength: 1 }), Type.Integer()]);
const Question = Type.Object({ img_id: Type.String(), question_id: Id, sent: Type.String() });
const Statement = Type.Object({
  img0: Type.String(),
  img1: Type.String(),
  uid: Id,
  sent: Type.String(),
  identifier: Type.Optional(Type.String()),
});

/** One line of what is asked. */
export interface Unanswered {
  id: string | number;
  text: string;
  /** img_ids. */
  pictures: readonly string[];
}

/** @returns undefined where an entry is none of that task; labels are not read */
export function readUnanswered(head: AnswerHead, value: unknown): Unanswered | undefined {
  const check = <T extends TSchema>(schema: T): Static<T> | undefined =>
    Value.Check(schema, value) ? (value as Static<T>) : undefined;
  if (head === 'nlvr2') {
    const entry = check(Statement);
    return (
      entry && { id: entry.identifier ?? entry.uid, text: entry.sent, pictures: [entry.img0, entry.img1] }
    );
  }
  const entry = check(Question);
  return entry && { id: entry.question_id, text: entry.sent, pictures: [entry.img_id] };
}

/** How a server takes the answers, one after another. */
export interface PredictionFormat {
  extension: 'json' | 'csv';
  before: string;
  between: string;
  after: string;
  line(id: string | number, answer: string): string;
}

const array = { extension: 'json', before: '[\n', between: ',\n', after: '\n]\n' } as const;

/**
 * - vqa: `[{"question_id": 1, "answer": "yes"}]`, as VQA's server at EvalAI
 * - gqa: `[{"questionId": "1", "prediction": "yes"}]`, as GQA's
 * - nlvr2: `identifier,True` a line, as NLVR2's
 */
export const PREDICTION_FORMATS: Readonly<Record<AnswerHead, PredictionFormat>> = {
  vqa: {
    ...array,
    line: (question_id, answer) => JSON.stringify({ question_id: numbered(question_id), answer }),
  },
  gqa: { ...array, line: (id, prediction) => JSON.stringify({ questionId: String(id), prediction }) },
  nlvr2: {
    ...{ extension: 'csv', before: '', between: '\n', after: '\n' },
    line: (id, answer) => `${id},${answer === 'true' ? 'True' : 'False'}`,
  },
};

/** VQA's ids are numbers; a data set of one's own may have others. */
const numbered = (id: string | number): string | number =>
  typeof id === 'string' && /^[1-9]\d{0,14}$/.test(id) ? Number(id) : id;

/** Asked at a time: what is asked about one picture lies together in the published files. */
const CHUNK = 256;

/**
 * Asks one after another, in the order given.
 * @param write is told each line of the file, the first and the last with what stands around them
 * @returns how many were asked
 */
export async function predictAll(
  head: AnswerHead,
  asked: AsyncIterable<Unanswered>,
  model: AnsweringModel<string>,
  write: (text: string) => Promise<void>,
  onProgress: (done: number) => void = () => {},
): Promise<number> {
  const { before, between, after, line } = PREDICTION_FORMATS[head];
  let done = 0;
  let chunk: Unanswered[] = [];
  const ask = async () => {
    const seen = new Map<string, Promise<Float32Array>>();
    const see = (id: string) => {
      const features = seen.get(id) ?? model.encode(id);
      seen.set(id, features);
      return features;
    };
    const answers = await Promise.all(
      chunk.map(async ({ text, pictures }) => model.answer(text, await Promise.all(pictures.map(see)))),
    );
    for (const [i, answer] of answers.entries()) {
      await write(`${done === 0 ? before : between}${line(chunk[i]!.id, answer)}`);
      done++;
    }
    chunk = [];
    onProgress(done);
  };
  for await (const one of asked) {
    chunk.push(one);
    if (chunk.length === CHUNK) await ask();
  }
  await ask();
  await write(done === 0 ? `${before}${after}` : after);
  return done;
}
