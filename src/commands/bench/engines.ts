/**
 * `bench engines`: every engine that is installed, side by side: a whole picture, and a step of pre-training.
 * Each measurement has a process of its own, so that one engine's threads and memory are not another's.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from '../../config.ts';
import { loadWorld } from '../../datasets/scenes/index.ts';
import {
  chooseEngine,
  DEFAULT_ENGINE,
  type EngineChoice,
  EngineUnavailableError,
  openEngine,
} from '../../engines/choose.ts';
import type { Engine } from '../../engines/engine.ts';
import { matrixProductSpeed, measurePainting, median, StageClock } from '../../evaluation/paint-speed.ts';
import { paperSizeModel } from '../../evaluation/paper-size.ts';
import { createPaintPipeline } from '../../inference/pipelines/paint.ts';
import type { PaintCheckpoint } from '../../zoo/paint-checkpoint.ts';
import { currentCommit } from '../current-commit.ts';
import type { GivenTo } from '../define-command.ts';
import type { benchEngines as description } from './commands.ts';
import { loadDemoModel } from './demo-model.ts';
import { machineText } from './machine.ts';
import { openTrainingStep } from './training-step.ts';

const SIZES = ['demo', 'paper'] as const;
type Size = (typeof SIZES)[number];
const BATCH: Record<Size, number> = { demo: 16, paper: 4 };
const WARM_UP = 1;

interface Task {
  choice: EngineChoice;
  size: Size;
  what: 'painting' | 'training';
  runs: number;
  batch: number;
  model: string;
  config: Pick<Config, 'checkpointsDir' | 'dataDir' | 'threads'>;
}

/** Medians in milliseconds, by title, in the order of the report. */
type Measured = Record<string, number>;

