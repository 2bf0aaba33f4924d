/** The evaluation of captioning as people and programs read it. */
import type { CaptionColumn, CaptionEvaluation } from './caption-evaluation.ts';
import { CAPTION_MEASURES, type CaptionMeasure, type CaptionTallies } from './caption-score.ts';
import { madeByLines } from './made-by.ts';
import { aboutWorld, type Provenance } from './paint-report.ts';
import { shareOf, type Tally } from './paint-score.ts';

const ROWS: Record<CaptionMeasure, string> = {
  object: 'objects',
  colour: 'colours',
  count: 'counts (two and more)',
  background: 'background',
  style: 'style',
};
const WHOLE = {
  grammatical: 'every word placed by the grammar',
  allTrue: '**every claim true**',
  complete: 'every claim true, no object, colour or number left out',
} as const;
const EXAMPLES = 8;

export function captionReport(evaluation: CaptionEvaluation, provenance: Provenance): string {
  const { scenes, columns } = evaluation;
  const heldOut = scenes.filter(({ scene }) => scene.heldOut).length;
  return [
    `## Captions of ${scenes.length} held-out pictures`,
    '',
    ...table(columns, ({ all }) => all),
    `| words | ${columns.map(({ words }) => words.toFixed(1)).join(' | ')} |`,
    '',
    `## The ${heldOut} of them that show a composition training never showed`,
    '',
    ...table(columns, (column) => column.heldOut),
    '',
    ...madeByLines(
      aboutWorld(provenance),
      provenance,
      scenes.slice(0, EXAMPLES).map(({ text, score }) => `- “${text}” (${score.toFixed(2)})`),
    ),
  ].join('\n');
}

/** Every cell says the share and of how many. */
function table(
  columns: readonly CaptionColumn[],
  tallies: (column: CaptionColumn) => CaptionTallies,
): string[] {
  const row = (name: string, of: (tallies: CaptionTallies) => Tally): string =>
    `| ${name} | ${columns.map((column) => format(of(tallies(column)))).join(' | ')} |`;
  // In a world of one style no words tell it.
  const styled = columns.some((column) => tallies(column).recall.style.total > 0);
  const measures = CAPTION_MEASURES.filter((measure) => measure !== 'style' || styled);
  return [
    `| | ${columns.map(({ name }) => name).join(' | ')} |`,
    `|---|${'---:|'.repeat(columns.length)}`,
    ...measures.flatMap((measure) => [
      row(`${ROWS[measure]}: precision`, ({ precision }) => precision[measure]),
      row(`${ROWS[measure]}: recall`, ({ recall }) => recall[measure]),
    ]),
    ...(['grammatical', 'allTrue', 'complete'] as const).map((name) =>
      row(WHOLE[name], (tallied) => tallied[name]),
    ),
  ];
}

function format(tally: Tally): string {
  const share = shareOf(tally);
  return share === null ? '–' : `${share.toFixed(3)} (${tally.total})`;
}

/** The same for programs: `{ provenance, columns: { 'the model’s': { all: { object: { precision, recall }, … } } } }`. */
export function captionResults(
  evaluation: CaptionEvaluation,
  provenance: Provenance,
): Record<string, unknown> {
  const { scenes, columns } = evaluation;
  const shares = ({ precision, recall, grammatical, allTrue, complete }: CaptionTallies) => ({
    ...Object.fromEntries(
      CAPTION_MEASURES.map((measure) => [
        measure,
        {
          precision: shareOf(precision[measure]),
          said: precision[measure].total,
          recall: shareOf(recall[measure]),
          there: recall[measure].total,
        },
      ]),
    ),
    grammatical: shareOf(grammatical),
    all_true: shareOf(allTrue),
    complete: shareOf(complete),
  });
  return {
    ...provenance,
    scenes: scenes.length,
    held_out_scenes: scenes.filter(({ scene }) => scene.heldOut).length,
    columns: Object.fromEntries(
      columns.map(({ name, all, heldOut, words }) => [
        name,
        { all: shares(all), held_out: shares(heldOut), words },
      ]),
    ),
    captions: scenes.map(({ scene, text, score }) => ({ scene: scene.index, text, score })),
  };
}
