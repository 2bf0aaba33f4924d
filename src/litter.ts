/**
 * What systems leave beside people's files, named as if it were one of them: macOS's `._train.json` and `__MACOSX`,
 * Windows' `Thumbs.db`. Hidden files are nobody's data either.
 */
export const isLitter = (name: string): boolean =>
  name.startsWith('.') || /^(__MACOSX|Icon\r|Thumbs\.db|ehthumbs\.db|desktop\.ini)$/i.test(name);
