/** `evaluate caption …`: whether captions name what is in the picture. */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeAtomically } from '../atomic-files.ts';
import { type Config, configFlags, readConfig } from '../config.ts';
import type { DirectoryDataset } from '../datasets/directory/index.ts';
import { IMAGE_SIZE, loadWorld } from '../datasets/scenes/index.ts';
import { openEngine } from '../engines/choose.ts';
import type { Engine } from '../engines/engine.ts';
import { CodedError, UsageError } from '../errors.ts';
import {
  type CaptionEvaluation,
  type CaptioningModel,
  evaluateCaptioning,
} from '../evaluation/caption-evaluation.ts';
import { captionReport, captionResults } from '../evaluation/caption-report.ts';
import {
  type DirectoryProvenance,
  directoryCaptionReport,
  directoryCaptionResults,
} from '../evaluation/directory-caption-report.ts';
import {
  type DirectoryCaptionEvaluation,
  type DirectoryCaptionOptions,
  evaluateCaptionsOnDirectory,
} from '../evaluation/directory-captions.ts';
import type { Provenance } from '../evaluation/paint-report.ts';
import { type CaptionOptions, createCaptionPipeline } from '../inference/pipelines/caption.ts';
import { makeFolder } from '../make-folder.ts';
import { resolveDataset } from '../runs/datasets.ts';
import {
  defaultTextStrategy,
  TEXT_STRATEGIES,
  type TextSampler,
  type TextStrategy,
  textSamplerFor,
} from '../sampling/text.ts';
import { pretrain } from '../training/pretraining/kind.ts';
import { writeContactSheet } from '../training/run/contact-sheet.ts';
import { TrainingError } from '../training/run/errors.ts';
import { loadCaptionCheckpoint } from '../zoo/caption-checkpoint.ts';
import { sourceOf, type ZooEntry } from '../zoo/discovery.ts';
import { currentCommit } from './current-commit.ts';
import { directoryEyes } from './directory-eyes.ts';
import { component, findIn, OF_CODES, revisionsOf, wholeNumber } from './find-checkpoint.ts';
import { sceneEyes } from './scene-eyes.ts';

export const CAPTION_HELP = `evaluate caption [options]         whether captions name what is in the picture, or (of a folder) how near
                                   they come to people's: BLEU, ROUGE-L and CIDEr-D as coco-caption counts them

  --model <checkpoint or run>      (x-lxmert-scenes)
  --dataset <folder>               in DATA_DIR/datasets: its validation split (scenes of the model's world)
  --scenes <n>                     held-out pictures (500; of a folder all, or these)
  --pictures <pattern>             of a folder: pictures alone whose img_id this regular expression matches
  --references <n>                 of a folder: pictures alone with so many captions or more (5)
  --best <n>                       captions of each, of which the likeliest counts (1)
  --strategy <${TEXT_STRATEGIES.join(' | ')}>
                                   (${defaultTextStrategy()})
  --steps <n>, --temperature <x>, --top-k <n>   of the sampler
  --prefix <words>                 that every caption begins with (A)
  --max-tokens <n>                 (20)
  --seed <n>                       of the written captions and the sampling (0)
  --output <folder>                for caption.json and caption.png (DATA_DIR/evaluations/<model>)
  --data-dir, --checkpoints-dir, --threads
`;

type Sampling = Omit<CaptionOptions, 'seed'>;
const SCENES = 500;

