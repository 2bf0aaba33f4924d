/** `evaluate precision …`: what products of integers cost a model in quality: its evaluations in float32 and in int8. */
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import type { Config } from '../../config.ts';
import type { DirectoryDataset } from '../../datasets/directory/index.ts';
import { loadWorld } from '../../datasets/scenes/index.ts';
import { openEngine } from '../../engines/choose.ts';
import type { Engine } from '../../engines/engine.ts';
import { evaluateCaptioning } from '../../evaluation/caption-evaluation.ts';
import { evaluateCaptionsOnDirectory } from '../../evaluation/directory-captions.ts';
import { madeByLines } from '../../evaluation/made-by.ts';
import { columnsOf, evaluatePainting } from '../../evaluation/paint-evaluation.ts';
import { shareOf } from '../../evaluation/paint-score.ts';
import { createCaptionPipeline } from '../../inference/pipelines/caption.ts';
import { makeFolder } from '../../make-folder.ts';
import { textSamplerFor } from '../../sampling/text.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { loadCaptionCheckpoint } from '../../zoo/caption-checkpoint.ts';
import { sourceOf, type ZooEntry } from '../../zoo/discovery.ts';
import type { Task } from '../../zoo/manifest.ts';
import { loadAnswering } from '../answering.ts';
import type { GivenTo } from '../define-command.ts';
import { directoryEncoder } from '../directory-encoder.ts';
import { component, findIn, OF_CODES } from '../find-checkpoint.ts';
import { provenanceOf } from '../provenance.ts';
import { showProgress } from '../show-progress.ts';
import { answeredShare, openDirectory, openScenes } from './answers.ts';
import { captioningModel } from './caption.ts';
import type { evaluatePrecision as description } from './commands.ts';
import { findDataset, pattern } from './dataset.ts';
import { loadPaintingModel, loadRecogniser, REFERENCE_SCENES, readSampler } from './painting-model.ts';

/** Measure → share that is right, or what else says how good it is, in hundredths. */
type Measures = Record<string, number | undefined>;
const COMPARED = ['float32', 'int8'] as const;

/** What each precision is measured on. */
interface Asked {
  model: ZooEntry;
  /** Of a world of scenes, or else of the folder. */
  dataset: string;
  directory: DirectoryDataset | undefined;
  /** Held-out scenes, or pictures of the folder. */
  scenes: number;
  seed: number;
  pictures: RegExp | undefined;
  /** The judge of what is painted; never of integers. */
  judge: { recogniser(): ZooEntry; engine: Engine };
}

export async function precisionEvaluation({
  flags: values,
  line,
  config,
}: GivenTo<typeof description>): Promise<void> {
  const settings = config();
  const started = performance.now();
  const find = await findIn(settings);
  const model = find('--model', values.model, ...OF_CODES);
  const { name: dataset, directory } = await findDataset(
    values.dataset ?? model.manifest.data.name,
    settings.dataDir,
  );
  const engines: Engine[] = [];
  for (const precision of COMPARED) engines.push(await openEngine(onCpu(precision), settings.threads));
  const asked: Asked = {
    ...{ model, dataset, directory, scenes: values.scenes, seed: values.seed },
    pictures: values.pictures === undefined ? undefined : pattern(values.pictures),
    judge: {
      recogniser: () => find('--recogniser', values.recogniser, 'recogniser'),
      engine: engines[0]!,
    },
  };
  const results: { precision: string; measures: Measures }[] = [];
  for (const [i, precision] of COMPARED.entries()) {
    process.stderr.write(`${precision}\n`);
    results.push({ precision, measures: await measure(engines[i]!, asked) });
  }
  const [float32, int8] = results.map(({ measures }) => measures) as [Measures, Measures];
  const provenance = await provenanceOf(line, engines[1]!, started, { model });
  const output = values.output ?? join(settings.dataDir, 'evaluations', model.id);
  makeFolder(output, '--output');
  await writeAtomically(
    join(output, 'precision.json'),
    `${JSON.stringify({ ...provenance, scenes: values.scenes, seed: values.seed, float32, int8 }, null, 2)}\n`,
  );
  const format = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(1));
  const lines = [
    `## ${model.id}: ${values.scenes} held-out pictures`,
    '',
    '| hundredths | float32 | int8 | gained |',
    '|---|---:|---:|---:|',
    ...Object.entries(float32).map(([name, value]) => {
      const other = int8[name];
      const gained = value === undefined || other === undefined ? undefined : other - value;
      return `| ${name} | ${format(value)} | ${format(other)} | ${format(gained)} |`;
    }),
    '',
    ...madeByLines(undefined, provenance),
  ];
  process.stdout.write(`${lines.join('\n')}- written to ${output}: precision.json\n`);
}

