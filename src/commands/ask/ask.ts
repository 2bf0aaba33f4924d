/**
 * `ask picture.png "what colour is the car?"`, `ask left.png right.png "<statement>"`, `ask picture.png` (a caption):
 * in this process, without server or database.
 */
import { createHash, randomInt } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { shownAnswer } from '../../answers.ts';
import type { Config } from '../../config.ts';
import { openEngine } from '../../engines/choose.ts';
import { CodedError, UsageError } from '../../errors.ts';
import { alternativesOf, distinctCaptions } from '../../inference/distinct-captions.ts';
import { createEncodedPictures } from '../../inference/encoded-pictures.ts';
import type { Picture } from '../../inference/host.ts';
import { loadModel } from '../../inference/load-model.ts';
import type { CaptionInput, CaptionOutcome } from '../../inference/protocol.ts';
import { createRouter } from '../../inference/route-pictures.ts';
import type { LoadedModel, WorkHooks } from '../../inference/serve-models.ts';
import { MAX_PICTURE_BYTES, readPictureHeader } from '../../pictures/picture-header.ts';
import { LARGEST_SEED } from '../../random.ts';
import { textSamplerFor } from '../../sampling/text.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import type { Reading } from '../../tokenizer.ts';
import { sourceOf, type ZooEntry } from '../../zoo/discovery.ts';
import type { Task } from '../../zoo/manifest.ts';
import type { GivenTo } from '../define-command.ts';
import { findModel, findRouter } from '../find-model.ts';
import { saidOf } from '../said-of.ts';
import { textSamplerOf } from '../sampler-flags.ts';
import { notKnown } from '../unknown-words.ts';
import type { ask as description } from './command.ts';

type Given = GivenTo<typeof description>;
type Flags = Given['flags'];

const MOST_ANSWERS = 1000;
/** Works at a time; what the pipelines batch. */
const CONCURRENT = 8;
type Asked = { task: Exclude<Task, 'paint'>; files: string[]; text: string };

