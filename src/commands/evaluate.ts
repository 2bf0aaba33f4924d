/** `evaluate paint …`: how well a model paints what captions say. `evaluate caption …` and the like: see there. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { configFlags, readConfig } from '../config.ts';
import { CELL, IMAGE_SIZE, loadWorld, type World } from '../datasets/scenes/index.ts';
import { openEngine } from '../engines/choose.ts';
import type { Engine } from '../engines/engine.ts';
import { UsageError } from '../errors.ts';
import {
  evaluatePainting,
  type NamedSampler,
  type PaintEvaluation,
  type PaintingModel,
} from '../evaluation/paint-evaluation.ts';
import { type Provenance, paintReport, paintResults } from '../evaluation/paint-report.ts';
import { createRecogniser, type Recogniser } from '../evaluation/recogniser.ts';
import { createPaintPipeline } from '../inference/pipelines/paint.ts';
import type { RecogniserConfig } from '../models/recogniser/config.ts';
import { recogniserWeightShapes } from '../models/recogniser/recogniser.ts';
import { resolveSampler, SamplerError, type Strategy } from '../sampling/sampler.ts';
import { writeContactSheet } from '../training/contact-sheet.ts';
import { engineAssignment } from '../training/engine-assignment.ts';
import { featureExtractor } from '../training/feature-source.ts';
import { writeAtomically } from '../training/run-directory.ts';
import type { ZooEntry } from '../zoo/discovery.ts';
import { CONFIG_FILE } from '../zoo/manifest.ts';
import { loadPaintCheckpoint, type PaintCheckpoint } from '../zoo/paint-checkpoint.ts';
import { checkWeights, readWeights } from '../zoo/weights.ts';
import { currentCommit } from './current-commit.ts';
import { ANSWER_HELP, evaluateAnswers, isAnswerHead } from './evaluate-answers.ts';
import { CAPTION_HELP, evaluateCaption } from './evaluate-caption.ts';
import { component, findIn, wholeNumber } from './find-checkpoint.ts';

const HELP = `evaluate paint [options]           how well a model paints what captions say

  --model <checkpoint or run>      (x-lxmert-scenes)
  --generator <checkpoint or run>  paint with this generator instead of the model's own
  --recogniser <checkpoint or run> the judge (recogniser-scenes)
  --captions <n>                   held-out captions (500)
  --samplers <s,s,…>               a column each: strategy, passes, temperature, as in mask-predict-4, parallel,
                                   random-64@1 (mask-predict-4,mask-predict-16)
  --seed <n>                       of the captions' wording and the sampling (0)
  --output <folder>                for paint.json and paint.png (DATA_DIR/evaluations/<model>)
  --data-dir, --checkpoints-dir, --threads

${CAPTION_HELP}
${ANSWER_HELP}`;

/** Scenes behind the Fréchet distance, per caption: enough that the reference adds little noise. */
const REFERENCE_SCENES = 4;

interface Request {
  captions: number;
  samplers: NamedSampler[];
  seed: number;
}

export async function run(args: string[]): Promise<void> {
  const [task, ...rest] = args;
  if (task === 'caption') return evaluateCaption(rest);
  if (isAnswerHead(task)) return evaluateAnswers(task, rest);
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...configFlags,
      model: { type: 'string', default: 'x-lxmert-scenes' },
      generator: { type: 'string' },
      recogniser: { type: 'string', default: 'recogniser-scenes' },
      captions: { type: 'string', default: '500' },
      samplers: { type: 'string', default: 'mask-predict-4,mask-predict-16' },
      seed: { type: 'string', default: '0' },
      output: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help || positionals.join() !== 'paint') {
    if (!values.help) throw new UsageError(HELP);
    process.stdout.write(HELP);
    return;
  }
  const settings = readConfig(process.env, values);
  const request: Request = {
    captions: wholeNumber('--captions', values.captions, 2, 100_000),
    samplers: values.samplers.split(',').map(readSampler),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 31),
  };
  const started = performance.now();
  const find = await findIn([
    settings.checkpointsDir,
    join(settings.dataDir, 'checkpoints'),
    join(settings.dataDir, 'runs'),
  ]);
  const model = find('--model', values.model, 'x-lxmert');
  const judge = find('--recogniser', values.recogniser, 'recogniser');
  const generator = values.generator
    ? find('--generator', values.generator, 'generator')
    : component(model, 'generator', '--generator <checkpoint or run>');
  const encoder = component(model, 'grid_encoder', 'a model trained on scenes');

  const engine = await openEngine(settings.engine, settings.threads);
  const world = await loadWorld(model.manifest.data.name);
  const evaluation = await evaluate(engine, world, { model, judge, generator, encoder }, request);
  const provenance: Provenance = {
    command: ['npm run evaluate --', ...args].join(' '),
    seed: request.seed,
    world: world.name,
    commit: await currentCommit(),
    engine: engine.name,
    checkpoints: Object.fromEntries(
      Object.entries({ model, generator, grid_encoder: encoder, recogniser: judge }).map(
        ([role, { id, revision }]) => [role, { id, revision }],
      ),
    ),
    seconds: (performance.now() - started) / 1000,
  };
  const output = values.output ?? join(settings.dataDir, 'evaluations', model.id);
  await mkdir(output, { recursive: true });
  const results = JSON.stringify(paintResults(evaluation, provenance), null, 2);
  await writeAtomically(join(output, 'paint.json'), `${results}\n`);
  await writeSheet(join(output, 'paint.png'), evaluation);
  process.stdout.write(
    `${paintReport(evaluation, provenance)}- written to ${output}: paint.json, paint.png\n`,
  );
}

