/** `evaluate vqa | gqa | nlvr2 …`: how often a fine-tuned model is right, beside what comes without looking. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { configFlags, readConfig } from '../config.ts';
import { IMAGE_SIZE, loadWorld, type World } from '../datasets/scenes/index.ts';
import { openEngine } from '../engines/choose.ts';
import type { Engine } from '../engines/engine.ts';
import { UsageError } from '../errors.ts';
import {
  type AnswerEvaluation,
  type AnsweringModel,
  evaluateAnswering,
} from '../evaluation/answer-evaluation.ts';
import { answerReport, answerResults } from '../evaluation/answer-report.ts';
import type { Provenance } from '../evaluation/paint-report.ts';
import { createAnswerPipeline } from '../inference/pipelines/answer.ts';
import { createJudgePipeline } from '../inference/pipelines/judge.ts';
import { ANSWER_HEADS, type AnswerHead } from '../models/lxmert/index.ts';
import { writeContactSheet } from '../training/contact-sheet.ts';
import { writeAtomically } from '../training/run-directory.ts';
import { type AnswerCheckpoint, loadAnswerCheckpoint } from '../zoo/answer-checkpoint.ts';
import type { ZooEntry } from '../zoo/discovery.ts';
import { currentCommit } from './current-commit.ts';
import { component, findIn, OF_CODES, OF_FEATURES, wholeNumber } from './find-checkpoint.ts';
import { sceneEyes } from './scene-eyes.ts';

export const ANSWER_HELP = `evaluate vqa | gqa | nlvr2 [options]  how often a fine-tuned model is right

  --model <checkpoint or run>      (x-lxmert-vqa-scenes, x-lxmert-gqa-scenes, x-lxmert-nlvr2-scenes)
  --text-only <checkpoint or run>  a model trained with --text-only true, for a column beside it
  --scenes <n>                     held-out scenes, or statements about pairs of as many (500)
  --seed <n>                       of the wording (0)
  --output <folder>                for <task>.json and <task>.png (DATA_DIR/evaluations/<model>)
  --data-dir, --checkpoints-dir, --threads
`;

/** Training scenes that answers are counted on: enough that frequent wordings have many. */
const TRAINING_SCENES = 8000;

export function isAnswerHead(task: string | undefined): task is AnswerHead {
  return ANSWER_HEADS.includes(task as AnswerHead);
}

/** @param args after the task */
export async function evaluateAnswers(head: AnswerHead, args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...configFlags,
      model: { type: 'string', default: `x-lxmert-${head}-scenes` },
      'text-only': { type: 'string' },
      scenes: { type: 'string', default: '500' },
      seed: { type: 'string', default: '0' },
      output: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help || positionals.length > 0) {
    if (!values.help) throw new UsageError(ANSWER_HELP);
    process.stdout.write(ANSWER_HELP);
    return;
  }
  const settings = readConfig(process.env, values);
  const request = {
    scenes: wholeNumber('--scenes', values.scenes, 2, 100_000),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 31),
  };
  const started = performance.now();
  const find = await findIn([
    settings.checkpointsDir,
    join(settings.dataDir, 'checkpoints'),
    join(settings.dataDir, 'runs'),
  ]);
  const model = find('--model', values.model, ...OF_CODES, ...OF_FEATURES);
  const blind = values['text-only']
    ? find('--text-only', values['text-only'], ...OF_CODES, ...OF_FEATURES)
    : undefined;
  const encoder = component(model, 'grid_encoder', 'a model trained on scenes');
  const engine = await openEngine(settings.engine, settings.threads);
  const world = await loadWorld(model.manifest.data.name);
  const checkpoint = await load('--model', model, head);
  const words = blind && (await answerer(engine, await load('--text-only', blind, head)));
  const eyes = await sceneEyes(engine, checkpoint.gridEncoder);
  const under = await answerer(engine, checkpoint);
  let evaluation: AnswerEvaluation;
  try {
    evaluation = await evaluateAnswering({
      world,
      head,
      model: { see: async (rgb) => (await eyes.see(rgb)).features, answer: under.answer },
      textOnly: words,
      ...request,
      trainingScenes: TRAINING_SCENES,
      onProgress: showProgress,
    });
  } finally {
    await eyes.release();
    await under.release();
    await words?.release();
  }
  const entries = { model, grid_encoder: encoder, ...(blind && { text_only: blind }) };
  const provenance: Provenance = {
    command: [`npm run evaluate -- ${head}`, ...args].join(' '),
    seed: request.seed,
    world: world.name,
    commit: await currentCommit(),
    engine: engine.name,
    checkpoints: Object.fromEntries(
      Object.entries(entries).map(([role, { id, revision }]) => [role, { id, revision }]),
    ),
    seconds: (performance.now() - started) / 1000,
  };
  const output = values.output ?? join(settings.dataDir, 'evaluations', model.id);
  await mkdir(output, { recursive: true });
  const results = JSON.stringify(answerResults(head, evaluation, provenance), null, 2);
  await writeAtomically(join(output, `${head}.json`), `${results}\n`);
  await writeSheet(join(output, `${head}.png`), world, evaluation);
  process.stdout.write(
    `${answerReport(head, evaluation, provenance)}- written to ${output}: ${head}.json, ${head}.png\n`,
  );
}

