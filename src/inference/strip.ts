/** A picture in the making, as the paper's Figure 4 shows it: side by side after some of the steps. */
import sharp, { type OverlayOptions } from 'sharp';
import type { Sampler } from '../sampling/sampler.ts';
import type { ImageFormat } from './encode-image.ts';

/** The steps of the paper's figure, which samples at random for 140 of them. */
export const STRIP_STEPS = [1, 5, 10, 15, 20, 25, 30, 35, 40, 50, 60, 70, 100, 140] as const;
export const STRIP_SAMPLER = { strategy: 'random', steps: 140 } as const satisfies Sampler;

const GAP = 4;
const HEAD = 18;

/** For whoever asked for steps that the sampler does not take. */
export const NO_FRAMES =
  'The sampler takes fewer steps than any of those that are to be shown. Ask for earlier ones.';

/**
 * @param frames files of pictures of one size, after `steps`
 * @param side of each, in pixels
 */
export async function composeStrip(
  frames: readonly Uint8Array[],
  steps: readonly number[],
  side: number,
  format: ImageFormat,
): Promise<Buffer> {
  const width = frames.length * (side + GAP) + GAP;
  const height = HEAD + side + GAP;
  const labels = steps.map(
    (step, i) => `<text x="${GAP + i * (side + GAP) + side / 2}" y="13" text-anchor="middle">#${step}</text>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<rect width="100%" height="100%" fill="white"/>
<g font-family="sans-serif" font-size="12">${labels.join('')}</g></svg>`;
  const layers = frames.map(
    (frame, i): OverlayOptions => ({ input: Buffer.from(frame), left: GAP + i * (side + GAP), top: HEAD }),
  );
  const strip = sharp(Buffer.from(svg)).composite(layers).removeAlpha();
  return strip.toFormat(format).toBuffer();
}
