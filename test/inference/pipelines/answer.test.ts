import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { type AnswerPipeline, createAnswerPipeline } from '../../../src/inference/pipelines/answer.ts';
import { goldenFinetuned } from './golden-finetuned.ts';

const engine = createOnnxRuntimeEngine({ threads: 2 });
const { parts, texts, pictures, logits } = goldenFinetuned('vqa');
const answers = logits[0]!.map((_, i) => `answer ${i}`);
const A = answers.length;
let vqa: AnswerPipeline;
let gqa: AnswerPipeline;
let softmaxVqa: AnswerPipeline;
let rows: number[] = [];

beforeAll(async () => {
  const onPass = (_: string, count: number) => rows.push(count);
  vqa = await createAnswerPipeline(engine, { ...parts, answers }, { onPass });
  const config = { ...parts.config, answer_loss: 'softmax' } as const;
  softmaxVqa = await createAnswerPipeline(engine, { ...parts, config, answers });
  gqa = await createAnswerPipeline(engine, { ...parts, config: { ...parts.config, head: 'gqa' }, answers });
});
afterAll(async () => {
  await vqa.release();
  await gqa.release();
  await softmaxVqa.release();
});

const ask = (pipeline: AnswerPipeline, row: number, topK = A) =>
  pipeline.answer(pictures[row]![0]!, texts[row]!, topK);
const inOrder = (row: number) =>
  [...answers.keys()].sort((a, b) => logits[row]![b]! - logits[row]![a]!).map((i) => answers[i]);

describe('the authors’ logits', () => {
  test.each([0, 1, 2])('as probabilities of each answer: vqa, question %d', async (row) => {
    const given = await ask(vqa, row);
    expect(given.truncated).toBe(false);
    expect(given.answers.map(({ answer }) => answer)).toEqual(inOrder(row));
    for (const { answer, score } of given.answers) {
      const logit = logits[row]![answers.indexOf(answer)]!;
      expect(score).toBeCloseTo(1 / (1 + Math.exp(-logit)), 4);
    }
  });

  test.each([0, 1, 2])('as probabilities that add up to 1: gqa, question %d', async (row) => {
    const given = await ask(gqa, row);
    expect(given.answers.map(({ answer }) => answer)).toEqual(inOrder(row));
    const total = logits[row]!.reduce((sum, logit) => sum + Math.exp(logit), 0);
    for (const { answer, score } of given.answers) {
      expect(score).toBeCloseTo(Math.exp(logits[row]![answers.indexOf(answer)]!) / total, 4);
    }
    expect(given.answers.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 10);
  });
});

test('as probabilities that add up to 1 where VQA learnt with all answers against one another', async () => {
  const { answers: given } = await ask(softmaxVqa, 1);
  expect(given.map(({ answer }) => answer)).toEqual(inOrder(1));
  expect(given.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 10);
});

test('gives as many answers as are wanted, or all', async () => {
  const all = (await ask(vqa, 0)).answers;
  expect((await ask(vqa, 0, 3)).answers).toEqual(all.slice(0, 3));
  expect((await ask(vqa, 0, 1000)).answers).toHaveLength(A);
});

test('an answer is the same alone and in any company', async () => {
  const kinds = [0, 1, 2, 0, 2, 1, 1];
  const alone = [];
  for (const row of kinds) alone.push(await ask(vqa, row));
  rows = [];
  expect(await Promise.all(kinds.map((row) => ask(vqa, row)))).toEqual(alone);
  expect(rows[0]).toBe(4);
});

test('long questions are cut and say so', async () => {
  const words = (count: number) => new Array(count).fill('w110').join(' ');
  expect((await vqa.answer(pictures[0]![0]!, words(18), 1)).truncated).toBe(false);
  expect((await vqa.answer(pictures[0]![0]!, words(19), 1)).truncated).toBe(true);
});

test('says what it was given wrongly', async () => {
  await expect(vqa.answer({ features: new Float32Array(5) }, 'w110', 1)).rejects.toThrow('5 numbers');
  const pairs = goldenFinetuned('nlvr2').parts;
  await expect(createAnswerPipeline(engine, { ...pairs, answers: [] })).rejects.toThrow(
    'answers no questions',
  );
  const few = createAnswerPipeline(engine, { ...parts, answers: answers.slice(1) });
  await expect(few).rejects.toThrow(`${A - 1} answers`);
});

test('an abort takes a waiting question out of the queue', async () => {
  const abort = new AbortController();
  const stopped = vqa.answer(pictures[0]![0]!, texts[0]!, 1, abort.signal);
  const other = ask(vqa, 1);
  abort.abort(new Error('stop'));
  await expect(stopped).rejects.toThrow('stop');
  expect((await other).answers).toHaveLength(A);
});
