/** From captions to the items of a study. */
import { categoryWords } from '../evaluation/category-words.ts';
import { createRandom } from '../random.ts';
import { HUMMUS_CATEGORIES, type HummusCategory } from './results.ts';

export const STUDY_KINDS = ['hummus', 'semantic', 'fidelity'] as const;
export type StudyKind = (typeof STUDY_KINDS)[number];

export interface PlannedItem {
  caption: number;
  text: string;
  source: number;
  word: string | null;
  start: number | null;
  category: HummusCategory | null;
}

/**
 * HUMMUS: of every source's picture of every caption that has a word of a category, the same word hidden for all
 * sources. Preferences: of every caption its two pictures.
 * @param perCategory most captions of a category, drawn
 */
export function planItems(
  kind: StudyKind,
  captions: readonly string[],
  sources: number,
  categories: readonly HummusCategory[],
  perCategory: number,
  seed: number,
): PlannedItem[] {
  const plain = { source: 0, word: null, start: null, category: null };
  if (kind !== 'hummus') return captions.map((text, caption) => ({ caption, text, ...plain }));
  const random = createRandom(`study/${seed}`);
  const counts = new Map<string, number>();
  const hidden = captions.flatMap((text, caption) => {
    const found = categoryWords(text).filter(({ category }) =>
      (categories as readonly string[]).includes(category),
    );
    // The category that has fewest so far, so that captions full of nouns leave verbs and colours their share.
    const able = HUMMUS_CATEGORIES.filter((category) =>
      found.some((word) => word.category === category),
    ).sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0));
    const category = able.find((one) => (counts.get(one) ?? 0) < perCategory);
    if (category === undefined) return [];
    counts.set(category, (counts.get(category) ?? 0) + 1);
    const { start, end } = random.pick(found.filter((word) => word.category === category));
    return [{ caption, text, word: text.slice(start, end), start, category }];
  });
  return Array.from({ length: sources }, (_, source) => source).flatMap((source) =>
    hidden.map((item) => ({ ...item, source })),
  );
}
