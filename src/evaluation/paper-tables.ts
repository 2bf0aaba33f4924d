/**
 * The tables of the paper's section 7 and appendix E, with what is measured here beside each row.
 *
 * Figures are the paper's, on MS COCO; null where it has none, or where the text that was at hand does not give it. IS
 * and FID of the specialised generators are those of their own publications, as the paper says.
 */
import type { PretrainingConfigName } from '../models/compared-configs.ts';

/** What is measured of pictures, or of a model that answers. */
export const MEASURES = {
  is: 'IS ↑',
  fid: 'FID ↓',
  frechet: 'Fréchet distance ↓',
  recall: 'object recall ↑',
  all_of_it: 'all of it ↑',
  easy: 'R-prec easy ↑',
  hard: 'R-prec hard ↑',
  noun: 'noun ↑',
  verb: 'verb ↑',
  color: 'color ↑',
  number: 'number ↑',
  filled: 'words filled in ↑',
  filled_noun: 'noun filled in ↑',
  filled_verb: 'verb filled in ↑',
  filled_color: 'color filled in ↑',
  vqa: 'VQA ↑',
  gqa: 'GQA ↑',
  nlvr2: 'NLVR2 ↑',
} as const;
export type Measure = keyof typeof MEASURES;

/** Whose pictures a row is about here. */
export interface Painted {
  /** The captions' own pictures, the model that is evaluated, or one of those that the paper compares. */
  by: 'original' | 'model' | PretrainingConfigName;
  /** As `evaluate paint --samplers` names them (mask-predict-4). */
  sampler?: string;
}

interface PaperRow {
  name: string;
  /** In the order of the table's `figures`. */
  paper: readonly (number | null)[];
  /** Left out: nothing of the kind is here. */
  ours?: Painted;
}

/** Held-out captions with each seed, so that a table takes minutes. */
export const CAPTIONS = 50;

export interface PaperTable {
  title: string;
  figures: readonly string[];
  measures: readonly Measure[];
  rows: readonly PaperRow[];
  /** Held-out captions with each seed, where the others' {@link CAPTIONS} would take too long. */
  captions?: number;
  /** Place of the paper's figure by which its rows are ordered, the least first, and ours. */
  order?: { figure: number; by: Measure };
}

const sampled = (sampler: string): Painted => ({ by: 'model', sampler });

/** Of Table 1's figures. */
const NONE: readonly null[] = new Array(13).fill(null);

/** What tables 2 and 3 have in common. */
const COMPARED = {
  figures: ['IS ↑', 'FID ↓'],
  measures: ['is', 'fid', 'frechet', 'recall', 'all_of_it', 'easy', 'hard'],
  order: { figure: 1, by: 'frechet' },
} as const;

