/** What a check has found, and as Markdown. */
import type { Findings, Table } from './part.ts';

export interface PartReport extends Findings {
  readonly part: string;
  readonly title: string;
  readonly seconds: number;
  /** Why it did not end by itself. */
  readonly failure?: string;
}

export interface Report {
  readonly checked: string;
  readonly rehearsal: boolean;
  readonly machine: string;
  readonly began: string;
  readonly seconds: number;
  readonly parts: readonly PartReport[];
}

export function markdown(report: Report): string {
  const { checked, rehearsal, machine, began, seconds, parts } = report;
  const checks = parts.flatMap((part) => part.checks);
  const held = checks.filter(({ ok }) => ok).length;
  return [
    `# GPU check: ${checked}`,
    '',
    `${held} of ${checks.length} checks hold; ${parts.length} parts in ${seconds.toFixed(0)} s. ${machine}. Begun ${began}.`,
    ...(rehearsal ? ['', '**A rehearsal without a GPU: nothing here is about one.**'] : []),
    '',
    '| part | checks that hold | seconds | |',
    '|---|---:|---:|---|',
    ...parts.map(
      ({ title, checks: own, seconds: took, failure }) =>
        `| ${title} | ${own.filter(({ ok }) => ok).length} of ${own.length} | ${took.toFixed(0)} | ${cell(failure ?? '')} |`,
    ),
    ...parts.flatMap(section),
    '',
  ].join('\n');
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function section({ title, checks, tables, notes, failure }: PartReport): string[] {
  return [
    '',
    `## ${title}`,
    ...(failure ? ['', `Did not end: ${failure}`] : []),
    ...(notes.length > 0 ? ['', ...notes] : []),
    ...(checks.length > 0 ? ['', '| | holds | found |', '|---|---|---|'] : []),
    ...checks.map(({ name, ok, found }) => `| ${cell(name)} | ${ok ? 'yes' : '**no**'} | ${cell(found)} |`),
    ...tables.flatMap(table),
  ];
}

function table({ title, columns, rows }: Table): string[] {
  return [
    '',
    `| ${cell(title)} | ${columns.join(' | ')} |`,
    `|---|${'---:|'.repeat(columns.length)}`,
    ...rows.map(
      ({ name, cells }) =>
        `| ${cell(name)} | ${columns.map((column) => number(cells[column])).join(' | ')} |`,
    ),
  ];
}

const number = (value: number | undefined) =>
  value === undefined
    ? ''
    : value >= 100
      ? value.toFixed(0)
      : value >= 1
        ? value.toFixed(2)
        : value.toFixed(3);
