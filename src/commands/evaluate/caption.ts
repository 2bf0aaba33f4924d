/** `evaluate caption …`: whether captions name what is in the picture. */
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import type { Config } from '../../config.ts';
import type { DirectoryDataset } from '../../datasets/directory/index.ts';
import { IMAGE_SIZE, loadWorld } from '../../datasets/scenes/index.ts';
import { openEngine } from '../../engines/choose.ts';
import type { Engine } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import {
  type CaptionEvaluation,
  type CaptioningModel,
  evaluateCaptioning,
} from '../../evaluation/caption-evaluation.ts';
import { captionReport, captionResults } from '../../evaluation/caption-report.ts';
import {
  type DirectoryProvenance,
  directoryCaptionReport,
  directoryCaptionResults,
} from '../../evaluation/directory-caption-report.ts';
import {
  type DirectoryCaptionEvaluation,
  type DirectoryCaptionOptions,
  evaluateCaptionsOnDirectory,
} from '../../evaluation/directory-captions.ts';
import type { Provenance } from '../../evaluation/paint-report.ts';
import { type CaptionOptions, createCaptionPipeline } from '../../inference/pipelines/caption.ts';
import { makeFolder } from '../../make-folder.ts';
import { textSamplerFor } from '../../sampling/text.ts';
import { resized } from '../../training/features/scene-images.ts';
import { writeContactSheet } from '../../training/run/contact-sheet.ts';
import { loadCaptionCheckpoint } from '../../zoo/caption-checkpoint.ts';
import { sourceOf, type ZooEntry } from '../../zoo/discovery.ts';
import type { GivenTo } from '../define-command.ts';
import { directoryEncoder } from '../directory-encoder.ts';
import { component, findIn, OF_CODES } from '../find-checkpoint.ts';
import { provenanceOf } from '../provenance.ts';
import { textSamplerOf } from '../sampler-flags.ts';
import { showProgress } from '../show-progress.ts';
import type { evaluateCaption as description } from './commands.ts';
import { findDataset, pattern } from './dataset.ts';
import { sceneEncoder, sideToSee } from './scene-encoder.ts';

type Sampling = Omit<CaptionOptions, 'seed'>;
const SCENES = 500;

export async function captionEvaluation({
  flags: values,
  line,
  config,
}: GivenTo<typeof description>): Promise<void> {
  const settings = config();
  const { scenes, best, seed } = values;
  const request = { scenes, best, seed };
  const sampling: Sampling = {
    sampler: textSamplerFor(textSamplerOf(values), best),
    prefix: values.prefix,
    maxTokens: values['max-tokens'],
  };
  const started = performance.now();
  const find = await findIn(settings);
  const model = find('--model', values.model, ...OF_CODES);
  const encoder = component(model, 'grid_encoder', 'a model that has one');
  const asked = { line, ...request, sampling, model, encoder, started, settings };
  const { name, directory } = await findDataset(values.dataset ?? model.manifest.data.name, settings.dataDir);
  const output = values.output ?? join(settings.dataDir, 'evaluations', model.id);
  if (directory) {
    const part = {
      ...(values.pictures !== undefined && { named: pattern(values.pictures) }),
      references: values.references ?? 5,
    };
    return evaluateDirectory(directory, part, output, asked);
  }
  if (values.pictures !== undefined || values.references !== undefined) {
    throw new UsageError(
      '--pictures and --references have no meaning for scenes: they choose among those of a folder.',
    );
  }
  const engine = await openEngine(settings.engine, settings.threads);
  const world = await loadWorld(name, sideToSee(name));
  const { caption, release } = await captioningModel(engine, model, sampling);
  let evaluation: CaptionEvaluation;
  try {
    evaluation = await evaluateCaptioning({
      ...{ world, caption, ...request, scenes: request.scenes ?? SCENES },
      onProgress: progress,
    });
  } finally {
    await release();
  }
  const provenance: Provenance = {
    ...{ seed: request.seed, world: world.name },
    ...(await provenanceOf(line, engine, started, { model, grid_encoder: encoder })),
  };
  makeFolder(output, '--output');
  const results = { ...captionResults(evaluation, provenance), best_of: request.best, ...sampling };
  await writeAtomically(join(output, 'caption.json'), `${JSON.stringify(results, null, 2)}\n`);
  await writeSheet(join(output, 'caption.png'), evaluation, world.side);
  process.stdout.write(
    `${captionReport(evaluation, provenance)}- written to ${output}: caption.json, caption.png\n`,
  );
}

interface Asked {
  line: string;
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
  { line, scenes = Number.POSITIVE_INFINITY, best, seed, sampling, model, encoder, started, settings }: Asked,
): Promise<void> {
  const engine = await openEngine(settings.engine, settings.threads);
  const checkpoint = await loadCaptionCheckpoint(sourceOf(model));
  const encoding = await directoryEncoder(engine, directory, model, checkpoint);
  const pipeline = await createCaptionPipeline(engine, checkpoint);
  let evaluation: DirectoryCaptionEvaluation;
  try {
    evaluation = await evaluateCaptionsOnDirectory({
      ...{ directory, ...part, best, seed, pictures: scenes, encode: encoding.encode },
      caption: (features, one) => pipeline.caption({ features }, { ...sampling, seed: one }),
      onProgress: progress,
    });
  } finally {
    await encoding.close();
    await pipeline.release();
  }
  const { name, revision } = directory;
  const entries = { model, ...(encoding.encoder && { grid_encoder: encoder }) };
  const provenance: DirectoryProvenance = {
    ...{ dataset: name, dataset_revision: revision, split: 'validation' },
    ...(await provenanceOf(line, engine, started, entries)),
  };
  makeFolder(output, '--output');
  const results = { ...directoryCaptionResults(evaluation, provenance), seed, best_of: best, ...sampling };
  await writeAtomically(join(output, 'caption.json'), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(
    `${directoryCaptionReport(evaluation, provenance)}- written to ${output}: caption.json\n`,
  );
}

/** The pipelines of the server. */
export async function captioningModel(
  engine: Engine,
  model: ZooEntry,
  sampling: Sampling,
): Promise<{ caption: CaptioningModel; release(): Promise<void> }> {
  const checkpoint = await loadCaptionCheckpoint(sourceOf(model));
  const encoding = await sceneEncoder(engine, checkpoint.gridEncoder);
  const pipeline = await createCaptionPipeline(engine, checkpoint);
  return {
    caption: async (rgb, seed) => pipeline.caption(await encoding.encode(rgb), { ...sampling, seed }),
    release: async () => {
      await encoding.release();
      await pipeline.release();
    },
  };
}

const progress = (done: number, total: number) => showProgress('captions', done, total, 'pictures');

const SHEET_PICTURES = 24;
/** Pixels of a side of a picture of the sheet: a caption of 20 words needs the width. */
const SHOWN = 2 * IMAGE_SIZE;

async function writeSheet(path: string, { scenes }: CaptionEvaluation, side: number): Promise<void> {
  const rows = scenes
    .slice(0, SHEET_PICTURES)
    .map(({ text, picture }) => ({ caption: text, images: [resized(picture, side, SHOWN)] }));
  await writeContactSheet(path, ['captions of the model'], rows, SHOWN, 4);
}
