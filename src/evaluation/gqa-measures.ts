/**
 * What GQA measures beside accuracy, as its eval.py counts (Hudson and Manning 2019, section 4.4):
 *
 * - binary, open: accuracy of questions that are no `query`, and of those that are.
 * - consistency: of the questions that a right answer entails, the share answered rightly, over the right answers.
 * - validity, plausibility: answers that the question allows at all, and that make sense in the world.
 * - distribution: a hundredth of χ² between the answers given and the right ones, over groups of alike questions; less
 *   is better.
 *
 * Questions that are not of the balanced set (`balanced: false`) count for nothing but what others entail.
 */
import type { GqaFields } from '../datasets/directory/index.ts';
import { add, addTo, emptyTally, type Tally } from './paint-score.ts';

export interface GqaMeasures {
  binary: Tally;
  open: Tally;
  consistency: Tally;
  validity: Tally;
  plausibility: Tally;
  /** Null where no question has a group. */
  distribution: number | null;
  /** By what is asked about (`types.semantic`). */
  bySemantic: Map<string, Tally>;
}

export interface GqaQuestion {
  id: string;
  answer: string;
  /** `types.structural`. */
  type?: string;
  gqa?: GqaFields;
}

/** @returns undefined where no question has anything that they want */
export function gqaMeasures(
  questions: readonly GqaQuestion[],
  answers: readonly string[],
): GqaMeasures | undefined {
  if (!questions.some(({ gqa }) => gqa && Object.keys(gqa).length > 0)) return undefined;
  const right = new Map(questions.map(({ id, answer }, i) => [id, Number(answers[i] === answer)]));
  const measures = {
    binary: emptyTally(),
    open: emptyTally(),
    consistency: emptyTally(),
    validity: emptyTally(),
    plausibility: emptyTally(),
  };
  const bySemantic = new Map<string, Tally>();
  const groups = new Map<string, { gold: Map<string, number>; given: Map<string, number> }>();
  for (const [i, { id, answer, type, gqa = {} }] of questions.entries()) {
    if (gqa.balanced === false) continue;
    const given = answers[i]!;
    add(type === 'query' ? measures.open : measures.binary, right.get(id)!);
    // Questions that are not asked say nothing.
    const entailed = (gqa.entailed ?? []).filter((other) => other !== id && right.has(other));
    if (right.get(id) === 1 && entailed.length > 0)
      add(
        measures.consistency,
        entailed.reduce((sum, other) => sum + right.get(other)!, 0) / entailed.length,
      );
    if (gqa.valid) add(measures.validity, Number(gqa.valid.includes(given)));
    if (gqa.plausible) add(measures.plausibility, Number(gqa.plausible.includes(given)));
    addTo(bySemantic, gqa.semantic, right.get(id)!);
    if (gqa.group !== undefined) {
      const group = groups.get(gqa.group) ?? { gold: new Map(), given: new Map() };
      groups.set(gqa.group, group);
      group.gold.set(answer, (group.gold.get(answer) ?? 0) + 1);
      group.given.set(given, (group.given.get(given) ?? 0) + 1);
    }
  }
  return { ...measures, bySemantic, distribution: distribution([...groups.values()]) };
}

/** A hundredth of χ² of each group's right answers, weighted by how many questions it has. */
function distribution(
  groups: readonly { gold: ReadonlyMap<string, number>; given: ReadonlyMap<string, number> }[],
): number | null {
  if (groups.length === 0) return null;
  let [sum, total] = [0, 0];
  for (const { gold, given } of groups) {
    const size = [...gold.values()].reduce((a, b) => a + b, 0);
    const score = [...gold].reduce((all, [answer, e]) => all + ((given.get(answer) ?? 0) - e) ** 2 / e, 0);
    sum += score * size;
    total += size;
  }
  return sum / total / 100;
}
