/** `predict <head> …`: answers to questions that have none, as the test servers take them. */
import { dirname, join } from 'node:path';
import { fillAtomically } from '../../atomic-files.ts';
import {
  DATASET_NAME,
  type DirectoryDataset,
  directoriesIn,
  type FeatureShape,
  featureShape,
  indexPictures,
  openFeatures,
  withoutTexts,
} from '../../datasets/directory/index.ts';
import { jsonEntries } from '../../datasets/directory/json-entries.ts';
import { openEngine } from '../../engines/choose.ts';
import { UsageError } from '../../errors.ts';
import {
  PREDICTION_FORMATS,
  predictAll,
  readUnanswered,
  type Unanswered,
} from '../../evaluation/predictions.ts';
import { makeFolder } from '../../make-folder.ts';
import { type AnswerHead, isAnswerHead } from '../../models/finetuning-choices.ts';
import { rememberHashes } from '../../zoo/file-hashes.ts';
import { answerer, loadAnswering } from '../answering.ts';
import type { GivenTo } from '../define-command.ts';
import { directoryEncoder } from '../directory-encoder.ts';
import { findIn, OF_CODES, OF_FEATURES } from '../find-checkpoint.ts';
import { saidOf } from '../said-of.ts';
import type { predict as description } from './command.ts';

export async function predict(given: GivenTo<typeof description>): Promise<void> {
  const { flags: values, words } = given;
  const [head, ...rest] = words;
  const { model: reference, dataset } = values;
  if (!isAnswerHead(head) || rest.length > 0) throw new UsageError(given.help);
  const settings = given.config();
  rememberHashes(settings.dataDir);
  const find = await findIn(settings);
  const model = find('--model', reference, ...OF_CODES, ...OF_FEATURES);
  const checkpoint = await loadAnswering('--model', model, head);
  const directory = await openDataset(settings.dataDir, dataset);
  const file = values.file ?? `${head}/test.json`;
  const engine = await openEngine(settings.engine, settings.threads);
  const encoding = await directoryEncoder(engine, directory, model, checkpoint);
  const under = await answerer(engine, checkpoint);
  const output =
    values.output ??
    join(settings.dataDir, 'evaluations', model.id, `${head}-test.${PREDICTION_FORMATS[head].extension}`);
  try {
    const known = await indexPictures(directory.folder);
    const asked = questionsOf(head, directory, file, known.files);
    makeFolder(dirname(output), '--output');
    const count = await fillAtomically(output, (file) =>
      predictAll(
        head,
        asked,
        { encode: encoding.encode, answer: under.answer },
        (text) => file.writeFile(text),
        showProgress,
      ),
    );
    process.stdout.write(`${count} predictions of ${model.id}: ${output}\n`);
  } catch (error) {
    saidOf(`--dataset ${dataset}: ${file}`)(error);
  } finally {
    await encoding.close();
    await under.release();
  }
}

/** Questions need no training split beside them. @throws UsageError */
async function openDataset(dataDir: string, name: string): Promise<DirectoryDataset> {
  const folder = join(directoriesIn(dataDir), name);
  const index = DATASET_NAME.test(name) ? await indexPictures(folder) : undefined;
  const [first] = index?.files.keys() ?? [];
  if (!index || first === undefined || index.kind === 'none')
    throw new UsageError(`--dataset: ${folder} has neither images nor features.`);
  let shape: FeatureShape | undefined;
  if (index.kind === 'features') {
    const features = await openFeatures(folder, index);
    shape = featureShape(features.shape(first));
    features.close();
    if (shape === undefined)
      throw new UsageError(`--dataset ${name}: its features are neither of a grid nor of boxes.`);
  }
  return withoutTexts({
    ...{ name, folder, pictures: index.kind },
    ...{ featureWidth: shape?.width, featureBoxes: shape?.boxes },
  });
}

async function* questionsOf(
  head: AnswerHead,
  { folder, name }: DirectoryDataset,
  file: string,
  pictures: ReadonlyMap<string, string>,
): AsyncGenerator<Unanswered> {
  for await (const { index, value } of jsonEntries(join(folder, file))) {
    const asked = readUnanswered(head, value);
    if (!asked)
      throw new UsageError(`--dataset ${name}: ${file}, entry ${index} is nothing to ask for ${head}.`);
    const missing = asked.pictures.find((picture) => !pictures.has(picture));
    if (missing !== undefined)
      throw new UsageError(`--dataset ${name}: ${file}, entry ${index}: there is no picture ${missing}.`);
    yield asked;
  }
}

function showProgress(done: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[Kasked ${done}`);
}