/** 'random-64@1': the random strategy, 64 passes, temperature 1. */
function readSampler(name: string): NamedSampler {
  const [, strategy, steps, temperature] = /^([a-z-]+?)(?:-(\d+))?(?:@(\d+(?:\.\d+)?))?$/.exec(name) ?? [];
  const sampler = {
    strategy: strategy as Strategy,
    ...(steps !== undefined && { steps: Number(steps) }),
    ...(temperature !== undefined && { temperature: Number(temperature) }),
  };
  try {
    resolveSampler(sampler, (IMAGE_SIZE / CELL) ** 2, 1);
  } catch (error) {
    if (!(error instanceof SamplerError)) throw error;
    throw new UsageError(`--samplers "${name}": ${error.message}.`);
  }
  return { name, sampler };
}

async function evaluate(
  engine: Engine,
  world: World,
  entries: { model: ZooEntry; judge: ZooEntry; generator: ZooEntry; encoder: ZooEntry },
  request: Request,
): Promise<PaintEvaluation> {
  const recogniser = await loadRecogniser(engine, entries.judge, world);
  const model = await loadModel(engine, entries, world);
  try {
    return await evaluatePainting({
      world,
      model,
      recogniser,
      ...request,
      referenceScenes: REFERENCE_SCENES * request.captions,
      onProgress: showProgress,
    });
  } finally {
    await recogniser.release();
    await model.release();
  }
}

function showProgress(column: string, done: number, total: number): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r\u001b[K${done < total ? `${column} ${done}/${total}` : ''}`);
  else if (done === total) process.stderr.write(`${column}: ${total} pictures\n`);
}

async function loadRecogniser(
  engine: Engine,
  { id, folder, manifest }: ZooEntry,
  world: World,
): Promise<Recogniser> {
  const config = (await readJson(join(folder, CONFIG_FILE))) as RecogniserConfig;
  const weights = await readWeights(folder, manifest);
  checkWeights(weights, recogniserWeightShapes(config), id);
  const knows = [config.objects, config.colours, config.backgrounds];
  const wanted = [world.classes.length, world.colours.length, world.backgrounds.length];
  if (knows.join() !== wanted.join()) {
    throw new UsageError(
      `${id} knows ${knows.join(', ')} classes, colours and backgrounds, but the world ${world.name} has ` +
        `${wanted.join(', ')}: train one with npm run train -- recogniser --dataset ${world.name}`,
    );
  }
  return createRecogniser(engine, config, weights);
}

/** The pipeline of the server, and the way from a real scene to its codes. */
async function loadModel(
  engine: Engine,
  { model, generator, encoder }: { model: ZooEntry; generator: ZooEntry; encoder: ZooEntry },
  world: World,
): Promise<PaintingModel & { release(): Promise<void> }> {
  const checkpoint = await loadPaintCheckpoint({
    folder: model.folder,
    components: { generator: generator.folder },
  });
  const pipeline = await createPaintPipeline(engine, checkpoint);
  if (pipeline.size !== IMAGE_SIZE) {
    throw new UsageError(
      `${generator.id} paints ${pipeline.size} pixels a side, the recogniser sees ${IMAGE_SIZE}.`,
    );
  }
  const codes = await codesOfScenes(engine, encoder, checkpoint, world);
  return {
    sample: pipeline.sample,
    decode: (row) => pipeline.decode(row),
    trueCodes: codes.trueCodes,
    release: async () => {
      await pipeline.release();
      await codes.release();
    },
  };
}

async function codesOfScenes(
  engine: Engine,
  { folder, manifest }: ZooEntry,
  { lxmert }: PaintCheckpoint,
  world: World,
) {
  const extractor = await featureExtractor(
    engine,
    {
      config: await readJson(join(folder, CONFIG_FILE)),
      tensors: { 'model.safetensors': await readWeights(folder, manifest) },
    },
    world,
  );
  const centroids = lxmert.weights['vis_emb.weight']!;
  const search = await engineAssignment(engine, extractor.width, lxmert.config.num_clusters);
  const cells = lxmert.config.grid ** 2;
  const trueCodes: PaintingModel['trueCodes'] = async (scenes) => {
    const features = await extractor.features(scenes);
    const { ids } = await search.assign(features, centroids.data as Float32Array, extractor.width);
    return scenes.map((_, i) => Int32Array.from(ids.slice(i * cells, (i + 1) * cells)));
  };
  const release = async () => {
    await extractor.release();
    await search.release();
  };
  return { trueCodes, release };
}

async function writeSheet(path: string, { captions, columns, pictures }: PaintEvaluation): Promise<void> {
  const rows = pictures[0]!.map((_, i) => ({
    caption: captions[i]!.text,
    images: pictures.map((column) => column[i]!),
  }));
  await writeContactSheet(
    path,
    columns.map(({ name }) => name),
    rows,
    IMAGE_SIZE,
  );
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}
