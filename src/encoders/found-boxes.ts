/** What an encoder that proposes boxes finds in a picture. */
import { BOX_NUMBERS } from '../boxes.ts';
import type { Detection } from '../models/picture-encoder/boxes.ts';

export interface FoundBoxes {
  /** The surest first; the last one again where the picture has fewer. */
  detections: Detection[];
  /** [N, F + 4]: a feature, then x0, y0, x1, y1 in 0..1. */
  rows: Float32Array;
}

export interface BoxEncoder {
  /** @param picture the whole one, as the encoder wants its pixels; rgb [height, width, 3], 0..255 */
  find(picture: { rgb: Uint8Array; width: number; height: number }): Promise<FoundBoxes>;
  release(): Promise<void>;
}

/** What of a picture is found where nothing is. */
const WHOLE: Detection = { box: [0, 0, 1, 1], classId: 0, score: 0 };

/**
 * N boxes, whatever was found, with their places behind their features.
 * @param features [F] of a detection, written to the target from `at` on
 */
export function boxRows(
  found: readonly Detection[],
  N: number,
  F: number,
  features: (detection: Detection, target: Float32Array, at: number) => void,
): FoundBoxes {
  const detections = [...found];
  while (detections.length < N) detections.push(detections.at(-1) ?? WHOLE);
  const rows = new Float32Array(N * (F + BOX_NUMBERS));
  for (const [i, detection] of detections.entries()) {
    const at = i * (F + BOX_NUMBERS);
    features(detection, rows, at);
    rows.set(detection.box, at + F);
  }
  return { detections, rows };
}
