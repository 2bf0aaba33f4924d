/** Shares with intervals, and how far people agree. */

export interface Share {
  count: number;
  total: number;
  share: number | null;
  /** Wilson's, of 95 %. */
  interval: [number, number] | null;
}

const Z = 1.959964;

export function shareWithin(count: number, total: number): Share {
  if (total === 0) return { count, total, share: null, interval: null };
  const p = count / total;
  const scale = 1 + Z ** 2 / total;
  const middle = (p + Z ** 2 / (2 * total)) / scale;
  const half = (Z / scale) * Math.sqrt((p * (1 - p)) / total + Z ** 2 / (4 * total ** 2));
  return { count, total, share: p, interval: [Math.max(0, middle - half), Math.min(1, middle + half)] };
}

/**
 * Krippendorff's alpha for names: 1 where all agree, 0 where they agree as often as by chance. Items may have any
 * number of answers; those with one say nothing.
 * @returns null where there is nothing to agree about: no item with two answers, or only one answer ever given
 */
export function agreement(items: readonly (readonly string[])[]): number | null {
  const pairable = items.filter((answers) => answers.length > 1);
  const totals = new Map<string, number>();
  let disagreements = 0;
  let n = 0;
  for (const answers of pairable) {
    const counts = new Map<string, number>();
    for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
    const m = answers.length;
    n += m;
    let same = 0;
    for (const [answer, count] of counts) {
      same += count * (count - 1);
      totals.set(answer, (totals.get(answer) ?? 0) + count);
    }
    disagreements += (m * (m - 1) - same) / (m - 1);
  }
  let sameByChance = 0;
  for (const count of totals.values()) sameByChance += count * (count - 1);
  const expected = (n * (n - 1) - sameByChance) / (n - 1);
  if (!(expected > 0)) return null;
  return 1 - disagreements / expected;
}
