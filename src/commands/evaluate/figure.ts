/** `evaluate figure <n>`: the paper's figures of pictures and captions, of the models that are here. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import { IMAGE_SIZE, loadWorld, type Scene, type World } from '../../datasets/scenes/index.ts';
import { openEngine } from '../../engines/choose.ts';
import type { Engine } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import { testCaptions } from '../../evaluation/paint-evaluation.ts';
import { encodeImage } from '../../inference/encode-image.ts';
import { createPaintPipeline } from '../../inference/pipelines/paint.ts';
import { composeStrip, STRIP_SAMPLER, STRIP_STEPS } from '../../inference/strip.ts';
import { makeFolder } from '../../make-folder.ts';
import { decodePicture } from '../../pictures/decode-picture.ts';
import { textSamplerFor } from '../../sampling/text.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { type SheetRow, writeContactSheet } from '../../training/run/contact-sheet.ts';
import { sourceOf, type ZooEntry } from '../../zoo/discovery.ts';
import { loadPaintCheckpoint } from '../../zoo/paint-checkpoint.ts';
import type { GivenTo } from '../define-command.ts';
import { component, type Find, findIn, OF_CODES, OF_FEATURES } from '../find-checkpoint.ts';
import { ProgressBar } from '../progress-bar.ts';
import { readFlagLines, saidOf } from '../said-of.ts';
import { captioningModel } from './caption.ts';
import type { evaluateFigure as description } from './commands.ts';
import { loadPaintingModel, readSampler } from './painting-model.ts';

const NUMBERS = [2, 4, 5, 6, 7] as const;
type FigureNumber = (typeof NUMBERS)[number];

const PREFIXES = ['A', 'The', 'What', 'Where'];
const SAMPLERS = ['mask-predict-4', 'parallel', 'top-left', 'random', 'easy-first'];
const MAKING = ['a giraffe standing on grass next to a red car', 'two balloons in the snow'];
const CONTEXTS = [
  ...['a giraffe on grass', 'a giraffe in the snow', 'a giraffe on the beach', 'a giraffe at night'],
  ...['a giraffe next to a red car', 'two giraffes on a road', 'a dog on grass', 'a dog in a room'],
  ...['a dog on the beach', 'a dog next to a blue bicycle', 'three dogs in the snow', 'a dog on a road'],
];

interface Asked {
  engine: Engine;
  find: Find;
  model: ZooEntry;
  prefix: string;
  count: number;
  seed: number;
  captions: readonly string[] | undefined;
  pictures: readonly string[] | undefined;
  /** Without its ending. */
  file: string;
}

export async function figureEvaluation({
  flags: values,
  words,
  help,
  config,
}: GivenTo<typeof description>): Promise<void> {
  const number = NUMBERS.find((one) => words.join() === String(one));
  if (number === undefined) throw new UsageError(help);
  const settings = config();
  const find = await findIn(settings);
  const output = values.output ?? join(settings.dataDir, 'evaluations');
  const captions =
    values.captions === undefined ? undefined : await readFlagLines('--captions', values.captions);
  makeFolder(output, '--output');
  const written = await FIGURES[number]({
    ...{ find, captions, prefix: values.runs, pictures: values.pictures?.split(',') },
    model: find('--model', values.model, ...OF_CODES),
    ...{ count: values.count, seed: values.seed },
    engine: await openEngine(settings.engine, settings.threads),
    file: join(output, `figure-${number}`),
  });
  process.stdout.write(`written to ${written}\n`);
}

const FIGURES: Record<FigureNumber, (asked: Asked) => Promise<string>> = {
  2: (asked) =>
    sceneSheet(asked, [
      original,
      reconstructed(asked.model),
      painted('regression', compared(asked, 'lxmert-grid')),
      painted('w/o uniform masking', compared(asked, 'without-uniform-masking')),
      painted('X-LXMERT', asked.model),
    ]),
  4: figureInTheMaking,
  5: figureOfCaptions,
  6: (asked) =>
    sceneSheet(asked, [
      original,
      reconstructed(asked.model),
      painted('LXMERT + Grid', compared(asked, 'lxmert-grid')),
      ...SAMPLERS.map((sampler) => painted(sampler, asked.model, sampler)),
    ]),
  7: figureOfContexts,
};

const compared = ({ find, prefix }: Asked, config: string) =>
  find('--runs', `${prefix}-${config}`, ...OF_CODES, ...OF_FEATURES);

interface Column {
  heading: string;
  paint(
    engine: Engine,
    world: World,
    of: readonly { text: string; scene: Scene }[],
    seed: number,
  ): Promise<readonly Uint8Array[]>;
}

const original: Column = {
  heading: 'original',
  paint: async (_engine, world, of) => of.map(({ scene }) => world.render(scene)),
};

const reconstructed = (model: ZooEntry): Column => ({
  heading: 'reconstruction',
  paint: (engine, world, of) =>
    withPainter(engine, world, model, 'mask-predict-4', (painter) =>
      painter.reconstruct(of.map(({ scene }) => scene)),
    ),
});

const painted = (heading: string, model: ZooEntry, sampler = 'mask-predict-4'): Column => ({
  heading,
  paint: (engine, world, of, seed) =>
    withPainter(engine, world, model, sampler, (painter) =>
      painter.paint(
        of.map(({ text }, i) => ({ text, seed: seed + i })),
        readSampler('sampler', sampler).sampler,
      ),
    ),
});

