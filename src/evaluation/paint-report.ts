/** The evaluation of painting as people and programs read it. */
import { type MadeBy, madeByLines } from './made-by.ts';
import type { EvaluatedColumn, PaintEvaluation } from './paint-evaluation.ts';
import { MEASURES, type Measure, type PaintTallies, shareOf } from './paint-score.ts';

const ROWS: Record<Measure, string> = {
  object_recall: 'object recall',
  colour: 'colour',
  count: 'count (two and more)',
  left_right: 'left / right',
  above_below: 'above / below',
  other_relations: 'riding, sitting on, flying over, next to',
  background: 'background',
  style: 'style',
  all_of_it: '**all of it**',
};

export interface Provenance extends MadeBy {
  seed: number;
  world: string;
}

export const aboutWorld = ({ world, seed }: Provenance): string => `World ${world}, seed ${seed}`;

export function paintReport(evaluation: PaintEvaluation, provenance: Provenance): string {
  const { captions, columns } = evaluation;
  const heldOut = captions.filter((caption) => caption.heldOut).length;
  const distances = columns.map(({ frechetDistance }) => frechetDistance.toFixed(2));
  const extras = columns.map(({ all }) => (shareOf(all.unasked) ?? 0).toFixed(2));
  return [
    `## ${captions.length} held-out captions`,
    '',
    ...table(columns, ({ all }) => all),
    `| objects nobody asked for, per picture | ${extras.join(' | ')} |`,
    `| Fréchet distance | ${distances.join(' | ')} |`,
    '',
    `## The ${heldOut} of them that ask for a composition training never showed`,
    '',
    ...table(columns, (column) => column.heldOut),
    '',
    ...madeByLines(aboutWorld(provenance), provenance),
  ].join('\n');
}

/** The last cell of a row says how many things were asked for. */
function table(
  columns: readonly EvaluatedColumn[],
  tallies: (column: EvaluatedColumn) => PaintTallies,
): string[] {
  const asked = tallies(columns[0]!);
  return [
    `| | ${columns.map(({ name }) => name).join(' | ')} |`,
    `|---|${'---:|'.repeat(columns.length)}`,
    ...MEASURES.filter((measure) => measure !== 'style' || asked.style.total > 0).map((measure) => {
      const shares = columns.map((column) => format(shareOf(tallies(column)[measure])));
      return `| ${ROWS[measure]} (n = ${asked[measure].total}) | ${shares.join(' | ')} |`;
    }),
  ];
}

const format = (share: number | null): string => (share === null ? '–' : share.toFixed(3));

/** The same for programs: `{ provenance, columns: { real: { all: { object_recall, … }, held_out, … } } }`. */
export function paintResults(evaluation: PaintEvaluation, provenance: Provenance): Record<string, unknown> {
  const shares = (tallies: PaintTallies) =>
    Object.fromEntries(MEASURES.map((measure) => [measure, shareOf(tallies[measure])]));
  const { captions, columns } = evaluation;
  return {
    ...provenance,
    captions: captions.length,
    held_out_captions: captions.filter(({ heldOut }) => heldOut).length,
    asked: Object.fromEntries(MEASURES.map((measure) => [measure, columns[0]!.all[measure].total])),
    columns: Object.fromEntries(
      columns.map(({ name, all, heldOut, frechetDistance }) => [
        name,
        {
          all: shares(all),
          held_out: shares(heldOut),
          unasked_objects: shareOf(all.unasked),
          frechet_distance: frechetDistance,
        },
      ]),
    ),
  };
}
