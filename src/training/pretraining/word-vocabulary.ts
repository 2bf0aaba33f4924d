/**
 * Makes a WordPiece vocabulary out of texts, top down as BERT's was: whole words first, and of the words that are too
 * rare the pieces that several of them share. Merging pairs from below (BPE) would spend a fifth of a small vocabulary
 * on pieces such as "##rcyc" that no text is ever split into.
 */
import { SPECIAL_TOKENS, splitWords } from '../../tokenizer.ts';

/** Whatever can be typed of ASCII: such a text always tokenises. */
const TYPED = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i).toLowerCase());
/** The most frequent of other characters: texts in Chinese have thousands. */
const MOST_CHARACTERS = 1000;
/** A token that one text alone has is not learnt from it; its word is spelt, so that pieces are. */
const FEWEST = 2;
/** Longer words are links and typing errors. */
const LONGEST_WORD = 40;
/** From the second on, pieces are counted where the words are really split. */
const ROUNDS = 4;

export type WordCounts = ReadonlyMap<string, number>;

/** How often each word comes, as an uncased BERT splits texts into words. */
export async function countWords(texts: AsyncIterable<string> | Iterable<string>): Promise<WordCounts> {
  const counts = new Map<string, number>();
  for await (const text of texts)
    for (const word of splitWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/**
 * At most `size` tokens, the same for the same counts: BERT's special ones ([PAD] = 0), characters, then the others,
 * the most frequent first. Characters and what is to be kept come in whatever `size` is.
 * @param kept tokens of another vocabulary that a model is to know as well, in its notation
 */
export function wordVocabulary(counts: WordCounts, size: number, kept: readonly string[] = []): string[] {
  const characters = charactersOf(counts);
  const certain = new Set<string>([
    ...SPECIAL_TOKENS,
    ...characters,
    ...characters.map((character) => `##${character}`),
    ...kept,
  ]);
  const known = new Set(characters);
  const words = [...counts].flatMap(([word, count]) => {
    const letters = [...word];
    const usable = letters.length <= LONGEST_WORD && letters.every((letter) => known.has(letter));
    return usable && !certain.has(word) ? [{ letters, count }] : [];
  });
  const room = Math.max(0, size - certain.size);
  const everywhere = countPieces(words, (letters) => letters.map((_, i) => i));
  const at = (threshold: number) => learn(words, everywhere, certain, threshold);
  // The lowest threshold that fits; what the next lower one adds fills the rest, the most frequent first.
  let low = FEWEST;
  // A piece stands at no more places than there are.
  let high = Math.max(FEWEST, 1 + ([...everywhere.values()].sort((a, b) => b - a)[room] ?? 0));
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(middle).size <= room) high = middle;
    else low = middle + 1;
  }
  const pieces = at(low);
  if (low > FEWEST) {
    const more = byCount(at(low - 1)).filter(([piece]) => !pieces.has(piece));
    for (const [piece, count] of more.slice(0, room - pieces.size)) pieces.set(piece, count);
  }
  const others = new Map(pieces);
  for (const token of kept) if (!isCharacter(token)) others.set(token, counts.get(token) ?? 0);
  for (const token of SPECIAL_TOKENS) others.delete(token);
  const single = [...certain].filter((token) => isCharacter(token)).sort(byName);
  return [...SPECIAL_TOKENS, ...single, ...byCount(others).map(([token]) => token)];
}

interface Word {
  letters: string[];
  count: number;
}

const isCharacter = (token: string): boolean => [...token.replace(/^##(?=.)/u, '')].length === 1;
const byName = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const byCount = (counts: WordCounts): [string, number][] =>
  [...counts].sort(([a, m], [b, n]) => n - m || byName(a, b));

function charactersOf(counts: WordCounts): string[] {
  const found = new Map<string, number>();
  for (const [word, count] of counts)
    for (const letter of word) found.set(letter, (found.get(letter) ?? 0) + count);
  for (const letter of TYPED) found.delete(letter);
  const others = byCount(found).filter(([, count]) => count >= FEWEST);
  return [...new Set([...TYPED, ...others.slice(0, MOST_CHARACTERS).map(([letter]) => letter)])];
}

/** How often each piece stands at one of the places where `startsOf` lets pieces begin. */
function countPieces(words: readonly Word[], startsOf: (letters: string[]) => number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { letters, count } of words) {
    for (const start of startsOf(letters)) {
      let piece = start === 0 ? '' : '##';
      for (let end = start; end < letters.length; end++) {
        piece += letters[end]!;
        counts.set(piece, (counts.get(piece) ?? 0) + count);
      }
    }
  }
  return counts;
}

/** The pieces that come at least `threshold` times. */
function learn(
  words: readonly Word[],
  everywhere: WordCounts,
  certain: ReadonlySet<string>,
  threshold: number,
): Map<string, number> {
  let pieces = choose(everywhere, certain, threshold);
  for (let round = 1; round < ROUNDS; round++) {
    const chosen = pieces;
    const has = (piece: string) => chosen.has(piece) || certain.has(piece);
    pieces = choose(
      countPieces(words, (letters) => splitAt(letters, has)),
      certain,
      threshold,
    );
  }
  return pieces;
}

/** The longest first: what a longer piece takes is no longer there for the shorter ones that it begins with. */
function choose(counts: WordCounts, certain: ReadonlySet<string>, threshold: number): Map<string, number> {
  const left = new Map<string, number>();
  for (const [piece, count] of counts) if (count >= threshold) left.set(piece, count);
  const chosen = new Map<string, number>();
  for (const piece of [...left.keys()].sort((a, b) => lettersIn(b) - lettersIn(a))) {
    const count = left.get(piece)!;
    if (count < threshold) continue;
    if (!certain.has(piece)) chosen.set(piece, count);
    const letters = [...piece.slice(piece.startsWith('##') ? 2 : 0)];
    let shorter = piece.startsWith('##') ? '##' : '';
    for (const letter of letters.slice(0, -1)) {
      shorter += letter;
      left.set(shorter, left.get(shorter)! - count);
    }
  }
  return chosen;
}

const lettersIn = (piece: string): number => piece.length - (piece.startsWith('##') ? 2 : 0);

/** Where the pieces of a word begin, the longest known piece each time. */
function splitAt(letters: string[], has: (piece: string) => boolean): number[] {
  const starts: number[] = [];
  for (let start = 0; start < letters.length; ) {
    starts.push(start);
    const prefix = start === 0 ? '' : '##';
    let end = letters.length;
    while (end > start + 1 && !has(prefix + letters.slice(start, end).join(''))) end--;
    start = end;
  }
  return starts;
}