export async function ask({ flags, words, config: settings }: Given): Promise<void> {
  const config = settings();
  const asked = await understand(words);
  const plan = { caption: planCaptions, vqa: planAnswer, nlvr2: planStatement }[asked.task](asked, flags);
  const pictures = await Promise.all(asked.files.map(readPicture));
  const { entry, model } = await open(config, asked.task, flags.model, pictures);
  try {
    const hooks: WorkHooks = {
      signal: new AbortController().signal,
      picture: (hash) => pictures.find((picture) => picture.hash === hash)!.bytes,
    };
    const { lines, ...answer } = await plan(model, pictures, hooks);
    const json = { task: asked.task, model: entry.id, revision: entry.revision, ...answer };
    process.stdout.write(flags.json ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`);
  } finally {
    await model.release();
  }
}

const PICTURE_NAME = /^\S+\.(png|jpe?g|webp|gif|avif)$/i;

/** Files come first; the words after them, if there are any, are the question or the statement. */
async function understand(positionals: readonly string[]): Promise<Asked> {
  const isFile = await Promise.all(
    positionals.map((one) =>
      stat(one).then(
        (found) => found.isFile(),
        () => false,
      ),
    ),
  );
  // What is called like a picture is meant as one.
  const missing = positionals.find((one, i) => !isFile[i] && (i === 0 || PICTURE_NAME.test(one)));
  if (missing !== undefined) throw new UsageError(`There is no picture ${missing}.`);
  const words = isFile.indexOf(false);
  const files = positionals.slice(0, words < 0 ? undefined : words);
  const rest = words < 0 ? [] : positionals.slice(words);
  if (rest.length > 1) {
    throw new UsageError(`Put the words in quotation marks: ask ${files.join(' ')} "${rest.join(' ')}"`);
  }
  if (files.length > 2) throw new UsageError(`One picture or two, not ${files.length}.`);
  if (files.length === 2 && rest.length === 0) {
    throw new UsageError('Two pictures need a statement: ask left.png right.png "there are two cars"');
  }
  const text = rest[0] ?? '';
  if (rest.length === 1 && text.trim() === '') throw new UsageError('The question is empty.');
  return { task: files.length === 2 ? 'nlvr2' : rest.length === 1 ? 'vqa' : 'caption', files, text };
}

interface Answered {
  /** For people. */
  lines: string[];
  [field: string]: unknown;
}
/** Everything on the command line was checked; what is left is the work. */
type Plan = (model: LoadedModel, pictures: readonly Picture[], hooks: WorkHooks) => Promise<Answered>;

const OF_CAPTIONS = [
  ...(['prefix', 'n', 'seed', 'max-tokens', 'strategy', 'steps', 'temperature', 'length-penalty'] as const),
];

function planAnswer({ text: question }: Asked, flags: Flags): Plan {
  refuse(flags, OF_CAPTIONS, 'a question');
  const topK = flags['top-k'] ?? 5;
  if (topK > MOST_ANSWERS) {
    throw new UsageError(`--top-k is "${topK}"; it must be a whole number from 1 to ${MOST_ANSWERS}.`);
  }
  return async (model, [picture], hooks) => {
    const { answers, ...reading } = await model.vqa!({ picture: picture!.hash, question, topK }, hooks);
    const rest = answers.slice(1).map(({ answer, score }) => `  ${shownAnswer(answer)} ${percent(score)}`);
    const lines = [
      `${shownAnswer(answers[0]!.answer)} ${percent(answers[0]!.score)}`,
      ...rest,
      ...remarks(reading),
    ];
    return { lines, question, answers, ...asJson(reading) };
  };
}

function planStatement({ text: statement }: Asked, flags: Flags): Plan {
  refuse(flags, [...OF_CAPTIONS, 'top-k'], 'a statement');
  return async (model, [left, right], hooks) => {
    const job = { left: left!.hash, right: right!.hash, statement };
    const { label, score, ...reading } = await model.nlvr2!(job, hooks);
    const lines = [`${label} (${percent(score)} true)`, ...remarks(reading)];
    return { lines, statement, label, score, ...asJson(reading) };
  };
}

function planCaptions(_asked: Asked, flags: Flags): Plan {
  const seed = flags.seed ?? randomInt(LARGEST_SEED + 1);
  const n = flags.n ?? 1;
  const options = {
    prefix: flags.prefix ?? 'A',
    maxTokens: flags['max-tokens'] ?? MAX_TEXT_TOKENS,
    sampler: textSamplerFor(textSamplerOf(flags), n),
  };
  return async (model, [picture], hooks) => {
    const seeds = Array.from({ length: n }, (_, i) => (seed + i) % (LARGEST_SEED + 1));
    const jobs = seeds.map(
      (one, work): CaptionInput => ({
        ...{ picture: picture!.hash, ...options, seed: one },
        alternatives: alternativesOf(work),
      }),
    );
    const captions = distinctCaptions(await captionAll(model, jobs, hooks));
    captions.sort((a, b) => b.score - a.score);
    const lines = captions.map(
      (caption) => `${caption.text} (score ${caption.score.toFixed(3)}, seed ${caption.seed})`,
    );
    // One prefix for all.
    const { truncated, unknownWords } = captions[0]!;
    const reading = { truncated, unknownWords };
    return {
      lines: [...lines, ...remarks(reading)],
      captions: captions.map(({ text, score, seed }) => ({ text, score, seed })),
      ...asJson(reading),
    };
  };
}

async function captionAll(
  model: LoadedModel,
  jobs: readonly CaptionInput[],
  hooks: WorkHooks,
): Promise<(CaptionOutcome & { seed: number })[]> {
  const results: (CaptionOutcome & { seed: number })[] = [];
  for (let from = 0; from < jobs.length; from += CONCURRENT) {
    const some = jobs.slice(from, from + CONCURRENT);
    const captions = await Promise.all(some.map((job) => model.caption!(job, hooks)));
    results.push(...captions.map((caption, i) => ({ ...caption, seed: some[i]!.seed })));
  }
  return results;
}

const percent = (probability: number) => `${(probability * 100).toFixed(1)} %`;
const asJson = ({ truncated, unknownWords }: Reading) => ({ truncated, unknown_words: unknownWords });
const remarks = ({ truncated, unknownWords }: Reading): string[] => [
  ...(truncated ? ['(the text was cut to what the model reads)'] : []),
  ...(unknownWords.length > 0 ? [`(${notKnown(unknownWords)})`] : []),
];

function refuse(flags: Flags, names: readonly (keyof Flags)[], what: string): void {
  const found = names.filter((name) => flags[name] !== undefined);
  if (found.length > 0)
    throw new UsageError(
      `--${found.join(', --')} ${found.length > 1 ? 'have' : 'has'} no meaning for ${what}.`,
    );
}

/** @throws UsageError */
async function readPicture(file: string): Promise<Picture> {
  const { size } = await stat(file);
  if (size > MAX_PICTURE_BYTES) throw new UsageError(`${file}: ${new CodedError('image_too_large').message}`);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read (${error.code}).`);
  });
  try {
    readPictureHeader(bytes);
  } catch (error) {
    saidOf(file)(error);
  }
  return { bytes, hash: createHash('sha256').update(bytes).digest('hex') };
}

/** The model that was named, or the zoo's for that task and kind of picture, loaded. */
async function open(
  config: Config,
  task: Task,
  named: string | undefined,
  [picture]: readonly Picture[],
): Promise<{ entry: ZooEntry; model: LoadedModel }> {
  const engine = await openEngine(config.engine, config.threads);
  const options = { only: task, maxBatch: CONCURRENT, onPass: () => {} };
  const pictures = createEncodedPictures(engine, { maxBatch: 2 });
  const router = named === undefined ? await findRouter(config, task) : undefined;
  const kind = router && (await createRouter(sourceOf(router), pictures)(picture!.hash, picture!.bytes));
  const entry = await findModel(config, task, named, kind);
  const model = await loadModel(engine, sourceOf(entry), pictures, options).catch((cause: Error) => {
    throw new UsageError(`The model ${entry.id} cannot be loaded: ${cause.message}`);
  });
  return { entry, model };
}