async function withPainter<T>(
  engine: Engine,
  world: World,
  model: ZooEntry,
  sampler: string,
  use: (painter: Awaited<ReturnType<typeof loadPaintingModel>>) => Promise<T>,
): Promise<T> {
  const generator = component(model, 'generator', 'a model with a generator');
  const painter = await loadPaintingModel(engine, { model, generator }, world, [
    readSampler('sampler', sampler),
  ]);
  try {
    return await use(painter);
  } finally {
    await painter.release();
  }
}

/** The same held-out captions in every column. */
async function sceneSheet(
  { engine, model, count, seed, file }: Asked,
  columns: readonly Column[],
): Promise<string> {
  const world = await loadWorld(model.manifest.data.name);
  const captions = testCaptions(world, count, seed, seed * count);
  const pictures: (readonly Uint8Array[])[] = [];
  const bar = new ProgressBar(process.stderr, columns.length, 'column');
  for (const { paint } of columns) {
    pictures.push(await paint(engine, world, captions, seed));
    bar.advance();
  }
  bar.end();
  const rows = captions.map(
    ({ text: caption }, i): SheetRow => ({ caption, images: pictures.map((one) => one[i]!) }),
  );
  await writeContactSheet(
    `${file}.png`,
    columns.map(({ heading }) => heading),
    rows,
    IMAGE_SIZE,
    1,
  );
  return `${file}.png`;
}

async function figureInTheMaking({ engine, model, seed, captions = MAKING, file }: Asked): Promise<string> {
  const pipeline = await createPaintPipeline(engine, await loadPaintCheckpoint(sourceOf(model)));
  const files: string[] = [];
  const bar = new ProgressBar(process.stderr, captions.length, 'caption');
  try {
    for (const [i, prompt] of captions.entries()) {
      const frames: { step: number; encoded: Buffer }[] = [];
      const job = {
        prompt,
        seed: seed + i,
        sampler: { ...STRIP_SAMPLER },
        format: 'png',
        steps: true,
      } as const;
      await pipeline.paint(
        { ...job, shown: STRIP_STEPS, unwritten: 'generator' },
        { onStep: (step) => frames.push(step) },
      );
      const strip = await composeStrip(
        frames.map(({ encoded }) => encoded),
        frames.map(({ step }) => step),
        pipeline.size,
        'png',
      );
      files.push(captions.length === 1 ? `${file}.png` : `${file}-${i + 1}.png`);
      await writeAtomically(files.at(-1)!, strip);
      bar.advance();
    }
  } finally {
    await pipeline.release();
  }
  bar.end();
  return files.join(', ');
}

async function figureOfCaptions({ engine, model, count, seed, pictures, file }: Asked): Promise<string> {
  const shown = await picturesToCaption(model, count, pictures);
  const lines = [`# Captions by ${model.id}, by their first words`, ''];
  const bar = new ProgressBar(process.stderr, shown.length * PREFIXES.length, 'caption');
  const texts = shown.map((): string[] => []);
  for (const prefix of PREFIXES) {
    const sampling = {
      prefix,
      maxTokens: MAX_TEXT_TOKENS,
      sampler: textSamplerFor({ strategy: 'gibbs' }, 1),
    };
    const { caption, release } = await captioningModel(engine, model, sampling);
    try {
      for (const [i, { rgb }] of shown.entries()) {
        texts[i]!.push((await caption(rgb, seed)).text);
        bar.advance();
      }
    } finally {
      await release();
    }
  }
  bar.end();
  for (const [i, { name, rgb }] of shown.entries()) {
    const picture = `${file}-${i + 1}.png`;
    await writeAtomically(picture, await encodeImage(rgb, IMAGE_SIZE, IMAGE_SIZE, 'png'));
    lines.push(`![${name}](figure-5-${i + 1}.png)`, '', ...texts[i]!.map((text) => `- ${text}`), '');
  }
  await writeAtomically(`${file}.md`, lines.join('\n'));
  process.stdout.write(`${lines.join('\n')}\n`);
  return `${file}.md`;
}

/** @throws UsageError for a file that is no picture */
async function picturesToCaption(
  model: ZooEntry,
  count: number,
  files: readonly string[] | undefined,
): Promise<{ name: string; rgb: Uint8Array }[]> {
  if (files === undefined) {
    const world = await loadWorld(model.manifest.data.name);
    return Array.from({ length: count }, (_, i) => ({
      name: `held-out scene ${i + 1}`,
      rgb: world.render(world.scene('test', i)),
    }));
  }
  return Promise.all(
    files.map(async (name) => {
      const file = await readFile(name).catch((cause: NodeJS.ErrnoException) => {
        throw new UsageError(`--pictures ${name} cannot be read (${cause.code}).`, { cause });
      });
      const rgb = await decodePicture(file, IMAGE_SIZE).catch(saidOf(`--pictures ${name}`));
      return { name, rgb };
    }),
  );
}

const ACROSS = 6;

async function figureOfContexts({ engine, model, seed, captions = CONTEXTS, file }: Asked): Promise<string> {
  const pipeline = await createPaintPipeline(engine, await loadPaintCheckpoint(sourceOf(model)));
  const bar = new ProgressBar(process.stderr, captions.length, 'picture');
  const rows: SheetRow[] = [];
  try {
    for (const [i, caption] of captions.entries()) {
      const sampler = { strategy: 'mask-predict', steps: 4 } as const;
      const { codes } = await pipeline.sample(caption, { sampler, seed: seed + i });
      rows.push({ caption, images: [await pipeline.decode(codes)] });
      bar.advance();
    }
  } finally {
    await pipeline.release();
  }
  bar.end();
  await writeContactSheet(`${file}.png`, [model.id], rows, pipeline.size, ACROSS);
  return `${file}.png`;
}