/** @param args after `caption` */
export async function evaluateCaption(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...configFlags,
      model: { type: 'string', default: 'x-lxmert-scenes' },
      dataset: { type: 'string' },
      scenes: { type: 'string' },
      pictures: { type: 'string' },
      references: { type: 'string' },
      best: { type: 'string', default: '1' },
      strategy: { type: 'string' },
      steps: { type: 'string' },
      temperature: { type: 'string' },
      'top-k': { type: 'string' },
      prefix: { type: 'string', default: 'A' },
      'max-tokens': { type: 'string', default: '20' },
      seed: { type: 'string', default: '0' },
      output: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help || positionals.length > 0) {
    if (!values.help) throw new UsageError(CAPTION_HELP);
    process.stdout.write(CAPTION_HELP);
    return;
  }
  const settings = readConfig(process.env, values);
  const request = {
    scenes: values.scenes === undefined ? undefined : wholeNumber('--scenes', values.scenes, 2, 100_000),
    best: wholeNumber('--best', values.best, 1, 64),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 31),
  };
  const sampler: Partial<TextSampler> = {};
  if (values.strategy !== undefined) sampler.strategy = values.strategy as TextStrategy;
  if (values.steps !== undefined) sampler.steps = Number(values.steps);
  if (values.temperature !== undefined) sampler.temperature = Number(values.temperature);
  if (values['top-k'] !== undefined) sampler.top_k = Number(values['top-k']);
  const sampling: Sampling = {
    sampler: textSamplerFor(sampler, request.best),
    prefix: values.prefix,
    maxTokens: wholeNumber('--max-tokens', values['max-tokens'], 3, 20),
  };
  const started = performance.now();
  const find = await findIn([
    settings.checkpointsDir,
    join(settings.dataDir, 'checkpoints'),
    join(settings.dataDir, 'runs'),
  ]);
  const model = find('--model', values.model, ...OF_CODES);
  const encoder = component(model, 'grid_encoder', 'a model that has one');
  const asked = { args, ...request, sampling, model, encoder, started, settings };
  const directory = await openDataset(values.dataset ?? model.manifest.data.name, settings.dataDir);
  const output = values.output ?? join(settings.dataDir, 'evaluations', model.id);
  if (directory) {
    const part = {
      ...(values.pictures !== undefined && { named: pattern(values.pictures) }),
      references: wholeNumber('--references', values.references ?? '5', 2, 1000),
    };
    return evaluateDirectory(directory, part, output, asked);
  }
  if (values.pictures !== undefined || values.references !== undefined) {
    throw new UsageError(
      '--pictures and --references have no meaning for scenes: they choose among those of a folder.',
    );
  }
  const engine = await openEngine(settings.engine, settings.threads);
  const world = await loadWorld(model.manifest.data.name);
  const { caption, release } = await captioningModel(engine, model, sampling);
  let evaluation: CaptionEvaluation;
  try {
    evaluation = await evaluateCaptioning({
      ...{ world, caption, ...request, scenes: request.scenes ?? SCENES },
      onProgress: showProgress,
    });
  } finally {
    await release();
  }
  const provenance: Provenance = {
    command: ['npm run evaluate -- caption', ...args].join(' '),
    seed: request.seed,
    world: world.name,
    commit: await currentCommit(),
    engine: engine.name,
    checkpoints: revisionsOf({ model, grid_encoder: encoder }),
    seconds: (performance.now() - started) / 1000,
  };
  makeFolder(output, '--output');
  const results = { ...captionResults(evaluation, provenance), best_of: request.best, ...sampling };
  await writeAtomically(join(output, 'caption.json'), `${JSON.stringify(results, null, 2)}\n`);
  await writeSheet(join(output, 'caption.png'), evaluation);
  process.stdout.write(
    `${captionReport(evaluation, provenance)}- written to ${output}: caption.json, caption.png\n`,
  );
}

/** @returns undefined for scenes @throws UsageError */
export async function openDataset(name: string, dataDir: string): Promise<DirectoryDataset | undefined> {
  return resolveDataset(name, pretrain, dataDir).then(
    ({ directory }) => directory,
    (error: unknown) => {
      if (!(error instanceof TrainingError)) throw error;
      throw new UsageError(`--dataset: ${error.message}`, { cause: error });
    },
  );
}

export function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw new UsageError(`--pictures: ${(cause as Error).message}.`, { cause });
  }
}

interface Asked {
  args: string[];
  scenes: number | undefined;
  best: number;
  seed: number;
  sampling: Sampling;
  model: ZooEntry;
  encoder: ZooEntry;
  started: number;
  settings: Config;
}

