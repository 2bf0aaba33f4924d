/**
 * The models that the paper compares, trained here on scenes, beside its own figures of image generation: Table 2
 * (the refinements on two backbones) and Table 3 (one refinement taken away), on MS COCO.
 *
 * Not the same numbers: the paper's are of Inception v3 on photographs, ours of the recogniser on scenes. What can be
 * compared is the order of the rows, and which are far apart.
 */
import { madeByLines } from './made-by.ts';
import type { EvaluatedColumn, PaintEvaluation } from './paint-evaluation.ts';
import { aboutWorld, type Provenance, paintResults } from './paint-report.ts';
import { shareOf } from './paint-score.ts';

/** Inception score (more is better) and Fréchet inception distance (less is better), by the name of the config. */
export const PAPER: Readonly<Record<string, { is: number; fid: number }>> = {
  'x-lxmert': { is: 22.7, fid: 37.4 },
  'lxmert-grid': { is: 1.6, fid: 316.7 },
  'x-uniter': { is: 20.1, fid: 51.4 },
  'uniter-grid': { is: 2.4, fid: 253.5 },
  'without-discrete': { is: 1.5, fid: 304.4 },
  'without-uniform-masking': { is: 2.1, fid: 227.9 },
  'without-updated-data': { is: 21.6, fid: 46.1 },
};

export interface ConfigRow {
  /** A name in PAPER, which is also the name of its column; nothing was painted where there is no such column. */
  config: string;
  description: string;
  /** Training examples, its base models' included; undefined when it has not been trained. */
  budget: number | undefined;
}

/** How all of them were painted. */
export interface ConfigPainting {
  sampler: string;
  /** Does the generator look codes up, so that features are drawn to the vocabulary before they are painted? */
  quantises: boolean;
}

const HEADINGS = [
  ...[
    '',
    "paper's IS ↑",
    "paper's FID ↓",
    'Fréchet distance ↓',
    'object recall ↑',
    'colour ↑',
    'background ↑',
  ],
  ...['all of it ↑', 'objects nobody asked for ↓', 'training examples'],
];

export function configReport(
  { captions, columns }: PaintEvaluation,
  rows: readonly ConfigRow[],
  { sampler, quantises }: ConfigPainting,
  provenance: Provenance,
): string {
  const ours = ({ all, frechetDistance }: EvaluatedColumn): string[] => [
    frechetDistance.toFixed(2),
    ...(['object_recall', 'colour', 'background', 'all_of_it'] as const).map((measure) => {
      const share = shareOf(all[measure]);
      return share === null ? '–' : share.toFixed(3);
    }),
    (shareOf(all.unasked) ?? 0).toFixed(2),
  ];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const trained = rows.flatMap((row) => {
    const column = columns.find(({ name }) => name === row.config);
    return column ? [{ row, column }] : [];
  });
  /** Equals are told as such: a list would look like an order. */
  const order = (of: (one: (typeof trained)[number]) => number): string => {
    const sorted = [...trained].sort((a, b) => of(a) - of(b));
    return sorted
      .map((one, i) => {
        const previous = sorted[i - 1];
        const link = previous === undefined ? '' : of(previous) === of(one) ? ' = ' : ', ';
        return `${link}${one.row.config}`;
      })
      .join('');
  };
  const budgets = new Set(trained.map(({ row }) => row.budget));
  return [
    `## Image generation (${sampler}) on ${captions.length} held-out captions, beside the paper's Tables 2 and 3`,
    '',
    line(HEADINGS),
    `|---|${'---:|'.repeat(HEADINGS.length - 1)}`,
    ...rows.map(({ config, description, budget }) => {
      const { is, fid } = PAPER[config]!;
      const column = columns.find(({ name }) => name === config);
      const cells = column ? [...ours(column), String(budget)] : new Array<string>(7).fill('–');
      return line([description, is.toFixed(1), fid.toFixed(1), ...cells]);
    }),
    ...columns
      .filter(({ name }) => !(name in PAPER))
      .map((column) => line([`*${column.name}*`, '–', '–', ...ours(column), '–'])),
    '',
    'Best first:',
    '',
    `- by the paper's FID: ${order(({ row }) => PAPER[row.config]!.fid)}`,
    `- by Fréchet distance: ${order(({ column }) => column.frechetDistance)}`,
    `- by object recall: ${order(({ column }) => -(shareOf(column.all.object_recall) ?? 0))}`,
    '',
    ...(quantises
      ? [
          '**The generator paints the patch of the nearest code, and so quantises regressed features: rows without ' +
            'codes look better than they would to the paper. Use one of `--architecture spade`.**',
          '',
        ]
      : []),
    ...(budgets.size > 1 ? ['**The budgets differ: this is no comparison of equals.**', ''] : []),
    ...madeByLines(aboutWorld(provenance), provenance),
  ].join('\n');
}

/** The same for programs: what `paintResults` gives, with `configs: { x-lxmert: { paper, budget }, … }`. */
export function configResults(
  evaluation: PaintEvaluation,
  rows: readonly ConfigRow[],
  painting: ConfigPainting,
  provenance: Provenance,
): Record<string, unknown> {
  return {
    ...paintResults(evaluation, provenance),
    ...painting,
    configs: Object.fromEntries(
      rows.map(({ config, budget }) => [config, { paper: PAPER[config], budget: budget ?? null }]),
    ),
  };
}