async function load(flag: string, entry: ZooEntry, head: AnswerHead): Promise<AnswerCheckpoint> {
  const components = Object.fromEntries(
    Object.entries(entry.components).map(([role, { folder }]) => [role, folder]),
  );
  const checkpoint = await loadAnswerCheckpoint({ folder: entry.folder, components }).catch(
    (cause: Error) => {
      throw new UsageError(`${flag} ${entry.id}: ${cause.message}`, { cause });
    },
  );
  if (checkpoint.head !== head) {
    throw new UsageError(`${flag}: ${entry.id} is fine-tuned on ${checkpoint.head}, not on ${head}.`);
  }
  return checkpoint;
}

/** The server's pipeline; of a statement it says 'true' or 'false'. */
async function answerer(
  engine: Engine,
  checkpoint: AnswerCheckpoint,
): Promise<Pick<AnsweringModel, 'answer'> & { release(): Promise<void> }> {
  const seen = (features: Float32Array) => ({ features });
  if (checkpoint.head === 'nlvr2') {
    const pipeline = await createJudgePipeline(engine, checkpoint);
    return {
      answer: async (statement, [left, right]) =>
        String((await pipeline.judge(seen(left!), seen(right!), statement)).label),
      release: () => pipeline.release(),
    };
  }
  const pipeline = await createAnswerPipeline(engine, checkpoint);
  return {
    answer: async (question, [picture]) =>
      (await pipeline.answer(seen(picture!), question, 1)).answers[0]!.answer,
    release: () => pipeline.release(),
  };
}

function showProgress(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${done < total ? `asked ${done}/${total}` : ''}`);
  else if (done === total) process.stderr.write(`asked about ${total}\n`);
}

const SHEET_ROWS = 24;

/** One question of each of the first scenes, or the first statements, with what was answered. */
async function writeSheet(path: string, world: World, { answered }: AnswerEvaluation): Promise<void> {
  const shown = answered
    .filter(({ asked }, i) => asked.scenes.length > 1 || asked.scenes[0] !== answered[i - 1]?.asked.scenes[0])
    .slice(0, SHEET_ROWS);
  const headings = shown[0]?.asked.scenes.length === 2 ? ['left', 'right'] : ['picture'];
  await writeContactSheet(
    path,
    headings,
    shown.map(({ asked, answer }) => ({
      caption: `${asked.text} ${answer}${answer === asked.answer ? '' : ` (${asked.answer})`}`,
      images: asked.scenes.map((scene) => world.render(scene)),
    })),
    IMAGE_SIZE,
    3,
  );
}