export async function enginesBench({
  flags: values,
  config: settings,
}: GivenTo<typeof description>): Promise<void> {
  if (values.task !== undefined) {
    const measured = await measure(JSON.parse(values.task) as Task);
    process.send!(measured);
    process.disconnect();
    return;
  }
  const config = settings();
  if (values.requests !== undefined) return repeat(values.requests, config, values.model);
  const choices = installed(config.enginesDir);
  const lines: string[] = [];
  for (const size of SIZES.filter((one) => values.only === undefined || one === values.only)) {
    const batch = values.batch ?? BATCH[size];
    const columns: Measured[] = [];
    for (const choice of choices) {
      const task = { choice, size, runs: values.runs, batch, model: values.model, config };
      columns.push({
        ...(await measureApart({ ...task, what: 'painting' })),
        ...(await measureApart({ ...task, what: 'training' })),
      });
    }
    lines.push(...table(size, choices, columns), '');
  }
  lines.push(
    `Medians of ${values.runs} runs after ${WARM_UP}. ${machineText(config.threads)}, code at ${(await currentCommit()).slice(0, 12)}.`,
    ...(choices.length > 1
      ? []
      : ['Only the default engine is installed: npm run setup:tensorflow, npm run setup:cuda.']),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The default, and TensorFlow on what it is installed for. */
function installed(enginesDir: string): EngineChoice[] {
  const choices: EngineChoice[] = [DEFAULT_ENGINE];
  for (const device of ['cpu', 'cuda'] as const) {
    try {
      choices.push(chooseEngine({ engine: 'tensorflow', device, enginesDir }));
    } catch (error) {
      if (!(error instanceof EngineUnavailableError)) throw error;
    }
  }
  return choices;
}

const nameOf = ({ engine, device }: EngineChoice) => `${engine}-${device}`;

async function measureApart(task: Task): Promise<Measured> {
  process.stderr.write(`${nameOf(task.choice)}, ${task.size}: ${task.what}\n`);
  const child = fork(process.argv[1]!, ['bench', 'engines', '--task', JSON.stringify(task)], {
    execArgv: process.execArgv,
  });
  const exited = once(child, 'exit');
  const result = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  await exited;
  if (!result)
    throw new Error(`${nameOf(task.choice)} ended while measuring ${task.what} of size ${task.size}`);
  return result[0] as Measured;
}

async function measure(task: Task): Promise<Measured> {
  const checkpoint = await load(task);
  const engine = await openEngine(task.choice, task.config.threads);
  return task.what === 'painting' ? painting(engine, checkpoint, task) : training(engine, checkpoint, task);
}

async function load({ size, model, config }: Task): Promise<PaintCheckpoint> {
  if (size === 'demo') return loadDemoModel(model, config);
  const { vocabulary } = await loadWorld('lattice-1style');
  return { id: 'paper-size', ...paperSizeModel(vocabulary(), 0) };
}

async function painting(engine: Engine, checkpoint: PaintCheckpoint, { runs }: Task): Promise<Measured> {
  const product = await matrixProductSpeed(engine);
  const clock = new StageClock();
  const started = performance.now();
  const pipeline = await createPaintPipeline(engine, checkpoint, { onPass: clock.onPass });
  const ready = performance.now() - started;
  const sampler = { strategy: 'mask-predict', steps: 4 } as const;
  const measured: Measured = { 'matrix product (GFLOP/s)': product, 'painter ready': ready };
  for (const batch of [1, 8]) {
    const { total, stages } = await measurePainting({
      paint: (prompt, seed) => pipeline.paint({ prompt, seed, sampler, format: 'png', steps: false }),
      encodeFile: async () => {},
      ...{ clock, batch, runs, warmUp: WARM_UP },
    });
    measured[`an image, batch ${batch}`] = total;
    measured[`… 4 sampling steps`] ??= stages.step;
    measured[`… generator`] ??= stages.generator;
  }
  await pipeline.release();
  return measured;
}

async function training(
  engine: Engine,
  checkpoint: PaintCheckpoint,
  { runs, batch: B }: Task,
): Promise<Measured> {
  const started = performance.now();
  const step = await openTrainingStep(engine, checkpoint.lxmert, B);
  const ready = performance.now() - started;
  const times: number[] = [];
  for (let run = -WARM_UP; run < runs; run++) {
    const start = performance.now();
    await step.run();
    if (run >= 0) times.push(performance.now() - start);
  }
  await step.release();
  return { 'trainer ready': ready, [`a step of pre-training, batch ${B}`]: median(times) };
}

/** @throws Error when tensors are left behind: the number after the first request is the number after the last */
async function repeat(requests: number, config: Config, model: string): Promise<void> {
  const checkpoint = await loadDemoModel(model, config);
  const engine = await openEngine(config.engine, config.threads);
  const pipeline = await createPaintPipeline(engine, checkpoint);
  const sampler = { strategy: 'mask-predict', steps: 1 } as const;
  const started = performance.now();
  let first: number | undefined;
  for (let request = 1; request <= requests; request++) {
    await pipeline.paint({
      prompt: `a red car ${request}`,
      seed: request,
      sampler,
      format: 'png',
      steps: false,
    });
    const { numTensors } = tf.memory();
    first ??= numTensors;
    if (request === 1 || request % Math.ceil(requests / 10) === 0) {
      process.stdout.write(
        `${request} requests: ${numTensors} tensors, ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB resident, ` +
          `${((performance.now() - started) / 1000).toFixed(0)} s\n`,
      );
    }
    if (numTensors !== first) throw new Error(`request ${request} left ${numTensors - first} tensors behind`);
  }
  await pipeline.release();
}

function table(size: Size, choices: readonly EngineChoice[], columns: readonly Measured[]): string[] {
  const title = size === 'demo' ? "the demo's size" : "the paper's size, random weights";
  return [
    `| ${title}, ms | ${choices.map(nameOf).join(' | ')} |`,
    `|---|${'---:|'.repeat(columns.length)}`,
    ...Object.keys(columns[0]!).map(
      (row) =>
        `| ${row} | ${columns.map((column) => column[row]!.toFixed(row.includes('GFLOP') ? 0 : 1)).join(' | ')} |`,
    ),
  ];
}
