/** A table of the paper beside what is measured here, as people and programs read it. */
import { type Interval, overSeeds } from './over-seeds.ts';
import { MEASURES, type Measure, type PaperTable } from './paper-tables.ts';

/** What one row measured with one seed; what does not apply is left out. */
export type Measured = Partial<Record<Measure, number>>;

export interface TableWorld {
  /** The world of scenes, or the data set. */
  name: string;
  captions: number;
  seeds: number;
  /** A row of the table (its place) → what each seed measured. Rows without are not here. */
  rows: ReadonlyMap<number, readonly Measured[]>;
  /** Row → whose pictures they are, `x-lxmert-scenes`. */
  painters: ReadonlyMap<number, string>;
  notes: readonly string[];
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export function tableReport(
  number: number,
  table: PaperTable,
  { name, captions, seeds, rows, painters, notes }: TableWorld,
): string {
  const measures = measuresOf(table, rows);
  const headings = [
    `paper's Table ${number}`,
    ...table.figures.map((figure) => `paper: ${figure}`),
    ...measures.map((measure) => `here: ${MEASURES[measure]}`),
  ];
  return [
    `## Table ${number}: ${table.title}, on ${name}`,
    '',
    line(headings),
    `|---|${'---:|'.repeat(headings.length - 1)}`,
    ...table.rows.map(({ name: row, paper }, place) =>
      line([
        row,
        ...paper.map((figure) => (figure === null ? '–' : String(figure))),
        ...measures.map((measure) => shown(intervalOf(rows.get(place), measure), measure)),
      ]),
    ),
    '',
    `${captions} captions with each of ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}` +
      `${seeds > 1 ? '; ± is the interval of 95 % over them' : ''}. The paper's figures are of MS COCO.`,
    ...orderLines(table, rows),
    ...[...painters].map(([place, id]) => `- ${table.rows[place]!.name}: ${id}`),
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

const measuresOf = (table: PaperTable, rows: TableWorld['rows']): Measure[] =>
  table.measures.filter((measure) => [...rows.values()].some((seeds) => seeds.some((one) => measure in one)));

function intervalOf(seeds: readonly Measured[] | undefined, measure: Measure): Interval | null {
  const values = (seeds ?? []).flatMap((one) => one[measure] ?? []);
  return values.length === 0 ? null : overSeeds(values);
}

/** No shares: scores and distances. */
const SCORES: readonly Measure[] = ['is', 'fid', 'frechet'];

function shown(interval: Interval | null, measure: Measure): string {
  if (!interval) return '–';
  const number = (value: number) => (SCORES.includes(measure) ? value.toFixed(2) : value.toFixed(3));
  const { mean, half } = interval;
  return half === null ? number(mean) : `${number(mean)} ± ${number(half)}`;
}

/** Which rows come first, by the paper and here. */
function orderLines({ rows, order }: PaperTable, measured: TableWorld['rows']): string[] {
  if (!order) return [];
  const known = rows.flatMap(({ name, paper }, place) => {
    const interval = intervalOf(measured.get(place), order.by);
    const figure = paper[order.figure];
    return interval && figure != null ? [{ name, figure, mean: interval.mean }] : [];
  });
  if (known.length < 2) return [];
  const by = (of: (one: (typeof known)[number]) => number) =>
    [...known].sort((a, b) => of(a) - of(b)).map(({ name }) => name);
  const [theirs, ours] = [by(({ figure }) => figure), by(({ mean }) => mean)];
  const same = theirs.join() === ours.join();
  return [
    '',
    `- best first, the paper: ${theirs.join(', ')}`,
    `- best first, here: ${ours.join(', ')}${same ? ' (the same order)' : ''}`,
  ];
}

/** The same for programs. */
export function tableResults(
  number: number,
  table: PaperTable,
  { name, captions, seeds, rows, painters, notes }: TableWorld,
): Record<string, unknown> {
  const measures = measuresOf(table, rows);
  return {
    ...{ table: number, title: table.title, dataset: name, captions, seeds, notes },
    rows: table.rows.map(({ name: row, paper }, place) => ({
      row,
      paper: Object.fromEntries(table.figures.map((figure, i) => [figure, paper[i]])),
      model: painters.get(place) ?? null,
      here: Object.fromEntries(measures.map((measure) => [measure, intervalOf(rows.get(place), measure)])),
    })),
  };
}
