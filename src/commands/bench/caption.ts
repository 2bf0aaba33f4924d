/** `bench caption`: a caption as it is written by default beside one that is written word by word, in turn. */
import { writeAtomically } from '../../atomic-files.ts';
import type { Config } from '../../config.ts';
import { loadWorld, sceneVocabulary } from '../../datasets/scenes/index.ts';
import { type EngineChoice, forTraining, openEngine } from '../../engines/choose.ts';
import { median } from '../../evaluation/paint-speed.ts';
import { paperSizeModel } from '../../evaluation/paper-size.ts';
import {
  type CaptioningParts,
  type CaptionPipeline,
  createCaptionPipeline,
} from '../../inference/pipelines/caption.ts';
import { createRandom } from '../../random.ts';
import type { TextStrategy } from '../../sampling/text.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { loadCaptionCheckpoint } from '../../zoo/caption-checkpoint.ts';
import { sourceOf } from '../../zoo/discovery.ts';
import { currentCommit } from '../current-commit.ts';
import type { GivenTo } from '../define-command.ts';
import { sceneEncoder } from '../evaluate/scene-encoder.ts';
import { findIn, OF_CODES } from '../find-checkpoint.ts';
import type { benchCaption as description } from './commands.ts';
import { machineText } from './machine.ts';

/** Pictures that are captioned in turn: how many passes a caption takes depends on what is in it. */
const PICTURES = 8;
/** The first run of a session allocates. */
const WARM_UP = 1;

interface Way {
  name: string;
  strategy: TextStrategy;
  /** Of the engine: as it comes, or float32. */
  precision: 'default' | 'float32';
}
const WAYS: readonly Way[] = [
  { name: 'word by word', strategy: 'confidence', precision: 'float32' },
  { name: 'float32', strategy: 'parallel', precision: 'float32' },
  { name: 'the default', strategy: 'parallel', precision: 'default' },
];

interface Measured {
  size: string;
  /** In the order of the ways: medians of a caption. */
  ways: { name: string; ms: number; rows: number }[];
}

export async function captionBench({ flags, config }: GivenTo<typeof description>): Promise<void> {
  const settings = config();
  const measured: Measured[] = [];
  for (const size of flags.only === undefined ? (['demo', 'paper'] as const) : [flags.only]) {
    const given =
      size === 'demo' ? await demoSize(flags.model, settings) : { ...paperSize(), name: "the paper's size" };
    measured.push(await measure(given, settings, flags.runs));
  }
  const about = `Medians of ${flags.runs} captions, in turn; ${machineText()}, code at ${(await currentCommit()).slice(0, 12)}.`;
  const lines = [
    '| | caption | milliseconds | rows through the model | of the time word by word |',
    '|---|---|---:|---:|---:|',
    ...measured.flatMap(({ size, ways }) =>
      ways.map(
        ({ name, ms, rows }) =>
          `| ${size} | ${name} | ${ms.toFixed(0)} | ${rows} | 1/${(ways[0]!.ms / ms).toFixed(1)} |`,
      ),
    ),
    '',
    about,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (flags.output) await writeAtomically(flags.output, `${JSON.stringify({ about, measured }, null, 2)}\n`);
}

interface Given {
  name: string;
  checkpoint: CaptioningParts;
  /** Features of each picture. */
  pictures: readonly Float32Array[];
}

/** A model of the zoo on pictures of its world. */
async function demoSize(model: string, settings: Config): Promise<Given> {
  const entry = (await findIn(settings))('--model', model, ...OF_CODES);
  const checkpoint = await loadCaptionCheckpoint(sourceOf(entry));
  const world = await loadWorld(entry.manifest.data.name);
  const encoding = await sceneEncoder(
    await openEngine(forTraining(settings.engine), settings.threads),
    checkpoint.gridEncoder,
  );
  const pictures: Float32Array[] = [];
  for (let i = 0; i < PICTURES; i++) {
    pictures.push((await encoding.encode(world.render(world.scene('test', i)))).features);
  }
  await encoding.release();
  return { name: entry.id, checkpoint, pictures };
}

function paperSize(): Omit<Given, 'name'> {
  const { lxmert, vocabulary } = paperSizeModel(sceneVocabulary(), 0);
  const { config, weights } = lxmert;
  const random = createRandom('bench caption');
  const pictures = Array.from({ length: PICTURES }, () =>
    Float32Array.from({ length: config.grid ** 2 * config.visual_feat_dim }, () => random.normal()),
  );
  return { checkpoint: { config, weights, vocabulary }, pictures };
}

async function measure(
  { name: size, checkpoint, pictures }: Given,
  { engine, threads }: Config,
  runs: number,
): Promise<Measured> {
  const rows = { count: 0 };
  const open = async (choice: EngineChoice): Promise<CaptionPipeline> =>
    createCaptionPipeline(await openEngine(choice, threads), checkpoint, {
      onPass: (stage, count) => {
        if (stage === 'words') rows.count += count;
      },
    });
  const pipelines = { float32: await open(forTraining(engine)), default: await open(engine) };
  const times: number[][] = WAYS.map(() => []);
  const counts: number[][] = WAYS.map(() => []);
  for (let run = -WARM_UP; run < runs; run++) {
    // Each run sees a picture that it has not seen: what is kept of one is not what is measured.
    const features = pictures[(run + WARM_UP) % pictures.length]!;
    for (const [i, { strategy, precision }] of WAYS.entries()) {
      process.stderr.write(
        `\r${size}: caption ${run + WARM_UP + 1} of ${runs + WARM_UP}, ${WAYS[i]!.name}    `,
      );
      rows.count = 0;
      const sampler = { strategy, ...(strategy === 'confidence' && { steps: 1 }) };
      const start = performance.now();
      await pipelines[precision].caption(
        { features },
        { prefix: 'A', maxTokens: MAX_TEXT_TOKENS, sampler, seed: run + WARM_UP },
      );
      if (run < 0) continue;
      times[i]!.push(performance.now() - start);
      counts[i]!.push(rows.count);
    }
  }
  process.stderr.write('\n');
  await Promise.all(Object.values(pipelines).map((pipeline) => pipeline.release()));
  return {
    size,
    ways: WAYS.map(({ name }, i) => ({ name, ms: median(times[i]!), rows: median(counts[i]!) })),
  };
}
