/**
 * Answers as VQA's evaluation writes and counts them (Antol et al. 2015; the published PythonEvaluationTools/vqaEval.py):
 * punctuation, articles, numbers and contractions in one spelling, and a score for each of what ten people said.
 */

/** Where an apostrophe belongs; what is not here stays as it is. */
const CONTRACTIONS: Readonly<Record<string, string>> = Object.fromEntries(
  (
    "ain't aren't can't could've couldn't didn't doesn't don't hadn't hasn't haven't he'd he's how'd how'll how's I'm " +
    "I've isn't it'd it'll ma'am mightn't might've mustn't must've needn't not've o'clock oughtn't shan't should've " +
    "shouldn't somebody'll somebody's someone'd someone'll someone's something'd something'll that's there'd there're " +
    "there's they'd they'll they're they've 'twas wasn't we've weren't what'll what're what's what've when's where'd " +
    "where's where've who'd who'll who's who've why'll why're why's won't would've wouldn't y'all you'd you'll you're " +
    "you've"
  )
    .split(' ')
    .map((word) => [word.replaceAll("'", ''), word]),
);

/** Spellings of two contractions, whichever apostrophes are missing. */
const DOUBLE: Readonly<Record<string, string>> = Object.fromEntries(
  (
    "couldn't've hadn't've he'd've I'd've it'd've mightn't've she'd've shouldn't've somebody'd've someone'd've " +
    "something'd've there'd've they'd've we'd've who'd've wouldn't've y'all'll you'd've"
  )
    .split(' ')
    .flatMap((word) => {
      const [first, second, third] = word.split("'") as [string, string, string];
      // "couldn'tve", "couldnt've": one apostrophe is missing; with none, the published table has no entry.
      return [
        [`${first}'${second}${third}`, word],
        [`${first}${second}'${third}`, word],
      ];
    }),
);

const ODD: Readonly<Record<string, string>> = {
  "ow's'at": "'ow's'at",
  "'ows'at": "'ow's'at",
  "'ow'sat": "'ow's'at",
  "somebody'd": 'somebodyd',
  "y'alld've": "y'all'd've",
  "yall'd've": "y'all'd've",
  "y'all'dve": "y'all'd've",
};

const NUMBERS: Readonly<Record<string, string>> = {
  ...{ none: '0', zero: '0', one: '1', two: '2', three: '3', four: '4', five: '5' },
  ...{ six: '6', seven: '7', eight: '8', nine: '9', ten: '10' },
};
const ARTICLES: readonly string[] = ['a', 'an', 'the'];
const PUNCTUATION = [...';/[]"{}()=+\\_-><@`,?!'];

/** One spelling for what people mean by the same. */
export function normaliseAnswer(answer: string): string {
  const text = answer.replaceAll(/[\n\t]/g, ' ').trim();
  return withoutArticles(withoutPunctuation(text));
}

function withoutPunctuation(text: string): string {
  const hasNumber = /\d,\d/.test(text);
  let out = text;
  for (const mark of PUNCTUATION) {
    // Beside a space it ends a word, and between two letters it parts them.
    const ends = text.includes(`${mark} `) || text.includes(` ${mark}`) || hasNumber;
    out = out.replaceAll(mark, ends ? '' : ' ');
  }
  return out.replaceAll(/\.(?!\d)/g, '');
}

const own = (table: Readonly<Record<string, string>>, word: string): string | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined;

const withoutArticles = (text: string): string =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => own(NUMBERS, word) ?? word)
    .filter((word) => !ARTICLES.includes(word))
    .map((word) => own(ODD, word) ?? own(DOUBLE, word) ?? own(CONTRACTIONS, word) ?? word)
    .join(' ');

/** As the evaluation reads what several people answered: where all wrote the same, it stays as it was written. */
export function normalisedAnswers(answers: readonly string[]): string[] {
  const trimmed = answers.map((answer) => answer.replaceAll(/[\n\t]/g, ' ').trim());
  return new Set(trimmed).size > 1 ? trimmed.map(normaliseAnswer) : trimmed;
}

/**
 * How right each answer is: the mean, over every choice of all people but one, of a third for each who said so, at most
 * 1. Of ten people one gives 0.3, two 0.6, three 0.9, four 1.
 * @param answers normalised, one of each person
 */
export function softScores(answers: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const people = answers.length;
  const third = (count: number) => Math.min(1, count / 3);
  return new Map(
    [...counts].map(([answer, count]) => {
      const score = (count * third(count - 1) + (people - count) * third(count)) / people;
      return [answer, Number(score.toFixed(6))];
    }),
  );
}
