import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import {
  type CaptionOptions,
  type CaptionPipeline,
  createCaptionPipeline,
} from '../../../src/inference/pipelines/caption.ts';
import { loadTokenizer } from '../../../src/tokenizer.ts';
import { randomPicture, tinyCaptioner, VOCABULARY } from './tiny-captioner.ts';

const tokenizer = loadTokenizer(VOCABULARY);
const engine = createOnnxRuntimeEngine({ threads: 2 });
let pipeline: CaptionPipeline;
/** `<stage> <rows>` of every run. */
let runs: string[] = [];
let afterRun: (() => void) | undefined;

beforeAll(async () => {
  const onPass = (stage: string, rows: number) => {
    runs.push(`${stage} ${rows}`);
    afterRun?.();
  };
  pipeline = await createCaptionPipeline(engine, tinyCaptioner(), { onPass });
});
beforeEach(() => {
  runs = [];
  afterRun = undefined;
});
afterAll(() => pipeline.release());

const asked = (fields: Partial<CaptionOptions> = {}): CaptionOptions => ({
  prefix: 'a',
  maxTokens: 20,
  sampler: { strategy: 'gibbs', steps: 1 },
  seed: 1,
  ...fields,
});
const car = randomPicture('car');
const dog = randomPicture('dog');
/** Tokens, [CLS] and [SEP] among them. */
const tokensOf = (text: string) => tokenizer.encode(text, 40).ids.filter((id) => id !== tokenizer.pad).length;

describe('batch invariance', () => {
  const mixed: [typeof car, CaptionOptions][] = [
    [car, asked()],
    [car, asked({ seed: 2, prefix: 'two' })],
    [dog, asked({ seed: 3, sampler: { strategy: 'left-to-right' } })],
    [dog, asked({ seed: 4, sampler: { strategy: 'confidence', top_k: 4 }, maxTokens: 9 })],
    [car, asked({ seed: 5, prefix: '', sampler: { strategy: 'gibbs', steps: 1, temperature: 0.5 } })],
  ];

  test('a caption is the same alone and in any company', async () => {
    const alone = [];
    for (const [seen, options] of mixed) alone.push(await pipeline.caption(seen, options));
    runs = [];
    const together = await Promise.all(mixed.map(([seen, options]) => pipeline.caption(seen, options)));
    expect(runs).toContain('words 8');
    expect(together).toEqual(alone);
    const backwards = await Promise.all(
      [...mixed].reverse().map(([seen, options]) => pipeline.caption(seen, options)),
    );
    expect(backwards.reverse()).toEqual(alone);
  });

  test('also at batch sizes of one', async () => {
    const single = await createCaptionPipeline(engine, tinyCaptioner(), { maxBatch: 1 });
    const [seen, options] = mixed[1]!;
    expect(await single.caption(seen, options)).toEqual(await pipeline.caption(seen, options));
    await single.release();
  });
});

test('the picture, the seed and the prefix matter; the same three give the same caption', async () => {
  const captions = await Promise.all([
    pipeline.caption(car, asked()),
    pipeline.caption(dog, asked()),
    pipeline.caption(car, asked({ seed: 2 })),
    pipeline.caption(car, asked({ prefix: 'the' })),
  ]);
  expect(new Set(captions.map(({ text, score }) => `${text} ${score}`)).size).toBe(4);
  expect(captions[2]!.text).not.toBe(captions[0]!.text);
  expect(await pipeline.caption({ features: car.features.slice() }, asked())).toEqual(captions[0]);
});

test('the picture’s side runs once for all captions of a picture', async () => {
  const seen = randomPicture('cat');
  await Promise.all([1, 2, 3].map((seed) => pipeline.caption(seen, asked({ seed }))));
  await pipeline.caption(seen, asked({ seed: 4 }));
  expect(runs.filter((run) => run.startsWith('picture'))).toEqual(['picture 1']);
});

