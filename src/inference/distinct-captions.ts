import type { CaptionOutcome } from './protocol.ts';

/** Texts that are wanted of a work beside its best: as many as those before it may have taken. */
export const alternativesOf = (work: number): number => work;

/**
 * Captions of one picture that differ, as far as there are as many texts: one that is there already gives way to the
 * best of another length. In the order of the works, so that the same request has the same captions.
 */
export function distinctCaptions<T extends CaptionOutcome>(
  captions: readonly T[],
): Omit<T, 'alternatives'>[] {
  const taken = new Set<string>();
  return captions.map(({ alternatives, ...caption }) => {
    const free = [caption, ...alternatives].find(({ text }) => !taken.has(text));
    const { text, score } = free ?? caption;
    taken.add(text);
    return { ...caption, text, score };
  });
}
