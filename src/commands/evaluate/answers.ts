/** `evaluate vqa | gqa | nlvr2 …`: how often a fine-tuned model is right, beside what comes without looking. */
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import type { DirectoryDataset } from '../../datasets/directory/index.ts';
import { IMAGE_SIZE, loadWorld } from '../../datasets/scenes/index.ts';
import { openEngine } from '../../engines/choose.ts';
import type { Engine } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import {
  type AnswerEvaluation,
  type AnsweringModel,
  evaluateAnswering,
  type Question,
} from '../../evaluation/answer-evaluation.ts';
import { type AnswerProvenance, answerReport, answerResults } from '../../evaluation/answer-report.ts';
import { evaluateOnDirectory } from '../../evaluation/directory-evaluation.ts';
import { shareOf } from '../../evaluation/paint-score.ts';
import { makeFolder } from '../../make-folder.ts';
import type { AnswerHead } from '../../models/finetuning-choices.ts';
import { regionsText } from '../../models/regions.ts';
import { resolveDataset } from '../../runs/datasets.ts';
import { KINDS } from '../../training/kinds.ts';
import { type SheetRow, writeContactSheet } from '../../training/run/contact-sheet.ts';
import type { FinetunedCheckpoint } from '../../zoo/answer-checkpoint.ts';
import type { ZooEntry } from '../../zoo/discovery.ts';
import { loadGridEncoder } from '../../zoo/grid-encoder.ts';
import { answerer, loadAnswering } from '../answering.ts';
import type { GivenTo } from '../define-command.ts';
import { directoryEncoder } from '../directory-encoder.ts';
import { component, findIn, OF_CODES, OF_FEATURES } from '../find-checkpoint.ts';
import { provenanceOf } from '../provenance.ts';
import { saidOf } from '../said-of.ts';
import { showProgress } from '../show-progress.ts';
import type { evaluateAnswers as description } from './commands.ts';
import { sceneEncoder, sideToSee } from './scene-encoder.ts';

/** Training scenes that answers are counted on: enough that frequent wordings have many. */
const TRAINING_SCENES = 8000;
const SCENES = 500;

export async function answerEvaluation(
  head: AnswerHead,
  { flags: values, line, config }: GivenTo<ReturnType<typeof description>>,
): Promise<void> {
  const settings = config();
  const { scenes: most, seed } = values;
  const started = performance.now();
  const find = await findIn(settings);
  const model = find('--model', values.model ?? `x-lxmert-${head}-scenes`, ...OF_CODES, ...OF_FEATURES);
  const blind = values['text-only']
    ? find('--text-only', values['text-only'], ...OF_CODES, ...OF_FEATURES)
    : undefined;
  const checkpoint = await loadAnswering('--model', model, head);
  const words = blind && (await loadAnswering('--text-only', blind, head));
  if (words && featuresOf(words) !== featuresOf(checkpoint)) {
    throw new UsageError(
      `--text-only: ${words.id} takes ${featuresOf(words)}, ${checkpoint.id} ${featuresOf(checkpoint)}.`,
    );
  }
  const kind = KINDS.find(({ name }) => name === head)!;
  const dataset = await resolveDataset(
    values.dataset ?? model.manifest.data.name,
    kind,
    settings.dataDir,
  ).catch(saidOf('--dataset'));
  if (dataset.directory && seed !== undefined) {
    throw new UsageError('--seed has no meaning for a folder, whose questions are written down.');
  }
  if (!dataset.directory && values.source !== undefined) {
    throw new UsageError('--source has no meaning for scenes: it chooses among the sources of a folder.');
  }
  const engine = await openEngine(settings.engine, settings.threads);
  const opened = dataset.directory
    ? await openDirectory(engine, dataset.directory, model, checkpoint, values.source, most)
    : await openScenes(engine, dataset.name, model, checkpoint, most ?? SCENES, seed ?? 0);
  const textOnly = words && (await answerer(engine, words));
  const under = await answerer(engine, checkpoint);
  let evaluation: Evaluated;
  try {
    evaluation = await opened.evaluate(head, under.answer, textOnly);
  } finally {
    await opened.close();
    await under.release();
    await textOnly?.release();
  }
  const entries = {
    model,
    ...(opened.encoder && { grid_encoder: opened.encoder }),
    ...(blind && { text_only: blind }),
  };
  const provenance: AnswerProvenance = {
    ...opened.source,
    ...(await provenanceOf(line, engine, started, entries)),
  };
  const output = values.output ?? join(settings.dataDir, 'evaluations', model.id);
  makeFolder(output, '--output');
  const results = JSON.stringify(answerResults(head, evaluation, provenance), null, 2);
  await writeAtomically(join(output, `${head}.json`), `${results}\n`);
  const files = [`${head}.json`];
  const { rows } = evaluation;
  if (rows.length > 0) {
    const headings = rows[0]!.images.length === 2 ? ['left', 'right'] : ['picture'];
    await writeContactSheet(join(output, `${head}.png`), headings, rows, evaluation.side, 3);
    files.push(`${head}.png`);
  }
  process.stdout.write(
    `${answerReport(head, evaluation, provenance)}- written to ${output}: ${files.join(', ')}\n`,
  );
}

