/** The evaluation of image-text matching as people and programs read it. */
import { aboutDirectory, type DirectoryProvenance } from './directory-caption-report.ts';
import { madeByLines } from './made-by.ts';
import type { MatchingColumn, MatchingEvaluation } from './matching-evaluation.ts';
import { shareOf, type Tally } from './paint-score.ts';

const ROWS: [name: string, of: (column: MatchingColumn) => Tally][] = [
  ['captions with their own picture', ({ own }) => own],
  ['captions with another picture', ({ other }) => other],
  ['**all**', ({ all }) => all],
  ['the own picture before the other', ({ preferred }) => preferred],
];
const EXAMPLES = 8;

export function matchingReport(
  { columns, examples }: MatchingEvaluation,
  provenance: DirectoryProvenance,
): string {
  const format = (tally: Tally) => shareOf(tally)?.toFixed(3) ?? '–';
  return [
    `## Does the caption belong to the picture? ${provenance.split} of ${provenance.dataset}`,
    '',
    `| | ${columns.map(({ name }) => name).join(' | ')} | words or picture alone |`,
    `|---|${'---:|'.repeat(columns.length + 1)}`,
    ...ROWS.map(([name, of], i) => {
      const shares = columns.map((column) => format(of(column)));
      // What half of the pairs are cannot be known; the whole is a half by how the pairs are made.
      return `| ${name} (n = ${of(columns[0]!).total}) | ${shares.join(' | ')} | ${i < 2 ? '–' : '0.500'} |`;
    }),
    '',
    ...madeByLines(
      aboutDirectory(provenance),
      provenance,
      examples
        .slice(0, EXAMPLES)
        .map(
          ({ text, picture, other, own, with: with_ }) =>
            `- “${text}” ${picture}: ${own > 0 ? 'yes' : 'no'}; ${other}: ${with_ > 0 ? 'yes' : 'no'}`,
        ),
    ),
  ].join('\n');
}

/** The same for programs: `{ …provenance, captions, columns: { model: { all, own, other, preferred } } }`. */
export function matchingResults(
  { columns, examples }: MatchingEvaluation,
  provenance: DirectoryProvenance,
): Record<string, unknown> {
  return {
    task: 'match',
    ...provenance,
    captions: examples.length,
    columns: Object.fromEntries(
      columns.map(({ name, all, own, other, preferred }) => [
        name,
        {
          all: shareOf(all),
          own: shareOf(own),
          other: shareOf(other),
          preferred: shareOf(preferred),
        },
      ]),
    ),
  };
}
