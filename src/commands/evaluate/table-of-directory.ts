/** A table of the paper on a data set of one's own. */
import { type DirectoryDataset, indexPictures } from '../../datasets/directory/index.ts';
import type { Engine } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import { frechetDistance } from '../../evaluation/frechet-distance.ts';
import { featuresOf, type PictureSet } from '../../evaluation/picture-evaluation.ts';
import { createZoo, type ZooEntry } from '../../zoo/discovery.ts';
import { loadAnswering } from '../answering.ts';
import { type Find, OF_CODES, OF_FEATURES } from '../find-checkpoint.ts';
import { answeredShare, openDirectory } from './answers.ts';
import { openDataset } from './dataset.ts';
import {
  DISTANCE_ENCODER,
  fileSet,
  judgeOf,
  openNetwork,
  paintedSet,
  readCaptions,
  referenceSet,
} from './images.ts';
import { readSampler } from './painting-model.ts';
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

/** A data set of one's own: its pictures, the models that paint such pictures, and a judge that was trained apart. */
export async function openDirectoryTable(
  engine: Engine,
  find: Find,
  dataset: string,
  asked: Asked,
  used: Record<string, ZooEntry>,
): Promise<TableSource> {
  const { roots, settings, prefix, table, captions: count } = asked;
  const directory = await openDataset(dataset, settings.dataDir);
  if (!directory) throw new UsageError(`--dataset: there is no data set "${dataset}".`);
  const { entries } = await createZoo(roots).scan();
  const own = entries.filter(({ manifest }) => manifest.data.name === dataset);
  const judgeName = asked.judge ?? (await judgeOf(roots, undefined, dataset));
  const judgeEntry =
    judgeName === undefined ? undefined : find('--judge', judgeName, ...OF_CODES, ...OF_FEATURES);
  if (judgeEntry) used[`judge of ${dataset}`] = judgeEntry;
  const judge = judgeEntry && (await openJudge(engine, judgeEntry, undefined));
  const inception = await inceptionOf(engine, find, roots, table);
  const measuresDistance = wants(table, 'frechet');
  const encoder =
    measuresDistance && entries.some(({ id }) => id === DISTANCE_ENCODER)
      ? await openNetwork(engine, find, roots, undefined, DISTANCE_ENCODER, 'pytorch-fid')
      : undefined;
  const real = inception || encoder ? await referenceSet(dataset, REFERENCE, settings) : undefined;
  const reference = inception && real && (await featuresOf(inception, real)).statistics;
  const encoderReference = encoder && real && (await featuresOf(encoder, real)).statistics;
  const painters = own.filter(
    ({ manifest: { tasks, components } }) => tasks.includes('paint') || components?.generator,
  );
  const notes = notesOf(table, inception !== undefined);
  if (encoder)
    notes.push(`The Fréchet distance is of ${encoder.name}’s features, not of Inception’s: no FID.`);
  else if (measuresDistance)
    notes.push(`The Fréchet distance is left out: it wants the checkpoint ${DISTANCE_ENCODER}.`);
  if (!judge) notes.push(`No judge of ${dataset} is there: train one (docs/training.md) and give --judge.`);
  if (painters.length === 0) notes.push(`No model here paints ${dataset}: rows of models are empty.`);
  const captionsOf = new Map<number, ReturnType<typeof readCaptions>>();
  const named = (seed: number) => {
    const known = captionsOf.get(seed) ?? readCaptions(dataset, Math.max(count, OTHERS), seed, settings);
    captionsOf.set(seed, known);
    return known;
  };
  return {
    judge,
    notes,
    captions: async (seed) => (await named(seed)).texts.slice(0, count),
    others: async (seed) => (await named(seed)).texts,
    async painter({ by, sampler = 'mask-predict-4' }) {
      if (by === 'original') {
        return {
          id: 'the pictures themselves',
          async paint(_texts, seed) {
            const { byName } = await named(seed);
            return directorySet(directory, [...byName!.keys()].slice(0, count));
          },
          close: async () => {},
        };
      }
      const names = [`${prefix}-${dataset}-${by}`, `${prefix}-${by}`];
      const entry = painters.find(({ id, path }) =>
        by === 'model'
          ? !id.startsWith(`${prefix}-`)
          : names.some((name) => id === name || path === `${name}/result`),
      );
      if (!entry) return undefined;
      used[`${by} of ${dataset}`] = entry;
      const sets: { release(): Promise<void> }[] = [];
      return {
        id: entry.id,
        async paint(texts, seed) {
          const set = await paintedSet(engine, entry, texts, readSampler('sampler', sampler), seed * count);
          sets.push(set);
          return set;
        },
        close: async () => void (await Promise.all(sets.map((set) => set.release()))),
      };
    },
    async look(pictures: PictureSet) {
      return {
        ...(encoder &&
          encoderReference && {
            frechet: frechetDistance((await featuresOf(encoder, pictures)).statistics, encoderReference)
              .distance,
          }),
        ...(inception && (await inceptionScores(inception, pictures, reference))),
      };
    },
    async answers(seed, head) {
      // What is asked of a data set is written down: one seed is enough.
      const entry = seed === 0 ? own.find(({ id }) => id.startsWith(`x-lxmert-${head}-`)) : undefined;
      if (!entry) return undefined;
      used[`${head} of ${dataset}`] = entry;
      const checkpoint = await loadAnswering('--model', entry, head);
      const opened = await openDirectory(engine, directory, entry, checkpoint, undefined, count);
      return answeredShare(engine, head, checkpoint, opened);
    },
    async close() {
      await judge?.release();
      await encoder?.release();
      await inception?.release();
    },
  };
}

async function directorySet(
  { name, folder }: DirectoryDataset,
  names: readonly string[],
): Promise<PictureSet> {
  const { kind, files } = await indexPictures(folder);
  if (kind !== 'images') throw new UsageError(`--dataset: ${name} holds features and no pictures.`);
  return fileSet(
    folder,
    names.map((one) => files.get(one)!),
  );
}
