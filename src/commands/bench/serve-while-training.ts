/** `bench serve-while-training`: what a training job costs the requests that are answered beside it, and they it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeAtomically } from '../../atomic-files.ts';
import { DEFAULT_WORLD } from '../../datasets/scenes/index.ts';
import { DEFAULT_ENGINE } from '../../engines/choose.ts';
import { UsageError } from '../../errors.ts';
import type { InferenceHost } from '../../inference/host.ts';
import { createInferenceHost } from '../../inference/host-process.ts';
import { NICENESS, startTrainingProcess, type TrainingProcess } from '../../jobs/training-process.ts';
import { resolveHyperparameters } from '../../training/run/hyperparameters.ts';
import { gridEncoder } from '../../training/seeing/grid-encoder.ts';
import type { GivenTo } from '../define-command.ts';
import type { benchServeWhileTraining as description } from './commands.ts';

export async function serveWhileTrainingBench({
  flags: { model, output, requests },
  config,
}: GivenTo<typeof description>): Promise<void> {
  const { checkpointsDir, dataDir, threads, trainThreads } = config();
  const measured = await benchServing(
    {
      checkpoints: [checkpointsDir, join(dataDir, 'checkpoints')],
      ...{ checkpointsDir, model, threads, trainThreads, niceness: NICENESS },
      requests,
      aloneMs: 10_000,
    },
    (text) => process.stderr.write(`${text}\n`),
  );
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores`;
  const how = `${threads} threads for requests, ${trainThreads} for training at niceness ${NICENESS}`;
  process.stdout.write(`${servingReport(measured)}${machine}, ${how}, ${requests} images.\n`);
  if (output) await writeAtomically(output, `${JSON.stringify(measured, null, 2)}\n`);
}

export interface ServingSpeed {
  /** Milliseconds per image, one request after another. */
  median: number;
  p95: number;
}

export interface ServingBench {
  idle: ServingSpeed;
  training: ServingSpeed;
  /** Training steps a second while nobody asks, and while the requests above came. */
  stepsAlone: number;
  stepsServing: number;
}

export interface ServingOptions {
  checkpoints: readonly string[];
  checkpointsDir: string;
  model: string;
  threads: number;
  trainThreads: number;
  niceness: number;
  /** Requests per measurement. */
  requests: number;
  /** Training alone is watched for this long. */
  aloneMs: number;
  hyperparameters?: Record<string, unknown>;
}

/** The server's own parts: the inference process, and the process that a worker runs a job in. */
export async function benchServing(
  options: ServingOptions,
  say: (text: string) => void,
): Promise<ServingBench> {
  const { checkpoints, model, threads, requests } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-'));
  const host = await createInferenceHost({ checkpoints, threads, models: [model] });
  let training: TrainingProcess | undefined;
  try {
    while (!host.ready()) {
      const failed = host.models().find(({ id, state }) => id === model && state === 'failed');
      if (failed) throw new UsageError(`The model "${model}" cannot be loaded: ${failed.reason}.`);
      await sleep(50);
    }
    say(`${model}: ${requests} images, nothing beside`);
    await paint(host, model, Math.min(3, requests));
    const idle = await paint(host, model, requests);
    say('a training job starts');
    const clock = { step: 0 };
    training = startTraining(options, dataDir, clock);
    await Promise.race([stepsReach(clock, 2), training.outcome.then((outcome) => refuse(outcome))]);
    say('training alone');
    const alone = await stepsPerSecond(clock, () => sleep(options.aloneMs));
    say(`${model}: ${requests} images, training beside`);
    let busy: ServingSpeed | undefined;
    const stepsServing = await stepsPerSecond(clock, async () => {
      busy = await paint(host, model, requests);
    });
    return { idle, training: busy!, stepsAlone: alone, stepsServing };
  } finally {
    training?.kill();
    await training?.outcome;
    await host.close(0);
    await rm(dataDir, { recursive: true, force: true });
  }
}

function startTraining(options: ServingOptions, dataDir: string, clock: { step: number }): TrainingProcess {
  const given = { steps: 1_000_000, checkpoint_every: 1_000_000, ...options.hyperparameters };
  return startTrainingProcess({
    order: {
      name: 'bench',
      kind: gridEncoder.name,
      seed: 0,
      dataset: DEFAULT_WORLD,
      hyperparameters: resolveHyperparameters(gridEncoder, given),
      components: {},
      command: 'bench serve-while-training',
      commit: 'none',
      dataDir,
      checkpointsDir: options.checkpointsDir,
      engine: DEFAULT_ENGINE,
      threads: options.trainThreads,
      niceness: options.niceness,
      workerPid: process.pid,
      recorded: 0,
    },
    log: join(dataDir, 'training.log'),
    onMessage: (message) => {
      if (message.type === 'metrics') clock.step = message.lines.at(-1)?.step ?? clock.step;
    },
  });
}

function refuse(outcome: object): never {
  throw new Error(`the training job ended: ${JSON.stringify(outcome)}`);
}

async function stepsReach(clock: { step: number }, step: number): Promise<void> {
  while (clock.step < step) await sleep(50);
}

async function stepsPerSecond(clock: { step: number }, during: () => Promise<unknown>): Promise<number> {
  const [first, started] = [clock.step, performance.now()];
  await during();
  return ((clock.step - first) * 1000) / (performance.now() - started);
}

async function paint(host: InferenceHost, model: string, requests: number): Promise<ServingSpeed> {
  const times: number[] = [];
  for (let seed = 0; seed < requests; seed++) {
    const started = performance.now();
    await host.paint({
      prompts: ['a red car on grass'],
      model,
      n: 1,
      sampler: { strategy: 'mask-predict', steps: 4 },
      seeds: [seed],
      format: 'png',
      intermediate: false,
    });
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]!;
  return { median: at(0.5), p95: at(0.95) };
}

export function servingReport({ idle, training, stepsAlone, stepsServing }: ServingBench): string {
  const ms = (value: number) => value.toFixed(1);
  const cost = (a: number, b: number) => `${(((b - a) / a) * 100).toFixed(0)} %`;
  return [
    '| | nothing beside | training beside | cost |',
    '|---|---:|---:|---:|',
    `| image, median | ${ms(idle.median)} ms | ${ms(training.median)} ms | ${cost(idle.median, training.median)} |`,
    `| image, 95th percentile | ${ms(idle.p95)} ms | ${ms(training.p95)} ms | ${cost(idle.p95, training.p95)} |`,
    '',
    `Training: ${stepsAlone.toFixed(2)} steps a second alone, ${stepsServing.toFixed(2)} while images were painted ` +
      'without a pause.',
    '',
  ].join('\n');
}
