/** The last results that were asked for, made once each. */

/** @returns what `make` gives for a key, or gave a short while ago; what failed is made again. Of the others `most` stay. */
export function keepLast<T>(most: number): (key: string, make: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return (key, make) => {
    const known = kept.get(key);
    const result = known ?? make();
    kept.delete(key);
    kept.set(key, result);
    if (!known) result.catch(() => kept.delete(key));
    if (kept.size > most) kept.delete(kept.keys().next().value!);
    return result;
  };
}
