import type { ErrorCode } from '../errors.ts';

/** A picture as it was sent: its file, an address, or why it is neither. */
export type PictureText =
  | { bytes: Uint8Array; hash: string }
  | { url: string }
  | { code: ErrorCode; message: string };

/** @param mostBytes of a file */
export function readPictureText(text: string, mostBytes: number): PictureText;
