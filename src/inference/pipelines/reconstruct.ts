/** What is left of a picture in visual codes (the paper's Figure 2): the nearest code of each cell, painted. */
import { encodeImage, type ImageFormat } from '../encode-image.ts';
import type { PaintOutcome } from '../protocol.ts';
import type { PaintPipeline } from './paint.ts';

/** @throws the signal's reason when it is aborted before the generator's turn */
export async function reconstruct(
  codes: Int32Array,
  { size, decode }: Pick<PaintPipeline, 'decode' | 'size'>,
  format: ImageFormat,
  signal?: AbortSignal,
): Promise<PaintOutcome> {
  const encoded = await encodeImage(await decode(codes, signal), size, size, format);
  return { width: size, height: size, codes: [...codes], encoded, truncated: false, unknownWords: [] };
}
