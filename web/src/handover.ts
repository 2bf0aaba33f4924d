/** What one tab gives another to go on with. */
import type { Schemas } from './api.ts';

let file: File | undefined;

export function askAbout(picture: File): void {
  file = picture;
  location.hash = '#/ask';
}

/** Once. */
export function takePicture(): File | undefined {
  const taken = file;
  file = undefined;
  return taken;
}

export interface PaintOrder {
  prompt: string;
  seed?: number;
  model?: string;
  sampler?: Schemas['Sampler'];
}
export const paintHref = (order: PaintOrder): string =>
  `#/paint/${encodeURIComponent(JSON.stringify(order))}`;
export function readOrder(rest: string): PaintOrder | undefined {
  try {
    return JSON.parse(rest) as PaintOrder;
  } catch {
    return undefined;
  }
}