const onCpu = (precision: (typeof COMPARED)[number]): Config['engine'] => ({
  engine: 'onnxruntime',
  device: 'cpu',
  precision,
});

async function measure(engine: Engine, asked: Asked): Promise<Measures> {
  const { tasks } = asked.model.manifest;
  const measures: Measures = {};
  for (const task of tasks) Object.assign(measures, await MEASURING[task](engine, asked));
  return measures;
}

const hundredths = (share: number | null | undefined): number | undefined =>
  share === null || share === undefined ? undefined : 100 * share;

const MEASURING: Record<Task, (engine: Engine, asked: Asked) => Promise<Measures>> = {
  paint: painting,
  caption: captioning,
  vqa: (engine, asked) => answering('vqa', engine, asked),
  nlvr2: (engine, asked) => answering('nlvr2', engine, asked),
};

async function painting(
  engine: Engine,
  { model, dataset, directory, scenes, seed, judge }: Asked,
): Promise<Measures> {
  // What of a photograph is painted, nobody here judges.
  if (directory) return {};
  const world = await loadWorld(dataset);
  const samplers = [readSampler('--samplers', 'mask-predict-4')];
  const generator = component(model, 'generator', 'a model that has one');
  const painter = await loadPaintingModel(engine, { model, generator }, world, samplers);
  const recogniser = await loadRecogniser(judge.engine, judge.recogniser(), world);
  try {
    const { columns } = await evaluatePainting({
      ...{ world, recogniser, captions: scenes, seed },
      columns: columnsOf(async () => painter, samplers, seed).painted,
      referenceScenes: REFERENCE_SCENES * scenes,
      onProgress: (column, done, total) => showProgress(column, done, total, 'pictures'),
    });
    const { all } = columns.find(({ name }) => name === samplers[0]!.name)!;
    return {
      'painted: object recall': hundredths(shareOf(all.object_recall)),
      'painted: all of it': hundredths(shareOf(all.all_of_it)),
    };
  } finally {
    await recogniser.release();
    await painter.release();
  }
}

const sampling = () => ({ sampler: textSamplerFor({}, 1), prefix: 'A', maxTokens: MAX_TEXT_TOKENS });

async function captioning(engine: Engine, asked: Asked): Promise<Measures> {
  const { model, dataset, directory, scenes, seed, pictures } = asked;
  const onProgress = (done: number, total: number) => showProgress('captions', done, total, 'pictures');
  if (!directory) {
    const world = await loadWorld(dataset);
    const { caption, release } = await captioningModel(engine, model, sampling());
    try {
      const { columns } = await evaluateCaptioning({ world, caption, scenes, best: 1, seed, onProgress });
      const { allTrue, complete } = columns[1]!.all;
      return {
        'captions: every claim true': hundredths(shareOf(allTrue)),
        'captions: and nothing left out': hundredths(shareOf(complete)),
      };
    } finally {
      await release();
    }
  }
  const checkpoint = await loadCaptionCheckpoint(sourceOf(model));
  const encoding = await directoryEncoder(engine, directory, model, checkpoint);
  const pipeline = await createCaptionPipeline(engine, checkpoint);
  try {
    const { columns } = await evaluateCaptionsOnDirectory({
      ...{ directory, seed, best: 1, references: 5, pictures: scenes, onProgress },
      ...(pictures && { named: pictures }),
      encode: encoding.encode,
      caption: (features, one) => pipeline.caption({ features }, { ...sampling(), seed: one }),
    });
    const { bleu, rougeL, ciderD } = columns.find(({ name }) => name === 'the model’s')!.scores;
    return {
      'captions: BLEU-4': hundredths(bleu[3]),
      'captions: ROUGE-L': hundredths(rougeL),
      'captions: CIDEr-D': hundredths(ciderD),
    };
  } finally {
    await encoding.close();
    await pipeline.release();
  }
}

async function answering(
  head: 'vqa' | 'nlvr2',
  engine: Engine,
  { model, dataset, directory, scenes, seed }: Asked,
): Promise<Measures> {
  const checkpoint = await loadAnswering('--model', model, head);
  const opened = directory
    ? await openDirectory(engine, directory, model, checkpoint, undefined, scenes)
    : await openScenes(engine, dataset, model, checkpoint, scenes, seed);
  const share = await answeredShare(engine, head, checkpoint, opened);
  return { [head === 'vqa' ? 'questions right' : 'statements right']: hundredths(share) };
}
