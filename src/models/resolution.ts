/** Channels at a resolution, shared by the paper's generator and discriminator (reference: layers.py). */
export function channelsAt(side: number, baseDim: number): number {
  if (side <= 64) return Math.min(512, baseDim);
  return Math.min(side <= 128 ? 256 : 128, baseDim);
}
