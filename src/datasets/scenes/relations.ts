/** When a relation between two objects is true: geometry alone, so that anyone can check it from positions. */
import type { ObjectClass } from './catalogue.ts';
import { CELL, type Relation, type SceneObject } from './scene.ts';

/** Anything that flies has its lower edge above this line (pixels); anything that stands, below it. */
export const AIRBORNE_BOTTOM = 5 * CELL;

export type Square = Pick<SceneObject, 'x' | 'y' | 'size'>;

export const overlap = (a: Square, b: Square): boolean =>
  a.x < b.x + b.size && b.x < a.x + a.size && a.y < b.y + b.size && b.y < a.y + a.size;

const centreX = ({ x, size }: Square): number => x + size / 2;
const bottom = ({ y, size }: Square): number => y + size;

/** Length that two intervals share; negative when they are apart. */
const shared = (a: number, aSize: number, b: number, bSize: number): number =>
  Math.min(a + aSize, b + bSize) - Math.max(a, b);

/**
 * Beside and over are strict: left and right need squares that are apart sideways and share some height, above
 * and below the other way round, so a diagonal pair is neither. What sits or rides does so on the upper part of
 * the other's square.
 */
export function holds(
  relation: Relation,
  a: Square,
  b: Square,
  aClass: ObjectClass,
  bClass: ObjectClass,
): boolean {
  const across = shared(a.x, a.size, b.x, b.size);
  const along = shared(a.y, a.size, b.y, b.size);
  const onTop = a.y <= b.y && along > 0 && bottom(a) < bottom(b) && Math.abs(centreX(a) - centreX(b)) <= CELL;
  switch (relation) {
    case 'left of':
      return across <= 0 && along > 0 && a.x < b.x;
    case 'right of':
      return across <= 0 && along > 0 && a.x > b.x;
    case 'above':
      return along <= 0 && across > 0 && a.y < b.y;
    case 'below':
      return along <= 0 && across > 0 && a.y > b.y;
    case 'next to':
      return across <= 0 && across >= -CELL && along >= Math.min(a.size, b.size) / 2;
    case 'riding':
      return onTop && aClass.rides === true && bClass.mount === true;
    case 'sitting on':
      return onTop && aClass.sits === true && bClass.seat === true;
    case 'flying over':
      return (
        aClass.flies !== undefined && bottom(a) <= AIRBORNE_BOTTOM && along <= 0 && across > 0 && a.y < b.y
      );
  }
}

export const RELATIONS: readonly Relation[] = [
  'left of',
  'right of',
  'above',
  'below',
  'next to',
  'riding',
  'sitting on',
  'flying over',
];
