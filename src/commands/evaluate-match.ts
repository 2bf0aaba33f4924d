/** `evaluate match …`: can a pre-trained model tell whether a caption belongs to a picture? */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeAtomically } from '../atomic-files.ts';
import { configFlags, readConfig } from '../config.ts';
import { openEngine } from '../engines/choose.ts';
import { UsageError } from '../errors.ts';
import type { DirectoryProvenance } from '../evaluation/directory-caption-report.ts';
import { evaluateMatching, type MatchingEvaluation } from '../evaluation/matching-evaluation.ts';
import { matchingReport, matchingResults } from '../evaluation/matching-report.ts';
import { createMatchPipeline } from '../inference/pipelines/match.ts';
import { makeFolder } from '../make-folder.ts';
import { TrainingError } from '../training/run/errors.ts';
import { loadCaptionCheckpoint } from '../zoo/caption-checkpoint.ts';
import { sourceOf } from '../zoo/discovery.ts';
import { currentCommit } from './current-commit.ts';
import { directoryEyes } from './directory-eyes.ts';
import { openDataset, pattern } from './evaluate-caption.ts';
import { findIn, OF_CODES, revisionsOf, wholeNumber } from './find-checkpoint.ts';

export const MATCH_HELP = `evaluate match [options]           whether a caption belongs to a picture: each caption of a folder's validation
                                   split is shown with its own picture and with another one

  --model <checkpoint or run>      a pre-trained one
  --dataset <folder>               in DATA_DIR/datasets (what the model was trained on)
  --scenes <n>                     pictures (all)
  --pictures <pattern>             pictures alone whose img_id this regular expression matches
  --seed <n>                       of the captions, and which other picture each is shown with (0)
  --output <folder>                for match.json (DATA_DIR/evaluations/<model>)
  --data-dir, --checkpoints-dir, --threads
`;

/** @param args after `match` */
export async function evaluateMatch(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...configFlags,
      model: { type: 'string' },
      dataset: { type: 'string' },
      scenes: { type: 'string' },
      pictures: { type: 'string' },
      seed: { type: 'string', default: '0' },
      output: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(MATCH_HELP);
    return;
  }
  if (positionals.length > 0 || values.model === undefined) throw new UsageError(MATCH_HELP);
  const settings = readConfig(process.env, values);
  const pictures =
    values.scenes === undefined
      ? Number.POSITIVE_INFINITY
      : wholeNumber('--scenes', values.scenes, 2, 1_000_000);
  const seed = wholeNumber('--seed', values.seed, 0, 2 ** 31);
  const named = values.pictures === undefined ? {} : { named: pattern(values.pictures) };
  const started = performance.now();
  const find = await findIn([
    settings.checkpointsDir,
    join(settings.dataDir, 'checkpoints'),
    join(settings.dataDir, 'runs'),
  ]);
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
  const eyes = await directoryEyes(engine, directory, model, checkpoint);
  const pipeline = await createMatchPipeline(engine, checkpoint);
  let evaluation: MatchingEvaluation;
  try {
    evaluation = await evaluateMatching({
      ...{ directory, see: eyes.see, pictures, seed, ...named },
      match: (pairs) => pipeline.match(pairs.map(({ text, features }) => ({ text, seen: { features } }))),
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
  const entries = { model, ...(eyes.encoder && { grid_encoder: eyes.encoder }) };
  const provenance: DirectoryProvenance = {
    command: ['npm run evaluate -- match', ...args].join(' '),
    ...{ dataset: directory.name, dataset_revision: directory.revision, split: 'validation' },
    commit: await currentCommit(),
    engine: engine.name,
    checkpoints: revisionsOf(entries),
    seconds: (performance.now() - started) / 1000,
  };
  const output = values.output ?? join(settings.dataDir, 'evaluations', model.id);
  makeFolder(output, '--output');
  const results = JSON.stringify({ ...matchingResults(evaluation, provenance), seed }, null, 2);
  await writeAtomically(join(output, 'match.json'), `${results}\n`);
  process.stdout.write(`${matchingReport(evaluation, provenance)}- written to ${output}: match.json\n`);
}

function showProgress(done: number, total: number): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r\u001b[K${done < total ? `captions ${done}/${total}` : ''}`);
  else if (done === total) process.stderr.write(`captions: ${total}\n`);
}
