import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { createVerifyPipeline, type VerifyPipeline } from '../../../src/inference/pipelines/verify.ts';
import { goldenFinetuned } from './golden-finetuned.ts';

const engine = createOnnxRuntimeEngine({ threads: 2 });
const { parts, texts, pictures, logits } = goldenFinetuned('nlvr2');
let pipeline: VerifyPipeline;
let rows: number[] = [];

beforeAll(async () => {
  pipeline = await createVerifyPipeline(engine, parts, { onPass: (_, count) => rows.push(count) });
});
afterAll(() => pipeline.release());

const judge = (row: number) => pipeline.verify(pictures[row]![0]!, pictures[row]![1]!, texts[row]!);

test.each([0, 1, 2])('says what the authors’ code says of pair %d', async (row) => {
  const [no, yes] = logits[row] as [number, number];
  const { label, score, truncated } = await judge(row);
  expect(score).toBeCloseTo(1 / (1 + Math.exp(no - yes)), 4);
  expect(label).toBe(yes > no);
  expect(label).toBe(score > 0.5);
  expect(truncated).toBe(false);
});

test('left and right are not the same', async () => {
  const [left, right] = pictures[0]!;
  const { score } = await pipeline.verify(right!, left!, texts[0]!);
  expect(score).not.toBeCloseTo((await judge(0)).score, 4);
});

test('a judgement is the same alone and in any company', async () => {
  const kinds = [0, 1, 2, 2, 1];
  const alone = [];
  for (const row of kinds) alone.push(await judge(row));
  rows = [];
  expect(await Promise.all(kinds.map(judge))).toEqual(alone);
  expect(rows[0]).toBe(4);
});

test('long statements are cut and say so', async () => {
  const [left, right] = pictures[0]!;
  const text = new Array(19).fill('w110').join(' ');
  expect((await pipeline.verify(left!, right!, text)).truncated).toBe(true);
});

test('is for models of statements alone', async () => {
  await expect(createVerifyPipeline(engine, goldenFinetuned('vqa').parts)).rejects.toThrow('a vqa model');
});
