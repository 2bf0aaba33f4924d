/** A table of the paper on composed scenes. */
import { IMAGE_SIZE, loadWorld, type World } from '../../datasets/scenes/index.ts';
import type { Engine } from '../../engines/engine.ts';
import { frechetDistance } from '../../evaluation/frechet-distance.ts';
import type { WholePicture } from '../../evaluation/inception.ts';
import { type EvaluatedCaption, testCaptions } from '../../evaluation/paint-evaluation.ts';
import { emptyTallies, shareOf, tallyPicture } from '../../evaluation/paint-score.ts';
import { featuresOf, type PictureSet } from '../../evaluation/picture-evaluation.ts';
import type { Measured } from '../../evaluation/table-report.ts';
import { createZoo, type ZooEntry } from '../../zoo/discovery.ts';
import { loadAnswering } from '../answering.ts';
import { component, type Find, OF_CODES, OF_FEATURES } from '../find-checkpoint.ts';
import { answeredShare, openScenes } from './answers.ts';
import { judgeOf, referenceSet } from './images.ts';
import { loadPaintingModel, loadRecogniser, readSampler } from './painting-model.ts';
import { openJudge } from './picture-judge.ts';
import {
  type Asked,
  inceptionOf,
  inceptionScores,
  notesOf,
  OTHERS,
  REFERENCE,
  type TableSource,
  wants,
} from './table-source.ts';

/** Captions painted at a time. */
const CHUNK = 16;
/** Scenes of other captions are others than those painted, and than those of distances. */
const OTHERS_FIRST = 200_000;

const whole = (rgb: Uint8Array): WholePicture => ({ rgb, width: IMAGE_SIZE, height: IMAGE_SIZE });

export async function openScenesTable(
  engine: Engine,
  find: Find,
  dataset: string,
  asked: Asked,
  used: Record<string, ZooEntry>,
): Promise<TableSource> {
  const { roots, prefix, captions: count } = asked;
  const world = await loadWorld(dataset);
  const model = find('--model', asked.model, ...OF_CODES, ...OF_FEATURES);
  const judgeEntry = find(
    '--judge',
    asked.judge ?? (await judgeOf(roots, dataset, undefined)) ?? 'recogniser-scenes',
    ...(['recogniser', ...OF_CODES, 'lxmert', 'uniter'] as const),
  );
  const judge = await openJudge(engine, judgeEntry, dataset);
  const known = (await createZoo(roots).scan()).entries;
  const measures = await sceneMeasures(engine, find, world, asked);
  Object.assign(used, { model, judge: judgeEntry, ...measures.used });
  const captionsOf = new Map<number, EvaluatedCaption[]>();
  const drawn = (seed: number): EvaluatedCaption[] => {
    const known = captionsOf.get(seed) ?? testCaptions(world, count, seed, seed * count);
    captionsOf.set(seed, known);
    return known;
  };
  return {
    captions: async (seed) => drawn(seed).map(({ text }) => text),
    others: async (seed) => testCaptions(world, OTHERS, seed, OTHERS_FIRST).map(({ text }) => text),
    judge,
    notes: measures.notes,
    async painter({ by, sampler: named = 'mask-predict-4' }) {
      if (by === 'original') {
        return {
          id: 'the scenes themselves',
          paint: async (_texts, seed) => drawnSet(drawn(seed).map(({ scene }) => world.render(scene))),
          close: async () => {},
        };
      }
      const name = `${prefix}-${by}`;
      const entry =
        by === 'model' ? model : known.find(({ id, path }) => id === name || path === `${name}/result`);
      if (!entry) {
        measures.notes.push(`There is no ${name}: npm run train -- pretrain --config ${by} --name ${name}.`);
        return undefined;
      }
      used[by] = entry;
      const generator = component(entry, 'generator', 'a model with a generator');
      const sampler = readSampler('sampler', named);
      const painter = await loadPaintingModel(engine, { model: entry, generator }, world, [sampler]);
      return {
        id: entry.id,
        async paint(texts, seed) {
          const pictures: Uint8Array[] = [];
          for (let first = 0; first < texts.length; first += CHUNK) {
            const some = texts.slice(first, first + CHUNK);
            const prompts = some.map((text, i) => ({ text, seed: seed * count + first + i }));
            pictures.push(...(await painter.paint(prompts, sampler.sampler)));
          }
          return drawnSet(pictures);
        },
        close: () => painter.release(),
      };
    },
    look: (pictures, seed) => measures.of(pictures, drawn(seed)),
    async answers(seed, head) {
      const entry = find('--model', `x-lxmert-${head}-scenes`, ...OF_CODES, ...OF_FEATURES);
      used[head] = entry;
      const checkpoint = await loadAnswering('--model', entry, head);
      const opened = await openScenes(engine, dataset, entry, checkpoint, count, seed, 0);
      return answeredShare(engine, head, checkpoint, opened);
    },
    async close() {
      await judge.release();
      await measures.close();
    },
  };
}

