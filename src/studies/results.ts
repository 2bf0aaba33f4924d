/** What people's answers come to (paper, section 6.1 and appendix E.2). */
import type { WordCategory } from '../evaluation/category-words.ts';
import { lemmaOf } from './lemmas.ts';
import { agreement, type Share, shareWithin } from './shares.ts';

/** The words that HUMMUS hides; the paper leaves numbers out. */
export const HUMMUS_CATEGORIES = ['noun', 'verb', 'color'] as const satisfies WordCategory[];
export type HummusCategory = (typeof HUMMUS_CATEGORIES)[number];

export interface AnsweredItem {
  id: string;
  text: string;
  source: number;
  word: string | null;
  category: string | null;
  /** Words; or first, second, tie. */
  answers: readonly string[];
}

export interface HummusResult {
  source: string;
  /** Items of which most people gave the hidden word, of those that anybody answered. */
  score: Share;
  categories: Record<HummusCategory, Share>;
  /** The mean over the categories that have items, as the paper's Table 7 counts them. */
  mean: number | null;
  agreement: number | null;
}

export function hummusResults(items: readonly AnsweredItem[], sources: readonly string[]): HummusResult[] {
  return sources.map((source, i) => {
    const own = items.filter((item) => item.source === i && item.answers.length > 0);
    const scoreOf = (some: readonly AnsweredItem[]) => shareWithin(some.filter(isMatch).length, some.length);
    const categories = Object.fromEntries(
      HUMMUS_CATEGORIES.map((category) => [
        category,
        scoreOf(own.filter((item) => item.category === category)),
      ]),
    ) as HummusResult['categories'];
    const shares = HUMMUS_CATEGORIES.flatMap((category) => categories[category].share ?? []);
    return {
      source,
      score: scoreOf(own),
      categories,
      mean: shares.length === 0 ? null : shares.reduce((a, b) => a + b, 0) / shares.length,
      agreement: agreement(own.map(lemmasOf)),
    };
  });
}

const lemmasOf = ({ answers, category }: AnsweredItem): string[] =>
  answers.map((answer) => lemmaOf(answer, category as WordCategory));

export const isRight = (
  answer: string,
  { word, category }: Pick<AnsweredItem, 'word' | 'category'>,
): boolean =>
  word !== null && lemmaOf(answer, category as WordCategory) === lemmaOf(word, category as WordCategory);

/** More than half of those who answered gave the word. */
const isMatch = (item: AnsweredItem): boolean =>
  item.answers.filter((answer) => isRight(answer, item)).length * 2 > item.answers.length;

export interface PreferenceResult {
  /** Share of all answers. */
  first: Share;
  second: Share;
  tie: Share;
  /** Items where most people say so; where none has most, it is undecided. */
  items: { first: number; second: number; tie: number; undecided: number };
  agreement: number | null;
}

const CHOICES = ['first', 'second', 'tie'] as const;
type Choice = (typeof CHOICES)[number];

export function preferenceResult(items: readonly AnsweredItem[]): PreferenceResult {
  const all = items.flatMap(({ answers }) => answers);
  const shareOf = (choice: Choice) => shareWithin(all.filter((one) => one === choice).length, all.length);
  const decided = { first: 0, second: 0, tie: 0, undecided: 0 };
  for (const { answers } of items) {
    if (answers.length === 0) continue;
    const most = CHOICES.find(
      (choice) => answers.filter((one) => one === choice).length * 2 > answers.length,
    );
    decided[most ?? 'undecided']++;
  }
  return {
    ...{ first: shareOf('first'), second: shareOf('second'), tie: shareOf('tie') },
    items: decided,
    agreement: agreement(items.map(({ answers }) => answers)),
  };
}
