/** The tasks about pictures through the host and its real child: decoding, encoders and models behind the boundary. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { InferenceHost, Picture } from '../../src/inference/host.ts';
import { createInferenceHost } from '../../src/inference/host-process.ts';
import { picture, sampleFiles } from '../pictures/sample-pictures.ts';
import { ANSWERS } from '../zoo/tiny-answerer.ts';
import { TINY, writeTinyTasks } from './tiny-tasks.ts';

let root: string;
let host: InferenceHost;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'seeing-'));
  await writeTinyTasks(root);
  host = await createInferenceHost({ checkpoints: [root], threads: 2, heartbeatMs: 100 });
  await until(() => host.ready());
});
afterAll(async () => {
  await host.close(0);
  await rm(root, { recursive: true });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
const uploaded = (bytes: Buffer): Picture => ({
  bytes,
  hash: createHash('sha256').update(bytes).digest('hex'),
});
const sample = async (width: number, height: number) =>
  uploaded(await picture(width, height).png().toBuffer());
const ask = (shown: Picture, question = 'what is on the grass', topK = 5) =>
  host.vqa({ picture: shown, model: TINY.vqa, question, topK });
const judge = (left: Picture, right: Picture) =>
  host.nlvr2({ left, right, model: TINY.nlvr2, statement: 'two red dogs' });
const caption = (shown: Picture, seeds: number[]) =>
  host.caption({
    picture: shown,
    model: TINY.caption,
    prefix: 'the',
    maxTokens: 8,
    sampler: { strategy: 'gibbs' },
    seeds,
  });
const paint = (seed: number) =>
  host.paint({
    ...{ prompts: ['the sky'], model: TINY.paint, n: 1, seeds: [seed], format: 'png', intermediate: false },
    sampler: { strategy: 'mask-predict', temperature: 1 },
  });

it('has a default model for every task, and loads them all at the start', () => {
  for (const [task, id] of Object.entries(TINY)) {
    expect(host.defaultModel(task as keyof typeof TINY)).toBe(id);
    expect(host.models().find((model) => model.id === id)!.state).toBe('ready');
  }
});

it('answers a question in the middle of long paintings', async () => {
  const ended: string[] = [];
  const seeds = Array.from({ length: 8 }, (_, i) => i);
  const shape = {
    prompts: ['the sky'],
    model: TINY.paint,
    n: 8,
    seeds,
    format: 'png',
    intermediate: false,
  } as const;
  const painting = host
    .paint({ ...shape, sampler: { strategy: 'random', steps: 256 } })
    .then(() => ended.push('painting'));
  while (host.stats().activeWorks < 8) await sleep(5);
  const question = ask(await sample(20, 20)).then(() => ended.push('question'));
  await Promise.all([painting, question]);
  expect(ended).toEqual(['question', 'painting']);
});

it('answers, judges and captions: what is asked and shown makes the difference', async () => {
  const [left, right] = [await sample(64, 64), uploaded((await sampleFiles())['png, grey with alpha']!)];
  const { answers, truncated, model, engine } = await ask(left);
  expect(answers.map(({ answer }) => answer).sort()).toEqual([...ANSWERS].sort());
  expect(answers.map(({ score }) => score)).toEqual(answers.map(({ score }) => score).sort((a, b) => b - a));
  expect([truncated, model, engine]).toEqual([false, TINY.vqa, 'onnxruntime-cpu']);
  expect((await ask(left, 'the sky', 2)).answers).toHaveLength(2);
  expect((await ask(right)).answers).not.toEqual(answers);
  expect((await ask(left, 'two dogs and a car')).answers).not.toEqual(answers);
  expect((await ask(left, 'a dog and '.repeat(20))).truncated).toBe(true);

  const judged = await judge(left, right);
  expect(judged.score).toBeGreaterThan(0);
  expect(judged.score).toBeLessThan(1);
  expect(judged.label).toBe(judged.score > 0.5);
  expect((await judge(right, left)).score).not.toBe(judged.score);
  expect((await judge(left, left)).score).not.toBe(judged.score);

  const { captions } = await caption(left, [1, 2]);
  for (const { text, score } of captions) {
    expect(text).toMatch(/^the /);
    expect(score).toBeLessThanOrEqual(0);
  }
  expect(captions[1]!.text).not.toBe(captions[0]!.text);
  expect(captions.map(({ seed }) => seed)).toEqual([1, 2]);
  expect((await caption(left, [1, 2])).captions).toEqual(captions);
  expect((await caption(left, [1])).captions).toEqual(captions.slice(0, 1));
});

it('measures what an answer rests on: each block hidden is the question asked of a picture without it', async () => {
  const side = 128;
  const shown = await sample(side, side);
  // Blue the left top quarter, red the rest; what is hidden has their mean.
  const without = async (row: number, column: number) => {
    const mean = {
      width: side / 2,
      height: side / 2,
      channels: 3 as const,
      background: { r: 191, g: 0, b: 64 },
    };
    const block = await sharp({ create: mean }).png().toBuffer();
    const at = { input: block, left: (column * side) / 2, top: (row * side) / 2 };
    return uploaded(await picture(side, side).composite([at]).png().toBuffer());
  };
  const asked = { model: TINY.vqa, question: 'what is on the grass', topK: 2 };
  const { answers, hidden } = await host.vqa({ ...asked, picture: shown, occlusion: 2 });
  expect(answers).toEqual((await ask(shown, asked.question, 2)).answers);
  const blocks = await Promise.all([0, 1, 2, 3].map((i) => without(i >> 1, i % 2)));
  const alone = await Promise.all(blocks.map((block) => ask(block, asked.question, ANSWERS.length)));
  const said = alone.map(({ answers: all }) => ({
    answer: all[0]!.answer,
    score: all.find(({ answer }) => answer === answers[0]!.answer)!.score,
  }));
  expect(hidden).toEqual(said);
  expect(new Set(hidden!.map(({ score }) => score)).size).toBeGreaterThan(1);

  const other = await sample(20, 20);
  const pair = { left: other, right: shown, model: TINY.nlvr2, statement: 'two red dogs' };
  const judged = await host.nlvr2({ ...pair, occlusion: 2 });
  expect(judged.hidden).toHaveLength(8);
  for (const [i, block] of blocks.entries()) {
    const { label, score } = await judge(other, block);
    expect(judged.hidden![4 + i]).toEqual({ answer: label, score: judged.label ? score : 1 - score });
  }
});

it('paints a part of a picture anew: what its mask keeps, keeps its codes', async () => {
  const shown = await sample(90, 60);
  const transparent = async (left: number, top: number, width: number, height: number) => {
    const hole = await sharp({
      create: { width, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 1 } },
    })
      .png()
      .toBuffer();
    const opaque = sharp({ create: { width: 90, height: 60, channels: 4, background: '#fff' } });
    return uploaded(
      await opaque
        .composite([{ input: hole, left, top, blend: 'dest-out' }])
        .png()
        .toBuffer(),
    );
  };
  const over = (mask: Picture, seed = 1, steps = 4, codes?: number[]) =>
    host.paint({
      ...{
        prompts: ['a red dog'],
        model: TINY.paint,
        n: 1,
        seeds: [seed],
        format: 'png',
        intermediate: false,
      },
      ...{
        sampler: { strategy: 'mask-predict', temperature: 1, steps },
        over: { picture: shown, mask, ...(codes && { codes }) },
      },
    });
  // Cells of 11.25 × 7.5 pixels: the second and third column of the first two rows, and one cell at the end.
  const [first, last] = [await transparent(13, 2, 12, 8), await transparent(89, 59, 1, 1)];
  const [left] = (await over(first)).images;
  expect(left!.repainted).toEqual([1, 2, 9, 10]);
  // More steps than there are cells to paint are as many.
  const [right] = (await over(last, 1, 64)).images;
  expect(right!.repainted).toEqual([63]);
  const kept = (codes: readonly number[]) => codes.filter((_, cell) => ![1, 2, 9, 10, 63].includes(cell));
  expect(kept(left!.codes)).toEqual(kept(right!.codes));
  expect(kept((await over(first, 2)).images[0]!.codes)).toEqual(kept(left!.codes));
  expect((await over(first)).images[0]!.encoded.equals(left!.encoded)).toBe(true);
  // Codes that are known are kept, whatever is seen.
  const [known] = (await over(first, 1, 4, Array(64).fill(3))).images;
  expect(new Set(kept(known!.codes))).toEqual(new Set([3]));
  await expect(over(first, 1, 4, [3])).rejects.toMatchObject({ code: 'impossible_request', param: '/codes' });
  await expect(over(shown)).rejects.toMatchObject({ code: 'impossible_request', param: '/mask' });
  const cut = uploaded(Buffer.from(first.bytes.subarray(0, 60)));
  await expect(over(cut)).rejects.toMatchObject({ code: 'image_damaged', param: '/mask' });
});

/** The child tells once a second what it has seen: what earlier tests showed must have been told before we count. */
async function settled(): Promise<void> {
  const looks = () => host.stats().picturesCached + host.stats().picturesEncoded;
  for (let last = looks(), since = Date.now(); Date.now() - since < 3_000; await sleep(100)) {
    if (looks() === last) continue;
    last = looks();
    since = Date.now();
  }
}

