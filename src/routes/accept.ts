/** Content negotiation (RFC 9110, 12.5.1): which of the types we have does the client want most. */

/**
 * @param offered in our order of preference, which decides between equals.
 * @returns undefined when the client wants none of them.
 */
export function negotiate<T extends string>(
  accept: string | undefined,
  offered: readonly T[],
): T | undefined {
  const ranges = (accept === undefined || accept.trim() === '' ? '*/*' : accept).split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = q === undefined ? 1 : Number(q.slice(2));
    return { type, quality: Number.isNaN(quality) ? 0 : quality };
  });
  let best: { type: T; quality: number } | undefined;
  for (const type of offered) {
    // The most specific range that covers a type decides about it: "image/png;q=0, */*" excludes PNG.
    const [family] = type.split('/');
    const quality = [type, `${family}/*`, '*/*']
      .map((pattern) => ranges.find((range) => range.type === pattern)?.quality)
      .find((found) => found !== undefined);
    if (quality !== undefined && quality > 0 && quality > (best?.quality ?? 0)) best = { type, quality };
  }
  return best?.type;
}
