/** The evaluation of captions on a data set of one's own, as people and programs read it. */
import type { AnswerProvenance } from './answer-report.ts';
import type { DirectoryCaptionColumn, DirectoryCaptionEvaluation } from './directory-captions.ts';
import { madeByLines } from './made-by.ts';

export type DirectoryProvenance = Extract<AnswerProvenance, { dataset: string }>;

const ROWS: [name: string, of: (column: DirectoryCaptionColumn) => number, digits: number][] = [
  ...[0, 1, 2, 3].map((i): (typeof ROWS)[number] => [`BLEU-${i + 1}`, ({ scores }) => scores.bleu[i]!, 3]),
  ['ROUGE-L', ({ scores }) => scores.rougeL, 3],
  ['CIDEr-D', ({ scores }) => scores.ciderD, 3],
  ['a word or comma twice in a row', ({ repeating }) => repeating, 3],
  ['words', ({ words }) => words, 1],
];
const EXAMPLES = 8;

export const aboutDirectory = ({ dataset, dataset_revision }: DirectoryProvenance): string =>
  `Data set ${dataset}, revision ${dataset_revision.slice(0, 12)}`;

export function directoryCaptionReport(
  { captioned, removed, columns }: DirectoryCaptionEvaluation,
  provenance: DirectoryProvenance,
): string {
  const references = captioned.map((one) => one.references.length);
  const [fewest, most] = [Math.min(...references), Math.max(...references)];
  return [
    `## Captions of ${captioned.length} pictures, against ${fewest === most ? most : `${fewest} to ${most}`} of people: ${provenance.split} of ${provenance.dataset}`,
    '',
    `| | ${columns.map(({ name }) => name).join(' | ')} |`,
    `|---|${'---:|'.repeat(columns.length)}`,
    ...ROWS.map(
      ([name, of, digits]) => `| ${name} | ${columns.map((one) => of(one).toFixed(digits)).join(' | ')} |`,
    ),
    '',
    ...madeByLines(aboutDirectory(provenance), provenance, [
      ...captioned
        .slice(0, EXAMPLES)
        .map(({ picture, text, references: [people] }) => `- ${picture}: “${text}” (people: “${people}”)`),
      `- no picture: “${removed}”`,
    ]),
  ].join('\n');
}

/** The same for programs: `{ …provenance, columns: { 'the model’s': { bleu_4, cider_d, … } }, captions: […] }`. */
export function directoryCaptionResults(
  { captioned, removed, columns }: DirectoryCaptionEvaluation,
  provenance: DirectoryProvenance,
): Record<string, unknown> {
  return {
    task: 'caption',
    ...provenance,
    pictures: captioned.length,
    columns: Object.fromEntries(
      columns.map(({ name, scores, words, repeating }) => [
        name,
        {
          ...Object.fromEntries(scores.bleu.map((score, i) => [`bleu_${i + 1}`, score])),
          rouge_l: scores.rougeL,
          cider_d: scores.ciderD,
          ...{ words, repeating },
        },
      ]),
    ),
    picture_removed: removed,
    captions: captioned.map(({ picture, text, score }) => ({ picture, text, score })),
  };
}
