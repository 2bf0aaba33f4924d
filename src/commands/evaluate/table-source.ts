/** What a table of the paper is measured on: captions, and who paints, answers and judges. */
import type { Config } from '../../config.ts';
import type { Engine } from '../../engines/engine.ts';
import { frechetDistance } from '../../evaluation/frechet-distance.ts';
import { inceptionScore } from '../../evaluation/inception-score.ts';
import type { Measure, Painted, PaperTable, TableNumber } from '../../evaluation/paper-tables.ts';
import { featuresOf, type PictureSet } from '../../evaluation/picture-evaluation.ts';
import type { Measured } from '../../evaluation/table-report.ts';
import type { ANSWER_HEADS } from '../../models/finetuning-choices.ts';
import { createZoo } from '../../zoo/discovery.ts';
import type { Find } from '../find-checkpoint.ts';
import { openNetwork } from './images.ts';
import type { PictureJudge } from './picture-judge.ts';

/** Real pictures that distances are measured from; none of them has a caption here. */
export const REFERENCE = 600;
const SPLITS = 10;

/** Captions of other pictures in R-precision-easy, as in the paper. */
export const NEGATIVES = 99;
/** So many captions to draw them from, more than enough where some are alike. */
export const OTHERS = 3 * NEGATIVES;

/** What `evaluate table` was asked for. */
export interface Asked {
  table: PaperTable;
  number: TableNumber;
  captions: number;
  seeds: number;
  prefix: string;
  model: string;
  judge: string | undefined;
  settings: Config;
  roots: string[];
  output: string;
}

/** What a table is measured on: captions by seed, and who paints and judges. */
export interface TableSource {
  /** Captions of a seed; as many as there are, at most. */
  captions(seed: number): Promise<readonly string[]>;
  /** Captions that those of a seed stand among in R-precision-easy: theirs and others, or others alone. */
  others(seed: number): Promise<readonly string[]>;
  /** Whose pictures a row shows. Undefined: nobody here. */
  painter(ours: Painted): Promise<Painter | undefined>;
  judge: PictureJudge | undefined;
  /** What else is measured of the pictures of a seed. */
  look?(pictures: PictureSet, seed: number): Promise<Measured>;
  /** Share of right answers, for the model's own row. */
  answers?(seed: number, head: (typeof ANSWER_HEADS)[number]): Promise<number | undefined>;
  notes: string[];
  close(): Promise<void>;
}

export interface Painter {
  id: string;
  paint(texts: readonly string[], seed: number): Promise<PictureSet>;
  close(): Promise<void>;
}

export const wants = (table: PaperTable, ...measures: Measure[]) =>
  measures.some((one) => table.measures.includes(one));

export type Inception = Awaited<ReturnType<typeof openNetwork>>;

/** @returns undefined where its weights were not imported, or no column wants them */
export async function inceptionOf(
  engine: Engine,
  find: Find,
  roots: readonly string[],
  table: PaperTable,
): Promise<Inception | undefined> {
  if (!wants(table, 'is', 'fid')) return undefined;
  const { entries } = await createZoo(roots).scan();
  const there = entries.find(({ manifest }) => manifest.architecture === 'inception');
  return there && openNetwork(engine, find, roots, there.id, undefined, 'pytorch-fid');
}

export async function inceptionScores(
  network: Inception,
  pictures: PictureSet,
  reference: Parameters<typeof frechetDistance>[1] | undefined,
): Promise<Measured> {
  const looked = await featuresOf(network, pictures);
  return {
    ...(pictures.size >= SPLITS && {
      is: inceptionScore(looked.probabilities, network.classes, SPLITS).mean,
    }),
    ...(reference && { fid: frechetDistance(looked.statistics, reference).distance }),
  };
}

/** What the columns are not, or lack. */
export function notesOf(table: PaperTable, inception: boolean): string[] {
  const notes: string[] = [];
  if (wants(table, 'is', 'fid') && !inception)
    notes.push('IS and FID want Inception’s weights, which npm run import brings in (docs/training.md).');
  if (wants(table, 'filled', 'filled_noun'))
    notes.push(
      'Words are filled in by the judge, from all of the category; people are asked by POST /v1/studies (HUMMUS).',
    );
  return notes;
}
