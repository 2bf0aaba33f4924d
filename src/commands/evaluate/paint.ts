/** `evaluate paint …`: how well a model paints what captions say. `evaluate caption …` and the like: see there. */
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import { loadWorld } from '../../datasets/scenes/index.ts';
import { openEngine } from '../../engines/choose.ts';
import { columnsOf, evaluatePainting, type PaintEvaluation } from '../../evaluation/paint-evaluation.ts';
import { type Provenance, paintReport, paintResults } from '../../evaluation/paint-report.ts';
import { makeFolder } from '../../make-folder.ts';
import type { GivenTo } from '../define-command.ts';
import { component, findIn, OF_CODES, OF_FEATURES } from '../find-checkpoint.ts';
import { provenanceOf } from '../provenance.ts';
import { saidOf } from '../said-of.ts';
import { showProgress } from '../show-progress.ts';
import type { evaluatePaint as description } from './commands.ts';
import {
  loadPaintingModel,
  loadRecogniser,
  REFERENCE_SCENES,
  readSampler,
  writeSheet,
} from './painting-model.ts';

export async function paintEvaluation({
  flags: values,
  line,
  config,
}: GivenTo<typeof description>): Promise<void> {
  const settings = config();
  const { captions, seed } = values;
  const started = performance.now();
  const find = await findIn(settings);
  const model = find('--model', values.model, ...OF_CODES, ...OF_FEATURES);
  const beside = ['mask-predict-4', 'mask-predict-16'];
  const names = values.samplers?.split(',') ?? new Set([model.sampler ?? 'mask-predict-4', ...beside]);
  const samplers = Array.from(names, (name) => readSampler('--samplers', name));
  const judge = find('--recogniser', values.recogniser, 'recogniser');
  const generator = values.generator
    ? find('--generator', values.generator, 'generator')
    : component(model, 'generator', '--generator <checkpoint or run>');
  const encoder = component(model, 'grid_encoder', 'a model trained on scenes');

  const engine = await openEngine(settings.engine, settings.threads);
  const world = await loadWorld(values.dataset ?? model.manifest.data.name).catch(saidOf('--dataset'));
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
      onProgress: (column, done, total) => showProgress(column, done, total, 'pictures'),
    });
  } finally {
    await recogniser.release();
    await painter.release();
  }
  const entries = { model, generator, grid_encoder: encoder, recogniser: judge };
  const provenance: Provenance = {
    ...{ seed, world: world.name },
    ...(await provenanceOf(line, engine, started, entries)),
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