async function evaluateDirectory(
  directory: DirectoryDataset,
  part: Pick<DirectoryCaptionOptions, 'named' | 'references'>,
  output: string,
  { args, scenes = Number.POSITIVE_INFINITY, best, seed, sampling, model, encoder, started, settings }: Asked,
): Promise<void> {
  const engine = await openEngine(settings.engine, settings.threads);
  const checkpoint = await loadCaptionCheckpoint(sourceOf(model));
  const eyes = await directoryEyes(engine, directory, model, checkpoint);
  const pipeline = await createCaptionPipeline(engine, checkpoint);
  let evaluation: DirectoryCaptionEvaluation;
  try {
    evaluation = await evaluateCaptionsOnDirectory({
      ...{ directory, ...part, best, seed, pictures: scenes, see: eyes.see },
      caption: (features, one) => pipeline.caption({ features }, { ...sampling, seed: one }).catch(asUsage),
      onProgress: showProgress,
    }).catch((error: unknown) => {
      if (error instanceof RangeError) throw new UsageError(`${error.message}.`, { cause: error });
      if (error instanceof TrainingError)
        throw new UsageError(`--dataset: ${error.message}`, { cause: error });
      throw error;
    });
  } finally {
    await eyes.close();
    await pipeline.release();
  }
  const { name, revision } = directory;
  const entries = { model, ...(eyes.encoder && { grid_encoder: encoder }) };
  const provenance: DirectoryProvenance = {
    command: ['npm run evaluate -- caption', ...args].join(' '),
    ...{ dataset: name, dataset_revision: revision, split: 'validation' },
    commit: await currentCommit(),
    engine: engine.name,
    checkpoints: revisionsOf(entries),
    seconds: (performance.now() - started) / 1000,
  };
  makeFolder(output, '--output');
  const results = { ...directoryCaptionResults(evaluation, provenance), seed, best_of: best, ...sampling };
  await writeAtomically(join(output, 'caption.json'), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(
    `${directoryCaptionReport(evaluation, provenance)}- written to ${output}: caption.json\n`,
  );
}

/** The flags of the sampler, which only the model can judge. */
function asUsage(error: unknown): never {
  if (error instanceof CodedError) throw new UsageError(error.message, { cause: error });
  throw error;
}

/** The pipelines of the server. */
async function captioningModel(
  engine: Engine,
  model: ZooEntry,
  sampling: Sampling,
): Promise<{ caption: CaptioningModel; release(): Promise<void> }> {
  const checkpoint = await loadCaptionCheckpoint(sourceOf(model));
  const eyes = await sceneEyes(engine, checkpoint.gridEncoder);
  const pipeline = await createCaptionPipeline(engine, checkpoint);
  return {
    caption: async (rgb, seed) => pipeline.caption(await eyes.see(rgb), { ...sampling, seed }).catch(asUsage),
    release: async () => {
      await eyes.release();
      await pipeline.release();
    },
  };
}

function showProgress(done: number, total: number): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r\u001b[K${done < total ? `captions ${done}/${total}` : ''}`);
  else if (done === total) process.stderr.write(`captions: ${total} pictures\n`);
}

const SHEET_PICTURES = 24;
/** Pictures are shown twice as large: a caption of 20 words needs the width. */
const SCALE = 2;

async function writeSheet(path: string, { scenes }: CaptionEvaluation): Promise<void> {
  const rows = scenes
    .slice(0, SHEET_PICTURES)
    .map(({ text, picture }) => ({ caption: text, images: [enlarged(picture)] }));
  await writeContactSheet(path, ['captions of the model'], rows, IMAGE_SIZE * SCALE, 4);
}

function enlarged(rgb: Uint8Array): Uint8Array {
  const size = IMAGE_SIZE * SCALE;
  const out = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = (Math.floor(y / SCALE) * IMAGE_SIZE + Math.floor(x / SCALE)) * 3;
      out.set(rgb.subarray(from, from + 3), (y * size + x) * 3);
    }
  }
  return out;
}
