/** Answers as tables: out for whoever computes with them, and in from Mechanical Turk. */
import { parse } from 'csv-parse/sync';
import { Fault } from '../fault.ts';

/** A cell that a spreadsheet would take for a formula begins with an apostrophe. */
const cell = (value: string | number | boolean | null): string => {
  const text = value === null ? '' : String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export function toCsv(
  columns: readonly string[],
  rows: readonly (readonly (string | number | boolean | null)[])[],
): string {
  return [columns, ...rows]
    .map((row) => row.map(cell).join(','))
    .join('\r\n')
    .concat('\r\n');
}

export interface ForeignAnswer {
  item: string;
  person: string;
  answer: string;
  /** Line of the file. */
  line: number;
}

/** An answer file cannot be read, or has no such columns. The message says what to do. */
export class AnswersError extends Fault {}

const MOST_ROWS = 100_000;
const ITEM = 'Input.item';
const PERSON = 'WorkerId';

/**
 * A batch's results as Mechanical Turk gives them: a row an assignment, with `WorkerId`, the columns of what was put in
 * as `Input.…` (`Input.item` is ours), and the fields of the form as `Answer.…` (`Answer.word` or `Answer.choice`, or
 * the only one that there is). Rejected assignments do not count.
 * @throws AnswersError
 */
export function readTurkAnswers(csv: string): ForeignAnswer[] {
  let rows: string[][];
  try {
    rows = parse(csv, {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      to_line: MOST_ROWS + 2,
    });
  } catch (cause) {
    throw new AnswersError(`It is no CSV file (${(cause as Error).message}).`, { cause });
  }
  const [head = [], ...body] = rows;
  if (body.length > MOST_ROWS)
    throw new AnswersError(`It has more than ${MOST_ROWS} rows: send it in parts.`);
  const fields = head.filter((name) => name.startsWith('Answer.'));
  const field =
    fields.find((name) => name === 'Answer.word' || name === 'Answer.choice') ??
    (fields.length === 1 ? fields[0] : undefined);
  const missing = [
    ...[ITEM, PERSON].filter((name) => !head.includes(name)),
    ...(field === undefined ? ['Answer.word or Answer.choice'] : []),
  ];
  if (missing.length > 0) throw new AnswersError(`It lacks the columns ${missing.join(', ')}.`);
  const at = (row: readonly string[], name: string): string => row[head.indexOf(name)]?.trim() ?? '';
  return body.flatMap((row, i) => {
    if (at(row, 'AssignmentStatus') === 'Rejected' || at(row, 'RejectionTime') !== '') return [];
    return [{ item: at(row, ITEM), person: at(row, PERSON), answer: at(row, field!), line: i + 2 }];
  });
}