describe.each(['gibbs', 'left-to-right', 'confidence', 'parallel'] as const)('%s', (strategy) => {
  test.each(['A', 'What is', 'the red', ''])('keeps the prefix "%s" as it was spelled', async (prefix) => {
    for (const seed of [1, 2, 3]) {
      const sampler = { strategy, steps: 1, temperature: 1 };
      const { text, score, truncated } = await pipeline.caption(car, asked({ prefix, seed, sampler }));
      expect(text.startsWith(prefix)).toBe(true);
      expect(text.length).toBeGreaterThan(prefix.length);
      expect(tokensOf(text)).toBeLessThanOrEqual(20);
      expect(text).not.toMatch(/\[|##/);
      expect(score).toBeLessThan(0);
      expect(Number.isFinite(score)).toBe(true);
      expect(truncated).toBe(false);
    }
  });
});

test('articles agree with the words behind them, that of the prefix too', async () => {
  const vowels = new Map([
    ['red', 'old'],
    ['car', 'elephant'],
  ]);
  const vocabulary = VOCABULARY.map((word) => vowels.get(word) ?? word);
  const other = await createCaptionPipeline(engine, { ...tinyCaptioner(), vocabulary });
  const sampler = { strategy: 'gibbs', steps: 1, temperature: 10 } as const;
  const captions = await Promise.all(
    Array.from({ length: 40 }, (_, seed) =>
      other.caption(car, asked({ prefix: 'This, A', seed, maxTokens: 9, sampler })),
    ),
  );
  await other.release();
  const behind = (article: string) =>
    captions.flatMap(({ text }) =>
      [...text.matchAll(RegExp(`\\b${article} (\\w+)`, 'gi'))].map(([, word]) => word),
    );
  expect(behind('an')).toContain('elephant');
  expect(behind('an').filter((word) => !/^[aeio]/.test(word!))).toEqual([]);
  expect(behind('a').length).toBeGreaterThan(0);
  expect(behind('a').filter((word) => /^[aeio]/.test(word!))).toEqual([]);
  for (const { text } of captions) expect(text).toMatch(/^This, A/);
});

test('no caption is longer than allowed, down to a single word', async () => {
  for (const maxTokens of [3, 5, 8]) {
    for (const seed of [1, 2, 3, 4]) {
      const { text } = await pipeline.caption(car, asked({ prefix: '', maxTokens, seed }));
      expect(tokensOf(text)).toBeLessThanOrEqual(maxTokens);
      expect(text).not.toBe('');
    }
  }
});

test('seeds try several lengths', async () => {
  const captions = await Promise.all(
    Array.from({ length: 12 }, (_, seed) => pipeline.caption(car, asked({ seed }))),
  );
  expect(new Set(captions.map(({ text }) => tokensOf(text))).size).toBeGreaterThan(3);
});

test('a prefix that fills the text is scored; one that does not fit is cut and says so', async () => {
  const full = await pipeline.caption(car, asked({ prefix: 'two red cars', maxTokens: 6 }));
  expect(full).toMatchObject({ text: 'two red cars', truncated: false });
  expect(full.score).toBeLessThan(0);
  const cut = await pipeline.caption(car, asked({ prefix: 'the dog and the car', maxTokens: 5 }));
  expect(cut).toMatchObject({ text: 'the dog and', truncated: true });
});

test('texts that differ score differently, and a picture changes the score', async () => {
  const full = { prefix: 'a red car on grass', maxTokens: 7 };
  const [ofCar, ofDog, other] = await Promise.all([
    pipeline.caption(car, asked(full)),
    pipeline.caption(dog, asked(full)),
    pipeline.caption(car, asked({ ...full, prefix: 'grass on car red a' })),
  ]);
  expect(new Set([ofCar.score, ofDog.score, other.score]).size).toBe(3);
});

test('what cannot be followed is the user’s to mend', async () => {
  const refused = (fields: Partial<CaptionOptions>) =>
    pipeline.caption(car, asked(fields)).catch((error: unknown) => error);
  const coded = (param: string) => ({ code: 'impossible_request', param });
  expect(await refused({ maxTokens: 2 })).toMatchObject(coded('/max_tokens'));
  expect(await refused({ maxTokens: 21 })).toMatchObject(coded('/max_tokens'));
  expect(await refused({ sampler: { strategy: 'gibbs', steps: 99 } })).toMatchObject(coded('/sampler/steps'));
  expect(await refused({ sampler: { strategy: 'gibbs', top_k: 0 } })).toMatchObject(coded('/sampler/top_k'));
});

test('a model with fewer positions writes shorter texts', async () => {
  const small = await createCaptionPipeline(engine, tinyCaptioner({ max_position_embeddings: 8 }));
  expect(small.maxTokens).toBe(8);
  for (const seed of [1, 2, 3]) {
    expect(tokensOf((await small.caption(car, asked({ seed }))).text)).toBeLessThanOrEqual(8);
  }
  await small.release();
});

test('an abort ends a caption between two passes and leaves the others alone', async () => {
  const abort = new AbortController();
  const stopped = pipeline.caption(car, asked({ sampler: { strategy: 'gibbs', steps: 10 } }), abort.signal);
  const other = pipeline.caption(car, asked({ seed: 2 }));
  afterRun = () => runs.length === 3 && abort.abort(new Error('stop'));
  await expect(stopped).rejects.toThrow('stop');
  expect((await other).text).toMatch(/^a/);
  const after = runs.length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(runs.length).toBe(after);
});
