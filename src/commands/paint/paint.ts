/** `paint "<caption>" -o picture.png`, or many captions from a file: in this process, without server or database. */
import { randomInt } from 'node:crypto';
import { basename, dirname, extname, join, relative } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import type { Config } from '../../config.ts';
import { openEngine } from '../../engines/choose.ts';
import { UsageError } from '../../errors.ts';
import type { ImageFormat } from '../../inference/encode-image.ts';
import type { PaintInput, PaintStep } from '../../inference/protocol.ts';
import { composeStrip, STRIP_SAMPLER, STRIP_STEPS } from '../../inference/strip.ts';
import { makeFolder } from '../../make-folder.ts';
import { LARGEST_SEED } from '../../random.ts';
import { samplerFor, samplerOfSeveral } from '../../sampling/sampler.ts';
import type { ZooEntry } from '../../zoo/discovery.ts';
import { paintsCodes } from '../../zoo/manifest.ts';
import type { GivenTo } from '../define-command.ts';
import { findModel } from '../find-model.ts';
import { type OpenPainter, openPainter } from '../open-painter.ts';
import { ProgressBar } from '../progress-bar.ts';
import { readFlagLines } from '../said-of.ts';
import { samplerOf } from '../sampler-flags.ts';
import { notKnown } from '../unknown-words.ts';
import type { paint as description } from './command.ts';

type Given = GivenTo<typeof description>;
type Flags = Given['flags'];

/** Images in the making at a time; what the pipeline batches. */
const CONCURRENT = 8;

interface Picture {
  job: PaintInput;
  file: string;
}

export async function paint({ flags, words, config: settings }: Given): Promise<void> {
  const config = settings();
  const seed = flags.seed ?? randomInt(LARGEST_SEED + 1);
  if (flags.grey && !flags.strip) throw new UsageError('--grey is for --strip.');
  if (flags.strip) return strip(words, flags, seed, config);
  const captions = await readCaptions(flags, words);
  const entry = await findModel(config, 'paint', flags.model);
  const pictures = await plan(captions, flags, seed, entry);
  const engine = await openEngine(config.engine, config.threads);
  const pipeline = await openPainter(engine, entry, { maxBatch: CONCURRENT });
  try {
    await paintAll(pipeline, pictures);
  } finally {
    await pipeline.release();
  }
  if (flags.captions !== undefined) await writeIndex(pictures, entry);
  const where =
    pictures.length === 1
      ? pictures[0]!.file
      : `${pictures.length} pictures in ${dirname(pictures[0]!.file)}`;
  process.stdout.write(`${where} (${entry.id}, seed ${seed})\n`);
}

async function readCaptions(flags: Flags, positionals: readonly string[]): Promise<readonly string[]> {
  if (flags.captions === undefined) {
    if (positionals.length === 1) return positionals;
    throw new UsageError(`Put the caption in quotation marks: paint "${positionals.join(' ')}"`);
  }
  if (positionals.length > 0) throw new UsageError('Give a caption or --captions, not both.');
  if (flags.output === undefined) throw new UsageError('--captions needs -o <folder>.');
  const lines = await readFlagLines('--captions', flags.captions);
  return lines;
}

/** Every picture with its seed and its file. Picture i has seed + i, so that each can be painted again alone. */
async function plan(
  captions: readonly string[],
  flags: Flags,
  seed: number,
  { manifest, sampler: own }: ZooEntry,
): Promise<Picture[]> {
  const n = flags.n ?? 1;
  const output = flags.output ?? 'painting.png';
  const many = flags.captions !== undefined;
  const format = many ? formatOf(flags.format ?? 'png') : formatOf(flags.format ?? extname(output).slice(1));
  const given = samplerFor(samplerOf(flags), own);
  // Features are regressed, not drawn.
  const sampler = paintsCodes(manifest.architecture) ? samplerOfSeveral(given, n) : given;
  const folder = many ? output : dirname(output);
  makeFolder(folder, '--output');
  return captions.flatMap((prompt, c) =>
    Array.from({ length: n }, (_, i) => {
      const suffix = n > 1 ? `-${i + 1}` : '';
      const extension = extname(output);
      const file = many
        ? join(output, `${String(c + 1).padStart(4, '0')}-${slug(prompt)}${suffix}.${format}`)
        : join(dirname(output), `${basename(output, extension)}${suffix}${extension || `.${format}`}`);
      const job = { prompt, seed: (seed + c * n + i) % (LARGEST_SEED + 1), sampler, format, steps: false };
      return { job, file };
    }),
  );
}

