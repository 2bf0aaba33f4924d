import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { createPaintPipeline, type PaintPipeline } from '../../../src/inference/pipelines/paint.ts';
import type { PaintInput, PaintStep } from '../../../src/inference/protocol.ts';
import { loadPaintCheckpoint } from '../../../src/zoo/paint-checkpoint.ts';
import { writeTinyZoo } from '../tiny-zoo.ts';

let root: string;
let pipeline: PaintPipeline;
/** `<stage> <rows>` of every run. */
let runs: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paint-'));
  const checkpoint = await loadPaintCheckpoint(await writeTinyZoo(root));
  const onPass = (stage: string, rows: number) => runs.push(`${stage} ${rows}`);
  pipeline = await createPaintPipeline(createOnnxRuntimeEngine({ threads: 2 }), checkpoint, { onPass });
});
beforeEach(() => {
  runs = [];
});
afterAll(async () => {
  await pipeline.release();
  await rm(root, { recursive: true });
});

function input(prompt: string, seed: number, fields: Partial<PaintInput> = {}): PaintInput {
  return { prompt, seed, sampler: { strategy: 'mask-predict' }, format: 'png', steps: false, ...fields };
}

const drawn = { strategy: 'mask-predict', temperature: 1 } as const;

describe('batch invariance', () => {
  const mixed = [
    input('a red car', 1),
    input('two dog', 2, { sampler: drawn }),
    input('a red car', 3, { sampler: { strategy: 'top-left', steps: 7 } }),
    input('the sky', 4, { sampler: { strategy: 'random', steps: 9, temperature: 0.7, top_k: 5 } }),
    input('a dog on the grass', 5, { sampler: { strategy: 'easy-first', steps: 5 } }),
    input('a', 6, { sampler: { strategy: 'parallel' }, format: 'webp' }),
    input('', 7, { sampler: { ...drawn, steps: 16 } }),
    input('xyz', 8, { sampler: drawn, format: 'jpeg' }),
  ];

  test('an image has the same bytes alone and in any company', async () => {
    const alone = [];
    for (const one of mixed) alone.push(await pipeline.paint(one));
    expect(runs).not.toContain('step 2');
    runs = [];
    const together = await Promise.all(mixed.map((one) => pipeline.paint(one)));
    expect(runs).toContain('step 8');
    expect(together.map(({ codes }) => codes)).toEqual(alone.map(({ codes }) => codes));
    for (const [i, { encoded }] of together.entries()) expect(encoded.equals(alone[i]!.encoded)).toBe(true);
    const backwards = await Promise.all([...mixed].reverse().map((one) => pipeline.paint(one)));
    for (const [i, { encoded }] of backwards.reverse().entries())
      expect(encoded.equals(alone[i]!.encoded)).toBe(true);
  });

  test('also where the rows of a run depend on the batch: then images run alone', async () => {
    const folder = join(root, 'odd');
    const checkpoint = await loadPaintCheckpoint(await writeTinyZoo(folder, 50));
    const odd = await createPaintPipeline(createOnnxRuntimeEngine({ threads: 2 }), checkpoint);
    const alone = [];
    for (const one of mixed) alone.push(await odd.paint(one));
    const together = await Promise.all(mixed.map((one) => odd.paint(one)));
    for (const [i, { encoded }] of together.entries()) expect(encoded.equals(alone[i]!.encoded)).toBe(true);
    await odd.release();
  });

  test('prompts and seeds matter', async () => {
    const images = await Promise.all([
      pipeline.paint(input('a red car', 1, { sampler: drawn })),
      pipeline.paint(input('a red car', 2, { sampler: drawn })),
      pipeline.paint(input('the sky', 1, { sampler: drawn })),
    ]);
    expect(new Set(images.map(({ codes }) => codes.join())).size).toBe(3);
  });
});

test('the language encoder runs once per prompt, steps of waiting images run together', async () => {
  await Promise.all([1, 2, 3, 4].map((seed) => pipeline.paint(input('two red car and a dog', seed))));
  expect(runs.filter((run) => run.startsWith('text'))).toEqual(['text 1']);
  expect(runs.filter((run) => run.startsWith('step'))).toEqual(['step 4', 'step 4', 'step 4', 'step 4']);
});