export const PAPER_TABLES = {
  1: {
    title: 'image generation, question answering and reasoning',
    figures: [
      ...['IS ↑', 'FID ↓', 'R-prec easy ↑', 'R-prec hard ↑', 'HUMMUS ↑', 'semantics', 'fidelity'],
      ...['VQA test-dev', 'VQA test-std', 'GQA test-dev', 'GQA test-std', 'NLVR2 dev', 'NLVR2 test-P'],
    ],
    measures: ['is', 'fid', 'frechet', 'easy', 'hard', 'filled', 'vqa', 'gqa', 'nlvr2'],
    rows: [
      {
        name: 'Original image',
        paper: [...[null, null, 89.6, 47.6, 0.73], ...NONE.slice(5)],
        ours: { by: 'original' },
      },
      { name: 'StackGAN', paper: [8.5, ...NONE.slice(1)] },
      { name: 'PPGN', paper: [9.6, ...NONE.slice(1)] },
      { name: 'AttnGAN', paper: [25.9, ...NONE.slice(1)] },
      { name: 'ControlGAN', paper: NONE },
      { name: 'DM-GAN', paper: [...[null, 32.6, 51.8, 27.5, 0.49, 37.0, 35.9], ...NONE.slice(7)] },
      {
        name: 'X-LXMERT',
        paper: [22.7, 37.4, 40.8, 25.1, 0.49, 52.0, 50.0, 68.6, 68.7, null, 58.4, null, 72.4],
        ours: { by: 'model' },
      },
      {
        name: 'LXMERT* + Grid',
        paper: [1.6, 316.7, 0.5, 6.6, 0.27, null, null, null, 71.2, null, 60.1, null, null],
        ours: { by: 'lxmert-grid' },
      },
      { name: 'LXMERT', paper: [...NONE.slice(0, 7), ...[72.4, 72.5, null, 60.3, 74.9, 74.5]] },
      {
        name: 'LXMERT* (the paper’s own training)',
        paper: [...NONE.slice(0, 7), ...[70.9, 71.1, null, 59.9, 74.9, 75.0]],
      },
    ],
  },
  2: {
    title: 'adding image generation to LXMERT and UNITER',
    ...COMPARED,
    rows: [
      { name: 'UNITER + Grid', paper: [2.4, 253.5], ours: { by: 'uniter-grid' } },
      { name: 'X-UNITER', paper: [20.1, 51.4], ours: { by: 'x-uniter' } },
      { name: 'LXMERT + Grid', paper: [1.6, 316.7], ours: { by: 'lxmert-grid' } },
      { name: 'X-LXMERT', paper: [22.7, 37.4], ours: { by: 'x-lxmert' } },
    ],
  },
  3: {
    title: 'ablation of the three refinements',
    ...COMPARED,
    rows: [
      { name: 'LXMERT + Grid', paper: [1.6, 316.7], ours: { by: 'lxmert-grid' } },
      { name: 'X-LXMERT', paper: [22.7, 37.4], ours: { by: 'x-lxmert' } },
      { name: 'w/o discrete visual representations', paper: [1.5, 304.4], ours: { by: 'without-discrete' } },
      { name: 'w/o uniform masking', paper: [2.1, 227.9], ours: { by: 'without-uniform-masking' } },
      { name: 'w/o updating pre-training data', paper: [21.6, 46.1], ours: { by: 'without-updated-data' } },
    ],
  },
  4: {
    title: 'image quality across sampling strategies',
    figures: [
      'IS ↑',
      'FID ↓',
      'R-prec easy ↑',
      'R-prec hard ↑',
      'HUMMUS noun ↑',
      'verb ↑',
      'color ↑',
      'avg. ↑',
    ],
    measures: [
      ...(['is', 'fid', 'frechet', 'all_of_it', 'easy', 'hard'] as const),
      ...(['filled_noun', 'filled_verb', 'filled_color', 'filled'] as const),
    ],
    rows: [
      {
        name: 'Mask-Predict-4',
        paper: [22.7, 37.4, 40.8, 25.1, 0.55, 0.42, 0.5, 0.49],
        ours: sampled('mask-predict-4'),
      },
      { name: 'TL→BR', paper: [19.8, 48.5, 26.9, 18.9, 0.45, 0.42, 0.41, 0.43], ours: sampled('top-left') },
      { name: 'Random', paper: [22.6, 35.9, 39.5, 24.7, 0.52, 0.42, 0.51, 0.48], ours: sampled('random') },
      {
        name: 'Mask-Predict-1',
        paper: [19.5, 51.4, 36.8, 21.4, 0.48, 0.4, 0.54, 0.47],
        ours: sampled('parallel'),
      },
    ],
  },
  6: {
    title: 'R-precision-hard by category',
    // All its samplers together take 410 passes for each.
    captions: 30,
    figures: ['R-prec hard ↑', 'noun ↑', 'verb ↑', 'color ↑', 'number ↑'],
    measures: ['hard', 'noun', 'verb', 'color', 'number'],
    rows: [
      { name: 'Original image', paper: [47.6, 80.4, 25.3, 53.4, 31.4], ours: { by: 'original' } },
      { name: 'DM-GAN', paper: [27.5, 48.9, 9.5, 35.8, 15.7] },
      { name: 'LXMERT', paper: [6.6, 5.6, 1.7, 10.2, 8.7], ours: { by: 'lxmert-grid' } },
      { name: 'X-LXMERT', paper: [25.1, 41.4, 9.8, 30.7, 18.5], ours: { by: 'model' } },
      { name: 'TL→BR', paper: [18.9, 31.6, 7.3, 21.0, 15.5], ours: sampled('top-left') },
      { name: 'Random', paper: [24.7, 41.2, 10.1, 28.8, 18.7], ours: sampled('random') },
      { name: 'Random-200', paper: [23.3, 41.2, 10.1, 26.5, 16.5], ours: sampled('random-200') },
      { name: 'Easy-First', paper: [22.0, 35.6, 8.1, 25.3, 18.9], ours: sampled('easy-first') },
      { name: 'Mask-Predict-1', paper: [21.4, 35.2, 7.7, 29.8, 12.7], ours: sampled('parallel') },
      { name: 'Mask-Predict-4', paper: [25.1, 41.4, 9.8, 30.7, 18.5], ours: sampled('mask-predict-4') },
      { name: 'Mask-Predict-10', paper: [22.6, 37.3, 10.0, 26.1, 16.9], ours: sampled('mask-predict-10') },
    ],
  },
  7: {
    title: 'semantics with HUMMUS',
    figures: ['HUMMUS ↑', 'noun ↑', 'verb ↑', 'color ↑'],
    measures: ['filled', 'filled_noun', 'filled_verb', 'filled_color'],
    rows: [
      { name: 'Original image', paper: [0.73, 0.79, 0.52, 0.89], ours: { by: 'original' } },
      { name: 'DM-GAN', paper: [0.49, 0.42, 0.45, 0.6] },
      { name: 'LXMERT', paper: [0.27, 0.16, 0.43, 0.21], ours: { by: 'lxmert-grid' } },
      { name: 'X-LXMERT', paper: [0.49, 0.55, 0.42, 0.5], ours: { by: 'model' } },
      { name: 'TL→BR', paper: [0.43, 0.45, 0.42, 0.41], ours: sampled('top-left') },
      { name: 'Random', paper: [0.48, 0.52, 0.42, 0.51], ours: sampled('random') },
      { name: 'Mask-Predict-1', paper: [0.47, 0.48, 0.4, 0.54], ours: sampled('parallel') },
    ],
  },
} as const satisfies Record<number, PaperTable>;
export type TableNumber = keyof typeof PAPER_TABLES;
