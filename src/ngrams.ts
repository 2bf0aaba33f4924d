/** Runs of words, or of their ids, joined by a space → how often each comes, by length from 1 to `longest`. */
export function countNgrams(words: readonly (string | number)[], longest: number): Map<string, number>[] {
  return Array.from({ length: longest }, (_, i) => {
    const counts = new Map<string, number>();
    for (let from = 0; from + i < words.length; from++) {
      const ngram = words.slice(from, from + i + 1).join(' ');
      counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
    }
    return counts;
  });
}
