/**
 * What the logits of a QA head stand for, in their order: in answers.txt one a line, and in the JSON lists that others
 * publish. The empty text is an answer like any other: LXMERT's published list begins with it.
 */
import { isStorable } from './text.ts';

/** Reads answers.txt. Every line is an answer, an empty one too. */
export function parseAnswers(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Writes answers.txt. */
export const formatAnswers = (answers: readonly string[]): string =>
  answers.map((answer) => `${answer}\n`).join('');

/** For people, who would not see a blank one. */
export const shownAnswer = (answer: string): string =>
  answer.trim() === '' ? JSON.stringify(answer) : answer;

/** What is wrong with a list of answers, in words. */
export interface AnswerFault {
  /** Place in the list, from 0; null when it is about all of it. */
  place: number | null;
  message: string;
}

export interface AnswerList {
  answers: string[];
  faults: AnswerFault[];
}

const FORMS =
  'neither a list of texts, nor LXMERT’s list of {"ans": …}, nor {answer: index}, nor {index: answer}';

/**
 * The lists that are published: texts or `{"ans": "net"}` in the order of the logits (LXMERT's label2ans and all_ans),
 * `{"net": 0}` (its and UNITER's ans2label), or `{"0": "net"}`.
 */
export function readAnswerList(value: unknown): AnswerList {
  if (Array.isArray(value)) {
    return checked(
      value.map((one) => (typeof one === 'string' ? one : (one as { ans?: unknown } | null)?.ans)),
    );
  }
  if (typeof value !== 'object' || value === null) return wrong(`It is ${FORMS}.`);
  const entries = Object.entries(value);
  if (entries.every(([, index]) => isIndex(index))) return byIndex(entries);
  const swapped = entries.map(([index, answer]) => [answer, /^\d+$/.test(index) ? Number(index) : -1]);
  if (swapped.every(([answer, index]) => typeof answer === 'string' && isIndex(index))) {
    return byIndex(swapped as [string, number][]);
  }
  return wrong(`It is ${FORMS}.`);
}

/** What is wrong with a list in the order of the logits. */
export const checkAnswers = (answers: readonly string[]): AnswerFault[] => checked(answers).faults;

const isIndex = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const wrong = (message: string): AnswerList => ({ answers: [], faults: [{ place: null, message }] });

function byIndex(entries: readonly [answer: string, index: number][]): AnswerList {
  const answers: string[] = [];
  const faults: AnswerFault[] = [];
  for (const [answer, index] of entries) {
    if (index >= entries.length) {
      const message = `${quoted(answer)} has the index ${index}, but there are ${entries.length} answers: some index below has none.`;
      faults.push({ place: null, message });
    } else if (answers[index] !== undefined) {
      const message = `${quoted(answers[index])} and ${quoted(answer)} both have the index ${index}.`;
      faults.push({ place: null, message });
    } else answers[index] = answer;
  }
  if (faults.length > 0) return { answers: [], faults };
  return checked(answers);
}

function checked(list: readonly unknown[]): AnswerList {
  const places = new Map<string, number>();
  const faults: AnswerFault[] = [];
  if (list.length === 0) faults.push({ place: null, message: 'It has no answers.' });
  for (const [place, answer] of list.entries()) {
    const message = faultOf(answer, places);
    if (message !== undefined) faults.push({ place, message });
    else places.set(answer as string, place);
  }
  return { answers: [...places.keys()], faults };
}

function faultOf(answer: unknown, places: ReadonlyMap<string, number>): string | undefined {
  if (typeof answer !== 'string') return 'It is not a text.';
  // They are kept one a line.
  if (/[\r\n]/.test(answer)) return 'It has more than one line.';
  if (!isStorable(answer)) return 'It has NUL, or half of a surrogate pair.';
  const twin = places.get(answer);
  return twin === undefined ? undefined : `${quoted(answer)} is there already (entry ${twin}).`;
}

const quoted = (answer: string): string =>
  JSON.stringify(answer.length > 60 ? `${answer.slice(0, 59)}…` : answer);

/** A list as `readAnswerList` reads it, in its own form, with further answers behind its own. */
export function extendAnswerList(value: unknown, further: readonly string[]): unknown {
  const known = new Set(readAnswerList(value).answers);
  const fresh = [...new Set(further)].filter((answer) => !known.has(answer));
  if (Array.isArray(value)) {
    const bare = value.every((one) => typeof one === 'string');
    return [...value, ...fresh.map((answer) => (bare ? answer : { ans: answer }))];
  }
  const swapped = !Object.values(value as object).every(isIndex);
  const entries = fresh.map((answer, i) => [answer, known.size + i]);
  return {
    ...(value as object),
    ...Object.fromEntries(swapped ? entries.map((one) => one.reverse()) : entries),
  };
}
