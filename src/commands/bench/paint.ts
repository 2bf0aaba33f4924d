/** `bench paint …`: how fast a model paints on this machine. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeAtomically } from '../../atomic-files.ts';
import { sceneVocabulary } from '../../datasets/scenes/index.ts';
import { type EngineChoice, openEngine } from '../../engines/choose.ts';
import type { Engine } from '../../engines/engine.ts';
import { collectGarbage, MEMORY_ENVIRONMENT, MEMORY_FLAGS } from '../../engines/give-back-memory.ts';
import { loaderFlags } from '../../engines/loader-flags.ts';
import { createOnnxRuntimeEngine } from '../../engines/onnxruntime.ts';
import { UsageError } from '../../errors.ts';
import {
  matrixProductSpeed,
  measurePainting,
  type PaintSpeed,
  StageClock,
} from '../../evaluation/paint-speed.ts';
import {
  PAPER_GENERATOR,
  PAPER_LXMERT,
  paperSizeModel,
  paperSizeVocabulary,
} from '../../evaluation/paper-size.ts';
import { encodeImage } from '../../inference/encode-image.ts';
import { createPaintPipeline } from '../../inference/pipelines/paint.ts';
import { makeFolder } from '../../make-folder.ts';
import { isAlive } from '../../processes.ts';
import { mapSafetensors, writeSafetensors } from '../../safetensors.ts';
import { sizeOf } from '../../tensor.ts';
import { createZoo, sourceOf } from '../../zoo/discovery.ts';
import { loadPaintCheckpoint, type PaintCheckpoint } from '../../zoo/paint-checkpoint.ts';
import { currentCommit } from '../current-commit.ts';
import type { GivenTo } from '../define-command.ts';
import type { benchPaint as description } from './commands.ts';

const BATCHES = [1, 8] as const;
const WARM_UP = 2;

interface ModelSpeed {
  name: string;
  parameters: number;
  /** Milliseconds until the model is ready to paint. */
  loading: number;
  /** Memory of this process with the model in it, in MiB. */
  residentMiB: number;
  speeds: PaintSpeed[];
}

export async function paintBench({
  flags: values,
  args,
  config,
}: GivenTo<typeof description>): Promise<void> {
  const { runs, steps } = values;
  const { checkpointsDir, dataDir, threads, engine } = config();
  if (values['paper-size-in'] === undefined) {
    const roots = [checkpointsDir, join(dataDir, 'checkpoints')];
    if (values.only === 'demo' && !(await findModel(roots, values.model))) {
      throw new UsageError(`There is no model "${values.model}" in ${checkpointsDir}.`);
    }
    process.exitCode = await inScratchFolder(dataDir, async (folder) => {
      if (values.only !== 'demo') await writePaperSize(folder);
      return measureApart(args, folder);
    });
    return;
  }
  const speeds: ModelSpeed[] = [];
  if (values.only !== 'paper') {
    const entry = await findModel([checkpointsDir, join(dataDir, 'checkpoints')], values.model);
    if (entry) {
      const { id, revision } = entry;
      const load = () => loadPaintCheckpoint(sourceOf(entry));
      speeds.push(
        await measure(`${id}, revision ${revision.slice(0, 12)}`, load, { engine, threads, runs, steps }),
      );
    }
  }
  if (values.only !== 'demo') {
    const load = () => readPaperSize(values['paper-size-in']!);
    speeds.push(await measure("the paper's size, random weights", load, { engine, threads, runs, steps }));
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

/** The folder goes with the work; one whose process was killed goes at the next start. */
async function inScratchFolder<T>(dataDir: string, work: (folder: string) => Promise<T>): Promise<T> {
  const cache = join(dataDir, 'cache');
  makeFolder(cache, 'DATA_DIR/cache');
  for (const name of await readdir(cache)) {
    const pid = /^bench-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(cache, name), { recursive: true });
  }
  const folder = join(cache, `bench-${process.pid}`);
  await mkdir(folder);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const LXMERT_FILE = 'x-lxmert.safetensors';
const GENERATOR_FILE = 'generator.safetensors';

/** As an imported checkpoint would lie on disk. */
async function writePaperSize(folder: string): Promise<void> {
  process.stderr.write("the paper's size: writing random weights\n");
  const { lxmert, generator } = paperSizeModel(sceneVocabulary(), 0);
  await writeSafetensors(join(folder, LXMERT_FILE), lxmert.weights);
  await writeSafetensors(join(folder, GENERATOR_FILE), generator.weights);
}

async function readPaperSize(folder: string): Promise<PaintCheckpoint> {
  const [lxmert, generator] = await Promise.all(
    [LXMERT_FILE, GENERATOR_FILE].map(async (file) => (await mapSafetensors(join(folder, file))).tensors),
  );
  return {
    id: 'paper-size',
    lxmert: { config: PAPER_LXMERT, weights: lxmert! },
    vocabulary: paperSizeVocabulary(sceneVocabulary()),
    generator: { config: PAPER_GENERATOR, weights: generator! },
  };
}

/** In a process like the server's child, which has never seen weights but those that it loads. */
async function measureApart(args: readonly string[], folder: string): Promise<number> {
  const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
  const child = fork(main, ['bench', 'paint', ...args, '--paper-size-in', folder], {
    execArgv: [...MEMORY_FLAGS, ...loaderFlags(main)],
    env: { ...MEMORY_ENVIRONMENT, ...process.env },
    silent: true,
  });
  child.stdout!.on('data', (text: Buffer) => process.stdout.write(text));
  child.stderr!.on('data', (text: Buffer) => process.stderr.write(text));
  // Not at 'exit': what it has said may still be on its way.
  const [code] = await once(child, 'close');
  return (code as number | null) ?? 1;
}

async function findModel(roots: string[], id: string) {
  const { entries } = await createZoo(roots).scan();
  return entries.find((entry) => entry.id === id && entry.manifest.tasks.includes('paint'));
}

async function measure(
  name: string,
  load: () => Promise<PaintCheckpoint>,
  { engine, threads, runs, steps }: { engine: EngineChoice; threads: number; runs: number; steps: number },
): Promise<ModelSpeed> {
  process.stderr.write(`${name}: loading\n`);
  const clock = new StageClock();
  const { pipeline, parameters, loading } = await open(load, await openEngine(engine, threads), clock);
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
    collectGarbage();
    const residentMiB = process.memoryUsage.rss() / 2 ** 20;
    return { name, parameters, loading, residentMiB, speeds };
  } finally {
    await pipeline.release();
  }
}

/** Apart, so that the checkpoint is garbage once the engine has it, as it is in the server. */
async function open(load: () => Promise<PaintCheckpoint>, engine: Engine, clock: StageClock) {
  const checkpoint = await load();
  const parameters = [checkpoint.lxmert.weights, checkpoint.generator.weights]
    .flatMap((weights) => Object.values(weights))
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const started = performance.now();
  const pipeline = await createPaintPipeline(engine, checkpoint, { onPass: clock.onPass });
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
        `${(loading / 1000).toFixed(1)} s, ${Math.round(residentMiB)} MiB resident (whole process; ` +
        `the weights in float32: ${Math.round((parameters * 4) / 2 ** 20)} MiB)`,
    ),
    '',
  ].join('\n');
}
