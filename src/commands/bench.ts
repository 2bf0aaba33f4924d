/** `bench paint …`: how fast a model paints on this machine. `bench serve-while-training …`: see bench-serving.ts. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { configFlags, readConfig } from '../config.ts';
import { loadWorld } from '../datasets/scenes/index.ts';
import { createOnnxRuntimeEngine } from '../engines/onnxruntime.ts';
import { UsageError } from '../errors.ts';
import {
  matrixProductSpeed,
  measurePainting,
  type PaintSpeed,
  StageClock,
} from '../evaluation/paint-speed.ts';
import { paperSizeModel } from '../evaluation/paper-size.ts';
import { encodeImage } from '../inference/encode-image.ts';
import { createPaintPipeline } from '../inference/pipelines/paint.ts';
import { NICENESS } from '../jobs/training-process.ts';
import { writeAtomically } from '../training/run-directory.ts';
import { createZoo } from '../zoo/discovery.ts';
import { loadPaintCheckpoint, type PaintCheckpoint } from '../zoo/paint-checkpoint.ts';
import { benchServing, servingReport } from './bench-serving.ts';
import { currentCommit } from './current-commit.ts';

const HELP = `bench paint [options]              milliseconds per image on this machine

bench serve-while-training [options]
                                   what a training job costs the requests beside it

  --model <id>        the model beside the paper's size (x-lxmert-scenes); left out where it is not there
  --only demo|paper   one of the two
  --runs <n>          measured runs, of which medians are shown (7)
  --steps <n>         of mask-predict (4)
  --output <file>     the numbers as JSON, too
  --data-dir, --checkpoints-dir, --threads
`;

const BATCHES = [1, 8] as const;
const WARM_UP = 2;

interface ModelSpeed {
  name: string;
  parameters: number;
  /** Milliseconds until the model is ready to paint. */
  loading: number;
  /** Of this process with the model in it, in MiB. */
  residentMiB: number;
  speeds: PaintSpeed[];
}

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...configFlags,
      model: { type: 'string', default: 'x-lxmert-scenes' },
      only: { type: 'string' },
      runs: { type: 'string', default: '7' },
      steps: { type: 'string', default: '4' },
      output: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [what, ...rest] = positionals;
  const known = what === 'paint' || what === 'serve-while-training';
  if (values.help || !known || rest.length > 0) {
    if (!values.help) throw new UsageError(HELP);
    process.stdout.write(HELP);
    return;
  }
  const [runs, steps] = [values.runs, values.steps].map((text) => {
    if (/^[1-9]\d?$/.test(text)) return Number(text);
    throw new UsageError(`--runs and --steps take whole numbers from 1 to 99, not "${text}".`);
  }) as [number, number];
  if (values.only !== undefined && values.only !== 'demo' && values.only !== 'paper') {
    throw new UsageError(`--only takes demo or paper, not "${values.only}".`);
  }
  const config = readConfig(process.env, values);
  const { checkpointsDir, dataDir, threads } = config;
  if (what === 'serve-while-training') {
    const { trainThreads } = config;
    const say = (text: string) => process.stderr.write(`${text}\n`);
    const measured = await benchServing(
      {
        checkpoints: [checkpointsDir, join(dataDir, 'checkpoints')],
        checkpointsDir,
        model: values.model,
        ...{ threads, trainThreads, niceness: NICENESS, requests: runs * 5, aloneMs: 10_000 },
      },
      say,
    );
    const of = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, ${threads} threads for requests, `;
    const how = `${trainThreads} for training at niceness ${NICENESS}, ${runs * 5} images.\n`;
    process.stdout.write(`${servingReport(measured)}${of}${how}`);
    if (values.output) await writeAtomically(values.output, `${JSON.stringify(measured, null, 2)}\n`);
    return;
  }
  const speeds: ModelSpeed[] = [];
  if (values.only !== 'paper') {
    const entry = await findModel([checkpointsDir, join(dataDir, 'checkpoints')], values.model);
    if (entry) {
      const { id, revision, folder, components } = entry;
      const folders = Object.fromEntries(
        Object.entries(components).map(([role, component]) => [role, component.folder]),
      );
      const load = () => loadPaintCheckpoint({ folder, components: folders });
      speeds.push(await measure(`${id}, revision ${revision.slice(0, 12)}`, load, { threads, runs, steps }));
    } else if (values.only === 'demo') {
      throw new UsageError(`There is no model "${values.model}" in ${checkpointsDir}.`);
    }
  }
  if (values.only !== 'demo') {
    const { vocabulary } = await loadWorld('lattice-1style');
    const build = async () => ({ id: 'paper-size', ...paperSizeModel(vocabulary(), 0) });
    speeds.push(await measure("the paper's size, random weights", build, { threads, runs, steps }));
  }
  const machine = {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    threads,
    gigaflops: Math.round(await matrixProductSpeed(createOnnxRuntimeEngine({ threads }))),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    commit: await currentCommit(),
  };
  process.stdout.write(report(speeds, machine, { runs, steps }));
  if (values.output) {
    await writeAtomically(
      values.output,
      `${JSON.stringify({ machine, runs, steps, models: speeds }, null, 2)}\n`,
    );
  }
}

async function findModel(roots: string[], id: string) {
  const { entries } = await createZoo(roots).scan();
  return entries.find((entry) => entry.id === id && entry.manifest.tasks.includes('paint'));
}

async function measure(
  name: string,
  load: () => Promise<PaintCheckpoint>,
  { threads, runs, steps }: { threads: number; runs: number; steps: number },
): Promise<ModelSpeed> {
  process.stderr.write(`${name}: loading\n`);
  const clock = new StageClock();
  const { pipeline, parameters, loading } = await open(load, threads, clock);
  const speeds: PaintSpeed[] = [];
  try {
    const { size } = pipeline;
    const picture = await pipeline.decode(
      (await pipeline.sample('a red car on grass', { sampler: { strategy: 'mask-predict', steps }, seed: 0 }))
        .codes,
    );
    for (const batch of BATCHES) {
      process.stderr.write(`${name}: batch ${batch}\n`);
      speeds.push(
        await measurePainting({
          paint: (prompt, seed) =>
            pipeline.paint({
              prompt,
              seed,
              sampler: { strategy: 'mask-predict', steps },
              format: 'png',
              steps: false,
            }),
          encodeFile: () => encodeImage(picture, size, size, 'png'),
          clock,
          batch,
          runs,
          warmUp: WARM_UP,
        }),
      );
    }
    const residentMiB = process.memoryUsage.rss() / 2 ** 20;
    return { name, parameters, loading, residentMiB, speeds };
  } finally {
    await pipeline.release();
  }
}

/** Apart, so that the loaded weights are garbage once the engine has its copy, as they are in the server. */
async function open(load: () => Promise<PaintCheckpoint>, threads: number, clock: StageClock) {
  const checkpoint = await load();
  const parameters = [checkpoint.lxmert.weights, checkpoint.generator.weights]
    .flatMap((weights) => Object.values(weights))
    .reduce((sum, { data }) => sum + data.length, 0);
  const started = performance.now();
  const engine = createOnnxRuntimeEngine({ threads });
  const pipeline = await createPaintPipeline(engine, checkpoint, { onRun: clock.onRun });
  return { pipeline, parameters, loading: performance.now() - started };
}

function report(
  models: readonly ModelSpeed[],
  machine: {
    processor: string;
    cores: number;
    threads: number;
    gigaflops: number;
    memory_gib: number;
    node: string;
    commit: string;
  },
  { runs, steps }: { runs: number; steps: number },
): string {
  const columns = models.flatMap(({ name, speeds }) => speeds.map((speed) => ({ name, speed })));
  const row = (title: string, value: (speed: PaintSpeed) => number) =>
    `| ${title} | ${columns.map(({ speed }) => value(speed).toFixed(1)).join(' | ')} |`;
  return [
    `| milliseconds per image | ${columns.map(({ name, speed }) => `${name}, batch ${speed.batch}`).join(' | ')} |`,
    `|---|${'---:|'.repeat(columns.length)}`,
    row('text encoding', ({ stages }) => stages.text),
    row(`${steps} sampling steps`, ({ stages }) => stages.step),
    row('generator', ({ stages }) => stages.generator),
    row('file (PNG)', ({ stages }) => stages.file),
    row('**whole image**', ({ total }) => total),
    row('fastest run', ({ fastest }) => fastest),
    '',
    `Medians of ${runs} runs after ${WARM_UP}, mask-predict-${steps}. ${machine.processor}, ${machine.cores} cores, ` +
      `${machine.threads} threads (a bare matrix product: ${machine.gigaflops} GFLOP/s), ${machine.memory_gib} GiB, ` +
      `Node ${machine.node}, code at ${machine.commit.slice(0, 12)}.`,
    ...models.map(
      ({ name, parameters, loading, residentMiB }) =>
        `- ${name}: ${(parameters / 1e6).toFixed(1)}M numbers in its weights, ready after ` +
        `${(loading / 1000).toFixed(1)} s, ${Math.round(residentMiB)} MiB resident (whole process)`,
    ),
    '',
  ].join('\n');
}
