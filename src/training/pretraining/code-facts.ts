/**
 * Does a grid of codes show what a caption claims? Read off the codes' majority labels, so that pre-training can be
 * judged at every checkpoint before there is a generator or a recogniser. The product is judged by src/evaluation.
 */

import type { Facts } from '../../datasets/scenes/index.ts';
import { CELLS, GRID } from '../../grid.ts';
import type { VisualVocabulary } from '../vocabulary/visual-vocabulary.ts';

export interface FactScore {
  objects: number;
  recalled: number;
  colours: number;
  rightColours: number;
  counts: number;
  rightCounts: number;
  relations: number;
  rightRelations: number;
  captions: number;
  allOfIt: number;
}

export function emptyFactScore(): FactScore {
  return {
    objects: 0,
    recalled: 0,
    colours: 0,
    rightColours: 0,
    counts: 0,
    rightCounts: 0,
    relations: 0,
    rightRelations: 0,
    captions: 0,
    allOfIt: 0,
  };
}

interface Seen {
  cells: number;
  /** How many objects: each shows each of its parts once. */
  count: number;
  /** Centre in cells. */
  x: number;
  y: number;
}

/** Cells of a class (and colour), by what their codes mostly stood for. */
function see(
  vocabulary: VisualVocabulary,
  codes: ArrayLike<number>,
  classIds: readonly number[],
  colourId: number | null,
): Seen {
  const parts = new Map<string, number>();
  let cells = 0;
  let x = 0;
  let y = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const [object, colour, part] = vocabulary.labels.subarray(codes[cell]! * 3, codes[cell]! * 3 + 3);
    if (!classIds.includes(object! - 1) || (colourId !== null && colour !== colourId)) continue;
    const key = `${object},${part}`;
    parts.set(key, (parts.get(key) ?? 0) + 1);
    cells++;
    x += cell % GRID;
    y += Math.floor(cell / GRID);
  }
  const perPart = [...parts.values()].sort((a, b) => a - b);
  // The median: one stray or missing cell changes no count.
  return { cells, count: perPart[Math.floor(perPart.length / 2)] ?? 0, x: x / cells, y: y / cells };
}

/** Fewer cells than this are a stray code and no object. */
const LEAST_CELLS = 2;

export function scoreFacts(
  vocabulary: VisualVocabulary,
  facts: Facts,
  codes: ArrayLike<number>,
  score: FactScore,
): void {
  let all = true;
  const seen = facts.objects.map(({ classId, colourId, count, anyOf }) => {
    const classIds = anyOf ?? [classId];
    const there = see(vocabulary, codes, classIds, null);
    const recalled = there.cells >= LEAST_CELLS;
    score.objects++;
    if (recalled) score.recalled++;
    all &&= recalled;
    const coloured = colourId === null ? there : see(vocabulary, codes, classIds, colourId);
    if (colourId !== null && colourId !== 0 && recalled) {
      score.colours++;
      if (coloured.cells >= LEAST_CELLS) score.rightColours++;
      else all = false;
    }
    if (recalled) {
      score.counts++;
      if (coloured.count === count) score.rightCounts++;
      else all = false;
    }
    return coloured;
  });
  const { relation } = facts;
  if (relation) {
    const holds = placed(relation.relation, seen[relation.subject]!, seen[relation.object]!);
    if (holds !== undefined) {
      score.relations++;
      if (holds) score.rightRelations++;
      else all = false;
    }
  }
  score.captions++;
  if (all) score.allOfIt++;
}

/** undefined for relations that centres alone do not decide. */
function placed(relation: string, subject: Seen, object: Seen): boolean | undefined {
  if (subject.cells === 0 || object.cells === 0) return relation === 'next to' ? undefined : false;
  switch (relation) {
    case 'left of':
      return subject.x < object.x;
    case 'right of':
      return subject.x > object.x;
    case 'above':
    case 'flying over':
      return subject.y < object.y;
    case 'below':
      return subject.y > object.y;
    default:
      return undefined;
  }
}

export function factMetrics(score: FactScore, prefix: string): Record<string, number> {
  const share = (part: number, whole: number) => part / Math.max(1, whole);
  return {
    [`${prefix}recall`]: share(score.recalled, score.objects),
    [`${prefix}colour`]: share(score.rightColours, score.colours),
    [`${prefix}count`]: share(score.rightCounts, score.counts),
    [`${prefix}relation`]: share(score.rightRelations, score.relations),
    [`${prefix}all_of_it`]: share(score.allOfIt, score.captions),
  };
}
