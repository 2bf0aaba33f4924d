/** The evaluation of answering as people and programs read it. */
import { shownAnswer } from '../answers.ts';
import type { AnswerHead } from '../models/finetuning-choices.ts';
import type { AnswerColumn, AnswerEvaluation, Question } from './answer-evaluation.ts';
import type { GqaMeasures } from './gqa-measures.ts';
import { madeByLines } from './made-by.ts';
import type { Provenance } from './paint-report.ts';
import { shareOf, type Tally } from './paint-score.ts';

const TITLES: Record<AnswerHead, string> = {
  vqa: 'questions about held-out scenes',
  gqa: 'questions of several steps about held-out scenes',
  nlvr2: 'judgements of statements about pairs of held-out scenes',
};
const EXAMPLES = 8;

/** Scenes are drawn by the seed; of a data set in a directory nothing is. */
export type AnswerProvenance =
  | Provenance
  | (Omit<Provenance, 'world' | 'seed'> & { dataset: string; dataset_revision: string; split: string });

export function answerReport(
  head: AnswerHead,
  { columns, answered }: AnswerEvaluation<Question>,
  provenance: AnswerProvenance,
): string {
  const row = (name: string, of: (column: AnswerColumn) => Tally | undefined): string[] => {
    const { total } = of(columns[0]!) ?? {};
    if (total === undefined) return [];
    return [`| ${name} (n = ${total}) | ${columns.map((one) => format(of(one)!)).join(' | ')} |`];
  };
  return [
    `## ${answered.length} ${titleOf(head, provenance)}`,
    '',
    `| | ${columns.map(({ name }) => name).join(' | ')} |`,
    `|---|${'---:|'.repeat(columns.length)}`,
    ...[...columns[0]!.byType.keys()].sort().flatMap((type) => row(type, ({ byType }) => byType.get(type)!)),
    ...[...columns[0]!.bySource.keys()]
      .sort()
      .flatMap((source) => row(`from ${source}`, ({ bySource }) => bySource.get(source)!)),
    ...[...columns[0]!.byQuestionType.keys()]
      .sort()
      .flatMap((type) => row(`“${type} …”`, ({ byQuestionType }) => byQuestionType.get(type)!)),
    ...row('**all**', ({ all }) => all),
    ...gqaRows(columns, row),
    ...row('a composition that training never showed', ({ heldOut }) => heldOut),
    ...(head === 'nlvr2' ? row('both pairs of a statement right', ({ consistent }) => consistent) : []),
    '',
    ...madeByLines(
      sourceOf(provenance),
      provenance,
      answered
        .slice(0, EXAMPLES)
        .map(
          ({ asked, answer }) =>
            `- “${asked.text}” ${shownAnswer(answer)} (right: ${shownAnswer(asked.answer)})`,
        ),
    ),
  ].join('\n');
}

/** What GQA measures beside accuracy, where the data set has what it wants. */
function gqaRows(
  columns: readonly AnswerColumn[],
  row: (name: string, of: (column: AnswerColumn) => Tally | undefined) => string[],
): string[] {
  const [{ gqa } = {}] = columns;
  if (!gqa) return [];
  const distances = columns.map((one) => one.gqa?.distribution?.toFixed(2) ?? '–');
  const tallies = (['binary', 'open', 'consistency', 'validity', 'plausibility'] as const).filter(
    (name) => gqa[name].total > 0,
  );
  return [
    ...[...gqa.bySemantic.keys()]
      .sort()
      .flatMap((type) => row(`about: ${type}`, (one) => one.gqa!.bySemantic.get(type)!)),
    ...tallies.flatMap((name) => row(name, (one) => one.gqa?.[name])),
    ...(gqa.distribution === null
      ? []
      : [`| distribution (χ² / 100, less is better) | ${distances.join(' | ')} |`]),
  ];
}

function titleOf(head: AnswerHead, provenance: AnswerProvenance): string {
  if ('world' in provenance) return TITLES[head];
  const asked =
    head === 'nlvr2' ? 'statements about pairs of pictures' : 'questions, each by the score of its answer';
  return `${asked}: ${provenance.split} of ${provenance.dataset}`;
}

function sourceOf(provenance: AnswerProvenance): string {
  if ('world' in provenance) return `World ${provenance.world}, seed ${provenance.seed}`;
  return `Data set ${provenance.dataset}, revision ${provenance.dataset_revision.slice(0, 12)}`;
}

const format = (tally: Tally): string => shareOf(tally)?.toFixed(3) ?? '–';

/** The same for programs: `{ …provenance, asked: { count: 400, … }, columns: { model: { all, by_type, … } } }`. */
export function answerResults(
  head: AnswerHead,
  { columns, answered }: AnswerEvaluation<Question>,
  provenance: AnswerProvenance,
): Record<string, unknown> {
  const { byType, bySource } = columns[0]!;
  return {
    task: head,
    ...provenance,
    questions: answered.length,
    asked: totalsOf(byType),
    ...(bySource.size > 0 && { asked_by_source: totalsOf(bySource) }),
    columns: Object.fromEntries(
      columns.map((column) => [
        column.name,
        {
          all: shareOf(column.all),
          ...(column.heldOut && { held_out: shareOf(column.heldOut) }),
          ...(head === 'nlvr2' && column.consistent && { consistency: shareOf(column.consistent) }),
          ...(column.bySource.size > 0 && { by_source: sharesOf(column.bySource) }),
          ...(column.byQuestionType.size > 0 && { by_question_type: sharesOf(column.byQuestionType) }),
          ...(column.gqa && { gqa: gqaResults(column.gqa) }),
          by_type: sharesOf(column.byType),
        },
      ]),
    ),
  };
}

const gqaResults = ({ distribution, bySemantic, ...tallies }: GqaMeasures) => ({
  ...sharesOf(new Map(Object.entries(tallies))),
  distribution,
  by_semantic: sharesOf(bySemantic),
});

const sharesOf = (tallies: ReadonlyMap<string, Tally>) =>
  Object.fromEntries([...tallies].map(([name, tally]) => [name, shareOf(tally)]));
const totalsOf = (tallies: ReadonlyMap<string, Tally>) =>
  Object.fromEntries([...tallies].map(([name, { total }]) => [name, total]));