/** With one question of each of the first pictures, or the first statements, to look at, `side` pixels a side. */
type Evaluated = AnswerEvaluation<Question> & { rows: SheetRow[]; side: number };

/** What a model is asked about, and what it sees it with. */
export interface Opened {
  encoder: ZooEntry | undefined;
  source: { world: string; seed: number } | { dataset: string; dataset_revision: string; split: string };
  evaluate(
    head: AnswerHead,
    answer: AnsweringModel['answer'],
    textOnly: Pick<AnsweringModel, 'answer'> | undefined,
  ): Promise<Evaluated>;
  close(): Promise<void>;
}

/** The share of right answers; undefined where nothing was asked. What was opened is closed. */
export async function answeredShare(
  engine: Engine,
  head: AnswerHead,
  checkpoint: FinetunedCheckpoint,
  opened: Opened,
): Promise<number | undefined> {
  const { answer, release } = await answerer(engine, checkpoint);
  const { columns } = await opened.evaluate(head, answer, undefined);
  await opened.close();
  await release();
  return shareOf(columns[0]!.all) ?? undefined;
}

export async function openScenes(
  engine: Engine,
  name: string,
  model: ZooEntry,
  { config }: FinetunedCheckpoint,
  scenes: number,
  seed: number,
  trainingScenes = TRAINING_SCENES,
): Promise<Opened> {
  const encoder = component(model, 'grid_encoder', 'a model trained on scenes');
  const drawings = model.components.drawing_encoder?.folder;
  const gridEncoder = await loadGridEncoder(encoder.folder, config, drawings).catch((cause: Error) => {
    throw new UsageError(`--model ${model.id}: ${cause.message}`, { cause });
  });
  const world = await loadWorld(name, sideToSee(name));
  const encoding = await sceneEncoder(engine, gridEncoder);
  return {
    encoder,
    source: { world: world.name, seed },
    async evaluate(head, answer, textOnly) {
      const evaluation = await evaluateAnswering({
        ...{ world, head, textOnly, scenes, seed, trainingScenes },
        model: { encode: async (rgb) => (await encoding.encode(rgb)).features, answer },
        onProgress: progress,
      });
      const rows = await sheetRows(
        evaluation,
        ({ scenes }) => scenes,
        async (scene) => world.render(scene),
      );
      return { ...evaluation, rows, side: world.side };
    },
    close: () => encoding.release(),
  };
}

export async function openDirectory(
  engine: Engine,
  directory: DirectoryDataset,
  model: ZooEntry,
  checkpoint: FinetunedCheckpoint,
  source: string | undefined,
  pictures = Number.POSITIVE_INFINITY,
): Promise<Opened> {
  const { name, revision } = directory;
  const encoding = await directoryEncoder(engine, directory, model, checkpoint);
  return {
    encoder: encoding.encoder,
    source: { dataset: name, dataset_revision: revision, split: 'validation' },
    async evaluate(head, answer, textOnly) {
      const evaluation = await evaluateOnDirectory({
        ...{ directory, head, textOnly, pictures },
        ...(source !== undefined && { source }),
        model: { encode: encoding.encode, answer },
        onProgress: progress,
      });
      const rows = encoding.thumbnail
        ? await sheetRows(evaluation, (asked) => asked.pictures, encoding.thumbnail)
        : [];
      return { ...evaluation, rows, side: IMAGE_SIZE };
    },
    close: encoding.close,
  };
}

const featuresOf = ({ config }: FinetunedCheckpoint): string => regionsText(config);

const progress = (done: number, total: number) => showProgress('asked', done, total);

const SHEET_ROWS = 24;

async function sheetRows<Q extends Question, Picture>(
  { answered }: AnswerEvaluation<Q>,
  picturesOf: (asked: Q) => readonly Picture[],
  look: (picture: Picture) => Promise<Uint8Array>,
): Promise<SheetRow[]> {
  const first = (i: number) => answered[i] && picturesOf(answered[i].asked)[0];
  const shown = answered
    .filter(({ asked }, i) => picturesOf(asked).length > 1 || first(i) !== first(i - 1))
    .slice(0, SHEET_ROWS);
  return Promise.all(
    shown.map(async ({ asked, answer }) => ({
      caption: `${asked.text} ${answer}${answer === asked.answer ? '' : ` (${asked.answer})`}`,
      images: await Promise.all(picturesOf(asked).map(look)),
    })),
  );
}