it('decodes and encodes a picture once, whatever is asked about it', async () => {
  await settled();
  const before = host.stats();
  const shown = await sample(77, 33);
  await Promise.all([ask(shown), caption(shown, [1, 2, 3]), judge(shown, shown), ask(shown, 'the sky')]);
  await ask(shown, 'a car');
  // One for each question, three captions, two sides of a pair: eight pictures, one of them encoded.
  await until(() => host.stats().picturesCached === before.picturesCached + 7);
  expect(host.stats().picturesEncoded).toBe(before.picturesEncoded + 1);
});

it('every kind of file is seen; the same picture losslessly stored in another way gets the same answer', async () => {
  const files = await sampleFiles();
  const answers = new Map<string, unknown>();
  for (const [name, file] of Object.entries(files)) answers.set(name, (await ask(uploaded(file))).answers);
  for (const name of ['png, palette', 'png, interlaced', 'webp, lossless', 'gif, animated']) {
    expect([name, answers.get(name)]).toEqual([name, answers.get('png')]);
  }
});

it('a picture that cannot be decoded is told where it was', async () => {
  const cut = uploaded((await picture(64, 64).png().toBuffer()).subarray(0, 100));
  await expect(ask(cut)).rejects.toMatchObject({ code: 'image_damaged', status: 422, param: '/image' });
  const whole = await sample(5, 5);
  await expect(judge(whole, cut)).rejects.toMatchObject({ code: 'image_damaged', param: '/images/1' });
  await expect(judge(cut, whole)).rejects.toMatchObject({ code: 'image_damaged', param: '/images/0' });
});