test('steps are told in order; the last picture is the image; unwritten cells are grey', async () => {
  const steps: PaintStep[] = [];
  const sampler = { strategy: 'top-left', steps: 4 } as const;
  const image = await pipeline.paint(input('a dog', 1, { sampler, steps: true }), {
    onStep: (step) => steps.push(step),
  });
  expect(steps.map(({ step, steps: total }) => [step, total])).toEqual([
    [1, 4],
    [2, 4],
    [3, 4],
    [4, 4],
  ]);
  expect(steps[1]!.updated).toEqual(Array.from({ length: 16 }, (_, i) => i + 16));
  expect(steps[3]!.encoded.equals(image.encoded)).toBe(true);
  const { data, info } = await sharp(steps[0]!.encoded).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([32, 32, 3]);
  // A quarter of the rows of cells is written.
  expect(data.subarray(8 * 32 * 3).every((value) => value === 128)).toBe(true);
  expect(data.subarray(0, 8 * 32 * 3).every((value) => value === 128)).toBe(false);
  const final = await sharp(image.encoded).raw().toBuffer();
  expect(final.equals(Buffer.from(await pipeline.decode(Int32Array.from(image.codes))))).toBe(true);
});

test('every format is what it says, at the size it says', async () => {
  for (const format of ['png', 'jpeg', 'webp'] as const) {
    const image = await pipeline.paint(input('a dog', 1, { format }));
    const metadata = await sharp(image.encoded).metadata();
    expect([metadata.format, metadata.width, metadata.height]).toEqual([format, image.width, image.height]);
  }
});

test('long prompts are cut and say so', async () => {
  expect((await pipeline.paint(input('a '.repeat(18), 1))).truncated).toBe(false);
  expect((await pipeline.paint(input('a '.repeat(19), 1))).truncated).toBe(true);
});

test('a sampler that cannot be followed is the user’s to mend', async () => {
  const impossible = pipeline.paint(input('a', 1, { sampler: { strategy: 'mask-predict', steps: 65 } }));
  await expect(impossible).rejects.toMatchObject({ code: 'impossible_request', param: '/sampler/steps' });
});

test.each([
  [{ images: 32, sampler: { strategy: 'top-left' } }, true],
  [{ images: 9, sampler: { strategy: 'random', steps: 228 } }, false],
  [{ images: 33, sampler: { strategy: 'easy-first' } }, false],
  [{ images: 8, sampler: { strategy: 'top-left' }, steps: true }, true],
  [{ images: 9, sampler: { strategy: 'top-left' }, steps: true }, false],
] as const)('a request of %j may be painted: %s', async (fields, may) => {
  const painting = pipeline.paint(input('a', 1, fields), { onStep: () => {} });
  if (may) expect((await painting).codes).toHaveLength(64);
  else await expect(painting).rejects.toMatchObject({ code: 'impossible_request', param: '/sampler/steps' });
});

test('an abort ends sampling between two steps and leaves the others alone', async () => {
  const abort = new AbortController();
  const long = { strategy: 'top-left' } as const;
  const stopped = pipeline.paint(input('a', 1, { sampler: long, steps: true }), {
    signal: abort.signal,
    onStep: ({ step }) => {
      if (step === 3) abort.abort(new Error('stop'));
    },
  });
  const other = pipeline.paint(input('a', 2, { sampler: long }));
  await expect(stopped).rejects.toThrow('stop');
  expect((await other).codes).toHaveLength(64);
  const steps = runs.filter((run) => run === 'step 2').length;
  expect(steps).toBeGreaterThan(1);
  expect(steps).toBeLessThan(10);
});

describe('some steps of many', () => {
  const sampler = { strategy: 'top-left', steps: 6 } as const;
  const seen = async (fields: Partial<PaintInput>) => {
    const steps: PaintStep[] = [];
    const { encoded, codes } = await pipeline.paint(
      input('a red car', 1, { sampler, steps: true, ...fields }),
      {
        onStep: (step) => steps.push(step),
      },
    );
    return { encoded, codes, steps };
  };

  test('are told, and the picture at the end is the same', async () => {
    const all = await seen({});
    const some = await seen({ shown: [1, 4, 9] });
    expect(some.steps.map(({ step }) => step)).toEqual([1, 4]);
    expect(some.codes).toEqual(all.codes);
    expect(some.encoded.equals(all.encoded)).toBe(true);
    for (const { step, encoded } of some.steps)
      expect(encoded.equals(all.steps.find((one) => one.step === step)!.encoded)).toBe(true);
  });
  test('have what the generator makes of the mask where nothing is written, on request', async () => {
    const grey = await seen({ shown: [1, 6] });
    const generator = await seen({ shown: [1, 6], unwritten: 'generator' });
    expect(generator.codes).toEqual(grey.codes);
    const pixels = (encoded: Buffer) => sharp(encoded).raw().toBuffer();
    const [a, b] = [await pixels(grey.steps[0]!.encoded), await pixels(generator.steps[0]!.encoded)];
    // The last cell is far from being written.
    expect([...a.subarray(-3)]).toEqual([128, 128, 128]);
    expect([...b.subarray(-3)]).not.toEqual([128, 128, 128]);
  });
});
