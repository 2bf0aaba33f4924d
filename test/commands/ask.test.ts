import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { isMistake } from '../../src/errors.ts';
import { TINY, writeTinyTasks } from '../inference/tiny-tasks.ts';
import { picture, pngHeader } from '../pictures/sample-pictures.ts';
import { ANSWERS } from '../zoo/tiny-answerer.ts';

const run = (args: readonly string[]) => runCommand('ask', args);

let root: string;
let said: string;
const file = (name: string) => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ask-command-'));
  await writeTinyTasks(join(root, 'zoo'));
  await writeFile(file('a.png'), await picture(40, 30).png().toBuffer());
  await writeFile(file('b.webp'), await picture(20, 20, 0.5).webp().toBuffer());
  await writeFile(file('page.html'), '<!doctype html><p>');
  await writeFile(file('huge.png'), pngHeader(12_000, 12_000));
  await writeFile(file('cut.png'), (await picture(40, 30).png().toBuffer()).subarray(0, 80));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
beforeEach(() => {
  said = '';
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true });
});

const ask = (...args: string[]) =>
  run([...args, '--checkpoints-dir', join(root, 'zoo'), '--data-dir', join(root, 'data'), '--threads', '1']);
const askJson = async (...args: string[]) => {
  said = '';
  await ask(...args, '--json');
  return JSON.parse(said);
};

test('a picture and a question: answers, the best first', async () => {
  await ask(file('a.png'), 'the dog on the grass');
  const lines = said.trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[0]).toMatch(/^\w+ \d+\.\d %$/);
  const { answers, ...rest } = await askJson(file('a.png'), 'the dog on the grass', '--top-k', '2');
  expect(rest).toMatchObject({
    task: 'vqa',
    model: TINY.vqa,
    question: 'the dog on the grass',
    truncated: false,
    unknown_words: [],
  });
  expect(answers).toHaveLength(2);
  expect(ANSWERS).toContain(answers[0].answer);
  expect(lines[0]).toBe(`${answers[0].answer} ${(answers[0].score * 100).toFixed(1)} %`);
});

test('two pictures and a statement: true or false', async () => {
  await ask(file('a.png'), file('b.webp'), 'two red car');
  expect(said).toMatch(/^(true|false) \(\d+\.\d % true\)\n$/);
  const there = await askJson(file('a.png'), file('b.webp'), 'two red car');
  const back = await askJson(file('b.webp'), file('a.png'), 'two red car');
  expect(there.label).toBe(there.score > 0.5);
  expect(back.score).not.toBe(there.score);
});

test('a picture alone: captions, which the same seed repeats', async () => {
  await ask(file('a.png'), '--prefix', 'the', '--n', '3', '--seed', '4', '--max-tokens', '6');
  const first = said;
  expect(first.match(/^the .*\(score -\d+\.\d{3}, seed [456]\)$/gm)).toHaveLength(3);
  said = '';
  await ask(file('a.png'), '--prefix', 'the', '--n', '3', '--seed', '4', '--max-tokens', '6');
  expect(said).toBe(first);
  const { captions } = await askJson(file('a.png'), '--n', '3', '--seed', '4', '--strategy', 'confidence');
  const scores = captions.map(({ score }: { score: number }) => score);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  said = '';
  await ask(file('a.png'), 'the dog and '.repeat(20));
  expect(said).toContain('was cut');
});

test('words that the model does not know are told', async () => {
  await ask(file('a.png'), 'the zeppelin on the grass');
  expect(said).toContain('(the model does not know the word “zeppelin”)\n');
  const { unknown_words } = await askJson(file('a.png'), file('b.webp'), 'Zeppelins, airships');
  expect(unknown_words).toEqual(['zeppelins', 'airships']);
  expect((await askJson(file('a.png'), '--prefix', 'the zeppelin')).unknown_words).toEqual(['zeppelin']);
});

describe('mistakes are told in a sentence', () => {
  test.each([
    [['none.png', 'what?'], /no picture none\.png/],
    [['A', 'what', 'is', 'it'], /quotation marks: ask .*a\.png "what is it"/],
    [['A', 'B'], /need a statement/],
    [['A', 'A', 'B', 'x'], /One picture or two, not 3/],
    [['A', ' '], /empty/],
    [['A', 'x', '--prefix', 'The'], /--prefix has no meaning for a question/],
    [['A', 'B', 'x', '--top-k', '2', '--seed', '1'], /--seed, --top-k have no meaning for a statement/],
    [['A', '--n', '0'], /--n is "0"/],
    [['A', '--strategy', 'best'], /gibbs, left-to-right, confidence/],
    [['A', '--steps', '11'], /1 to 10 steps/],
    [
      ['A', 'x', '--model', 'tiny'],
      /^tiny is an x-lxmert that paints, not one that answers questions.*There is tiny-vqa/,
    ],
    [['HTML', 'x'], /page\.html: This is an HTML page/],
    [['HUGE'], /144 megapixels/],
    [['CUT', 'x'], /cannot be decoded/],
  ])('%j', async (args, message) => {
    const names: Record<string, string> = {
      A: 'a.png',
      B: 'b.webp',
      HTML: 'page.html',
      HUGE: 'huge.png',
      CUT: 'cut.png',
    };
    const caught = await ask(...args.map((arg) => (names[arg] ? file(names[arg]) : arg))).catch(
      (error: Error) => error,
    );
    expect(caught).toMatchObject({ message: expect.stringMatching(message) });
    expect(isMistake(caught)).toBe(true);
  });
});