it('requests that wait together run together, and give what they give alone', async () => {
  const shown = await Promise.all([10, 20, 30, 40].map((size) => sample(size, size)));
  const alone = [];
  for (const one of shown) alone.push([(await ask(one)).answers, (await caption(one, [5])).captions]);
  const runs = () => ({ ...host.stats().batchSizes });
  const before = runs();
  const together = await Promise.all(
    shown.flatMap((one) => [ask(one), caption(one, [5]), judge(one, shown[0]!), paint(1)] as const),
  );
  for (const [i, expected] of alone.entries()) {
    const [answered, captioned] = [together[i * 4], together[i * 4 + 1]];
    expect([
      (answered as { answers: unknown }).answers,
      (captioned as { captions: unknown }).captions,
    ]).toEqual(expected);
  }
  await until(() =>
    Object.entries(runs()).some(([size, n]) => Number(size) > 1 && n > (before[Number(size)] ?? 0)),
  );
});

it('kill -9 under load: pictures are sent again, everything is answered as it would have been', async () => {
  const shown = await sample(50, 60);
  const [answers, judged] = [(await ask(shown)).answers, (await judge(shown, shown)).score];
  const { childPid, restarts } = host.stats();
  const running = Promise.all([
    ...Array.from({ length: 6 }, () => ask(shown).then((result) => result.answers)),
    ...Array.from({ length: 3 }, () => judge(shown, shown).then((result) => result.score)),
    caption(shown, [1, 2, 3, 4]).then(({ captions }) => captions.length),
  ]);
  while (host.stats().activeWorks === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  process.kill(childPid!, 'SIGKILL');
  expect(await running).toEqual([...Array(6).fill(answers), ...Array(3).fill(judged), 4]);
  expect(host.stats().restarts).toBe(restarts + 1);
});

it('a request that is aborted frees its places', async () => {
  const shown = await sample(31, 31);
  const client = new AbortController();
  const answer = host.caption(
    {
      ...{ picture: shown, model: TINY.caption, prefix: '', maxTokens: 20, seeds: Array(8).fill(1) },
      sampler: { strategy: 'gibbs', steps: 10 },
    },
    { signal: client.signal },
  );
  while (host.stats().activeWorks === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  client.abort(new Error('hung up'));
  await expect(answer).rejects.toThrow('hung up');
  await until(() => host.stats().activeWorks === 0);
  expect((await ask(shown)).answers).toHaveLength(5);
});

it('unloads a model and loads it again; the others keep their encoder', async () => {
  const shown = await sample(32, 16);
  const { answers } = await ask(shown);
  await host.unload(TINY.nlvr2);
  expect((await ask(shown)).answers).toEqual(answers);
  await host.unload(TINY.vqa);
  expect((await ask(shown)).answers).toEqual(answers);
  expect((await judge(shown, shown)).model).toBe(TINY.nlvr2);
});
