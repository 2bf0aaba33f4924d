import Negotiator from 'negotiator';

/**
 * Content negotiation (RFC 9110, 12.5.1): which of the types we have does the client want most.
 * @param offered in our order of preference, which decides between equals.
 * @returns undefined when the client wants none of them.
 */
export function negotiate<T extends string>(
  accept: string | undefined,
  offered: readonly T[],
): T | undefined {
  const headers = accept === undefined || accept.trim() === '' ? {} : { accept };
  return new Negotiator({ headers }).mediaType(offered) as T | undefined;
}
