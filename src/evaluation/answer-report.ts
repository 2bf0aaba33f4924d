/** The evaluation of answering as people and programs read it. */
import type { AnswerHead } from '../models/lxmert/index.ts';
import type { AnswerColumn, AnswerEvaluation } from './answer-evaluation.ts';
import type { Provenance } from './paint-report.ts';
import { shareOf, type Tally } from './paint-score.ts';

const TITLES: Record<AnswerHead, string> = {
  vqa: 'questions about held-out scenes',
  gqa: 'questions of several steps about held-out scenes',
  nlvr2: 'judgements of statements about pairs of held-out scenes',
};
const EXAMPLES = 8;

export function answerReport(
  head: AnswerHead,
  { columns, answered }: AnswerEvaluation,
  provenance: Provenance,
): string {
  const row = (name: string, of: (column: AnswerColumn) => Tally): string =>
    `| ${name} (n = ${of(columns[0]!).total}) | ${columns.map((one) => format(of(one))).join(' | ')} |`;
  const checkpoints = Object.entries(provenance.checkpoints).map(
    ([role, { id, revision }]) => `- ${role.replaceAll('_', ' ')}: ${id}, revision ${revision.slice(0, 12)}`,
  );
  return [
    `## ${answered.length} ${TITLES[head]}`,
    '',
    `| | ${columns.map(({ name }) => name).join(' | ')} |`,
    `|---|${'---:|'.repeat(columns.length)}`,
    ...[...columns[0]!.byType.keys()].sort().map((type) => row(type, ({ byType }) => byType.get(type)!)),
    row('**all**', ({ all }) => all),
    row('a composition that training never showed', ({ heldOut }) => heldOut),
    ...(head === 'nlvr2' ? [row('both pairs of a statement right', ({ consistent }) => consistent)] : []),
    '',
    `World ${provenance.world}, seed ${provenance.seed}, code at ${provenance.commit.slice(0, 12)}, ` +
      `engine ${provenance.engine}, ${Math.round(provenance.seconds)} s.`,
    '',
    ...answered
      .slice(0, EXAMPLES)
      .map(({ asked, answer }) => `- “${asked.text}” ${answer} (right: ${asked.answer})`),
    '',
    ...checkpoints,
    `- command: \`${provenance.command}\``,
    '',
  ].join('\n');
}

const format = (tally: Tally): string => shareOf(tally)?.toFixed(3) ?? '–';

/** The same for programs: `{ …provenance, asked: { count: 400, … }, columns: { model: { all, by_type, … } } }`. */
export function answerResults(
  head: AnswerHead,
  { columns, answered }: AnswerEvaluation,
  provenance: Provenance,
): Record<string, unknown> {
  const { byType } = columns[0]!;
  return {
    task: head,
    ...provenance,
    questions: answered.length,
    asked: Object.fromEntries([...byType].map(([type, { total }]) => [type, total])),
    columns: Object.fromEntries(
      columns.map((column) => [
        column.name,
        {
          all: shareOf(column.all),
          held_out: shareOf(column.heldOut),
          ...(head === 'nlvr2' && { consistency: shareOf(column.consistent) }),
          by_type: Object.fromEntries([...column.byType].map(([type, tally]) => [type, shareOf(tally)])),
        },
      ]),
    ),
  };
}