function formatOf(name: string): ImageFormat {
  const formats: Record<string, ImageFormat> = {
    '': 'png',
    png: 'png',
    jpg: 'jpeg',
    jpeg: 'jpeg',
    webp: 'webp',
  };
  const format = formats[name.toLowerCase()];
  if (!format) throw new UsageError(`Pictures are written as .png, .jpg or .webp, not .${name}.`);
  return format;
}

/** For file names: the first words, in plain letters. */
function slug(caption: string): string {
  const words = caption.toLowerCase().match(/[a-z0-9]+/g) ?? ['caption'];
  return words.slice(0, 8).join('-').slice(0, 60);
}

async function paintAll(pipeline: OpenPainter, pictures: readonly Picture[]): Promise<void> {
  const bar = new ProgressBar(process.stderr, pictures.length, 'picture');
  const waiting = [...pictures];
  const noted = new Set<string>();
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { encoded, truncated, unknownWords, revisedPrompt } = await pipeline
        .paint(next.job)
        .catch((error) => {
          waiting.length = 0;
          throw error;
        });
      const { prompt } = next.job;
      if (!noted.has(prompt)) {
        if (revisedPrompt !== undefined) bar.note(`read as “${revisedPrompt}”: ${prompt}`);
        if (truncated) bar.note(`cut to what the model reads: ${prompt}`);
        if (unknownWords.length > 0) bar.note(`${notKnown(unknownWords)}: ${prompt}`);
        noted.add(prompt);
      }
      await writeAtomically(next.file, encoded);
      bar.advance();
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENT }, worker));
  } finally {
    bar.end();
  }
}

/** @throws UsageError */
async function strip(
  positionals: readonly string[],
  flags: Flags,
  seed: number,
  config: Config,
): Promise<void> {
  const [prompt] = positionals;
  if (prompt === undefined || positionals.length > 1 || flags.captions !== undefined || flags.n !== undefined)
    throw new UsageError('--strip shows one picture of one caption: leave out --captions and --n.');
  const output = flags.output ?? 'painting.png';
  const format = formatOf(flags.format ?? extname(output).slice(1));
  makeFolder(dirname(output), '--output');
  const sampler = samplerFor(samplerOf(flags), STRIP_SAMPLER);
  const entry = await findModel(config, 'paint', flags.model);
  const pipeline = await openPainter(await openEngine(config.engine, config.threads), entry);
  const frames: PaintStep[] = [];
  try {
    await pipeline.paint(
      {
        ...{ prompt, seed, sampler, format: 'png', steps: true, shown: STRIP_STEPS },
        unwritten: flags.grey ? 'grey' : 'generator',
      },
      {
        onStep(step) {
          frames.push(step);
          if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${step.step} of ${step.steps} steps`);
        },
      },
    );
    if (process.stderr.isTTY) process.stderr.write('\n');
  } finally {
    await pipeline.release();
  }
  const steps = frames.map(({ step }) => step);
  await writeAtomically(
    output,
    await composeStrip(
      frames.map(({ encoded }) => encoded),
      steps,
      pipeline.size,
      format,
    ),
  );
  process.stdout.write(`${output}: steps ${steps.join(', ')} (${entry.id}, seed ${seed})\n`);
}

/** What is in a folder of pictures, and how to paint each again. */
async function writeIndex(pictures: readonly Picture[], entry: ZooEntry): Promise<void> {
  const folder = dirname(pictures[0]!.file);
  const rows = pictures.map(({ file, job: { prompt, seed, sampler } }) =>
    JSON.stringify({
      file: relative(folder, file),
      prompt,
      seed,
      sampler,
      model: entry.id,
      revision: entry.revision,
    }),
  );
  await writeAtomically(join(folder, 'pictures.jsonl'), `${rows.join('\n')}\n`);
}
