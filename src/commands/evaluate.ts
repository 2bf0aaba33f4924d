/** `evaluate paint …`: how well a model paints what captions say. `evaluate caption …` and the like: see there. */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeAtomically } from '../atomic-files.ts';
import { configFlags, readConfig } from '../config.ts';
import { loadWorld } from '../datasets/scenes/index.ts';
import { openEngine } from '../engines/choose.ts';
import { UsageError } from '../errors.ts';
import { columnsOf, evaluatePainting, type PaintEvaluation } from '../evaluation/paint-evaluation.ts';
import { type Provenance, paintReport, paintResults } from '../evaluation/paint-report.ts';
import { makeFolder } from '../make-folder.ts';
import { currentCommit } from './current-commit.ts';
import { ANSWER_HELP, evaluateAnswers, isAnswerHead } from './evaluate-answers.ts';
import { CAPTION_HELP, evaluateCaption } from './evaluate-caption.ts';
import { CONFIGS_HELP, evaluateConfigs } from './evaluate-configs.ts';
import { evaluateImages, IMAGES_HELP } from './evaluate-images.ts';
import { evaluateMatch, MATCH_HELP } from './evaluate-match.ts';
import { component, findIn, OF_CODES, OF_FEATURES, revisionsOf, wholeNumber } from './find-checkpoint.ts';
import {
  loadPaintingModel,
  loadRecogniser,
  REFERENCE_SCENES,
  readSampler,
  showProgress,
  writeSheet,
} from './painting-model.ts';

const HELP = `evaluate paint [options]           how well a model paints what captions say

  --model <checkpoint or run>      of codes, or of features, which paints by regression (x-lxmert-scenes)
  --generator <checkpoint or run>  paint with this generator instead of the model's own
  --recogniser <checkpoint or run> the judge (recogniser-scenes)
  --dataset <world>                whose captions; of the same classes, colours and backgrounds (the model's own)
  --captions <n>                   held-out captions (500)
  --samplers <s,s,…>               a column each: strategy, passes, temperature, as in mask-predict-4, parallel,
                                   random-64@1 (mask-predict-4,mask-predict-16)
  --seed <n>                       of the captions' wording and the sampling (0)
  --output <folder>                for paint.json and paint.png (DATA_DIR/evaluations/<model>)
  --data-dir, --checkpoints-dir, --threads

${IMAGES_HELP}
${CONFIGS_HELP}
${CAPTION_HELP}
${MATCH_HELP}
${ANSWER_HELP}`;

export async function run(args: string[]): Promise<void> {
  const [task, ...rest] = args;
  if (task === 'images') return evaluateImages(rest);
  if (task === 'configs') return evaluateConfigs(rest);
  if (task === 'caption') return evaluateCaption(rest);
  if (task === 'match') return evaluateMatch(rest);
  if (isAnswerHead(task)) return evaluateAnswers(task, rest);
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...configFlags,
      model: { type: 'string', default: 'x-lxmert-scenes' },
      generator: { type: 'string' },
      recogniser: { type: 'string', default: 'recogniser-scenes' },
      dataset: { type: 'string' },
      captions: { type: 'string', default: '500' },
      samplers: { type: 'string', default: 'mask-predict-4,mask-predict-16' },
      seed: { type: 'string', default: '0' },
      output: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help || positionals.join() !== 'paint') {
    if (!values.help) throw new UsageError(HELP);
    process.stdout.write(HELP);
    return;
  }
  const settings = readConfig(process.env, values);
  const captions = wholeNumber('--captions', values.captions, 2, 100_000);
  const samplers = values.samplers.split(',').map((name) => readSampler('--samplers', name));
  const seed = wholeNumber('--seed', values.seed, 0, 2 ** 31);
  const started = performance.now();
  const find = await findIn([
    settings.checkpointsDir,
    join(settings.dataDir, 'checkpoints'),
    join(settings.dataDir, 'runs'),
  ]);
  const model = find('--model', values.model, ...OF_CODES, ...OF_FEATURES);
  const judge = find('--recogniser', values.recogniser, 'recogniser');
  const generator = values.generator
    ? find('--generator', values.generator, 'generator')
    : component(model, 'generator', '--generator <checkpoint or run>');
  const encoder = component(model, 'grid_encoder', 'a model trained on scenes');

  const engine = await openEngine(settings.engine, settings.threads);
  const world = await loadWorld(values.dataset ?? model.manifest.data.name).catch((error: unknown) => {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--dataset: ${error.message}`, { cause: error });
  });
  const painter = await loadPaintingModel(engine, { model, generator }, world, samplers);
  const recogniser = await loadRecogniser(engine, judge, world);
  const { reconstruction, painted } = columnsOf(async () => painter, samplers, seed);
  let evaluation: PaintEvaluation;
  try {
    evaluation = await evaluatePainting({
      world,
      recogniser,
      columns: [reconstruction, ...painted],
      captions,
      seed,
      referenceScenes: REFERENCE_SCENES * captions,
      onProgress: showProgress,
    });
  } finally {
    await recogniser.release();
    await painter.release();
  }
  const provenance: Provenance = {
    command: ['npm run evaluate --', ...args].join(' '),
    seed,
    world: world.name,
    commit: await currentCommit(),
    engine: engine.name,
    checkpoints: revisionsOf({ model, generator, grid_encoder: encoder, recogniser: judge }),
    seconds: (performance.now() - started) / 1000,
  };
  const output = values.output ?? join(settings.dataDir, 'evaluations', model.id);
  makeFolder(output, '--output');
  const results = JSON.stringify(paintResults(evaluation, provenance), null, 2);
  await writeAtomically(join(output, 'paint.json'), `${results}\n`);
  await writeSheet(join(output, 'paint.png'), evaluation);
  process.stdout.write(
    `${paintReport(evaluation, provenance)}- written to ${output}: paint.json, paint.png\n`,
  );
}
