/** `evaluate match …`: can a pre-trained model tell whether a caption belongs to a picture? */
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import { openEngine } from '../../engines/choose.ts';
import { UsageError } from '../../errors.ts';
import type { DirectoryProvenance } from '../../evaluation/directory-caption-report.ts';
import { evaluateMatching, type MatchingEvaluation } from '../../evaluation/matching-evaluation.ts';
import { matchingReport, matchingResults } from '../../evaluation/matching-report.ts';
import { createMatchPipeline } from '../../inference/pipelines/match.ts';
import { makeFolder } from '../../make-folder.ts';
import { loadCaptionCheckpoint } from '../../zoo/caption-checkpoint.ts';
import { sourceOf } from '../../zoo/discovery.ts';
import type { GivenTo } from '../define-command.ts';
import { directoryEncoder } from '../directory-encoder.ts';
import { findIn, OF_CODES } from '../find-checkpoint.ts';
import { provenanceOf } from '../provenance.ts';
import { showProgress } from '../show-progress.ts';
import type { evaluateMatch as description } from './commands.ts';
import { openDataset, pattern } from './dataset.ts';

export async function matchEvaluation({
  flags: values,
  line,
  config,
}: GivenTo<typeof description>): Promise<void> {
  const settings = config();
  const { scenes: pictures = Number.POSITIVE_INFINITY, seed } = values;
  const named = values.pictures === undefined ? {} : { named: pattern(values.pictures) };
  const started = performance.now();
  const find = await findIn(settings);
  const model = find('--model', values.model, ...OF_CODES);
  const directory = await openDataset(values.dataset ?? model.manifest.data.name, settings.dataDir);
  if (!directory)
    throw new UsageError(
      '--dataset: scenes are judged by what they claim; give a folder in DATA_DIR/datasets.',
    );
  const engine = await openEngine(settings.engine, settings.threads);
  const checkpoint = await loadCaptionCheckpoint(sourceOf(model)).catch((cause: Error) => {
    throw new UsageError(`--model ${model.id}: ${cause.message}`, { cause });
  });
  const encoding = await directoryEncoder(engine, directory, model, checkpoint);
  const pipeline = await createMatchPipeline(engine, checkpoint);
  let evaluation: MatchingEvaluation;
  try {
    evaluation = await evaluateMatching({
      ...{ directory, encode: encoding.encode, pictures, seed, ...named },
      match: (pairs) => pipeline.match(pairs.map(({ text, features }) => ({ text, picture: { features } }))),
      onProgress: (done, total) => showProgress('captions', done, total),
    });
  } finally {
    await encoding.close();
    await pipeline.release();
  }
  const entries = { model, ...(encoding.encoder && { grid_encoder: encoding.encoder }) };
  const provenance: DirectoryProvenance = {
    ...{ dataset: directory.name, dataset_revision: directory.revision, split: 'validation' },
    ...(await provenanceOf(line, engine, started, entries)),
  };
  const output = values.output ?? join(settings.dataDir, 'evaluations', model.id);
  makeFolder(output, '--output');
  const results = JSON.stringify({ ...matchingResults(evaluation, provenance), seed }, null, 2);
  await writeAtomically(join(output, 'match.json'), `${results}\n`);
  process.stdout.write(`${matchingReport(evaluation, provenance)}- written to ${output}: match.json\n`);
}