const drawnSet = (pictures: readonly Uint8Array[]): PictureSet => {
  // One object each: who looks at a picture twice knows it again.
  const all = pictures.map(whole);
  return { size: all.length, picture: async (i) => all[i]! };
};

/** What is measured of pictures of scenes beside R-precision: by the recogniser, and by Inception where it is there. */
async function sceneMeasures(engine: Engine, find: Find, world: World, { roots, table, settings }: Asked) {
  const entry = find(
    '--recogniser',
    (await judgeOf(roots, world.name, undefined)) ?? 'recogniser-scenes',
    'recogniser',
  );
  const recogniser = await loadRecogniser(engine, entry, world);
  const reference = await referenceSet(world.name, REFERENCE, settings);
  const network = {
    classes: 0,
    width: (await recogniser.recognise([(await reference.picture(0)).rgb])).width,
    async features(pictures: readonly WholePicture[]) {
      const { features } = await recogniser.recognise(pictures.map(({ rgb }) => rgb));
      return { features, probabilities: new Float32Array(0) };
    },
  };
  const measuresDistance = wants(table, 'frechet');
  const statistics = measuresDistance ? (await featuresOf(network, reference)).statistics : undefined;
  const inception = await inceptionOf(engine, find, roots, table);
  const inceptionReference = inception && (await featuresOf(inception, reference)).statistics;
  return {
    used: { recogniser: entry, ...(inception?.entry && { inception: inception.entry }) },
    notes: [
      ...(measuresDistance
        ? ['The Fréchet distance is of the recogniser’s features, not of Inception’s: no FID.']
        : []),
      ...notesOf(table, inception !== undefined),
      ...(wants(table, 'verb', 'hard') && table.figures.length > 0
        ? [
            'Of verbs a recogniser of scenes knows which the world has, not whether the picture shows them: they are the same, whoever paints.',
          ]
        : []),
    ],
    async of(pictures: PictureSet, captions: readonly EvaluatedCaption[]): Promise<Measured> {
      const measured: Measured = {};
      if (statistics)
        measured.frechet = frechetDistance(
          (await featuresOf(network, pictures)).statistics,
          statistics,
        ).distance;
      if (wants(table, 'recall', 'all_of_it')) {
        const tallies = emptyTallies();
        for (const [i, { facts }] of captions.entries()) {
          const { recognitions } = await recogniser.recognise([(await pictures.picture(i)).rgb]);
          tallyPicture(world, facts, recognitions[0]!, tallies);
        }
        measured.recall = shareOf(tallies.object_recall)!;
        measured.all_of_it = shareOf(tallies.all_of_it)!;
      }
      return {
        ...measured,
        ...(inception && (await inceptionScores(inception, pictures, inceptionReference))),
      };
    },
    async close() {
      await recogniser.release();
      await inception?.release();
    },
  };
}
