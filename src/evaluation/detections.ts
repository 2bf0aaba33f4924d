/** From the recogniser's maps to the objects it sees: peaks that are high enough, one per object. */
import { BOX, type RecogniserConfig, SIZE_UNIT, STRIDE } from '../models/recogniser/config.ts';
import type { HostTensors } from '../tensor.ts';

/** A square with an object in it. Pixels. */
export interface Detection {
  classId: number;
  colourId: number;
  /** Top left corner and edge, as the boxes of `SceneObject`. */
  x: number;
  y: number;
  size: number;
  /** Name of the style, of a recogniser that tells styles apart. */
  style?: string;
  /** Probability of the class at the centre. */
  score: number;
}

export interface Recognition {
  /** Surest first. */
  objects: Detection[];
  /** Index into the world's backgrounds. */
  background: number;
}

/** Centres of two objects of one class are never nearer than this part of their edge: nearer ones are one object. */
const SAME_OBJECT = 0.6;
/** Two classes at one place, in pixels: an undecided recogniser, not two objects. */
const SAME_PLACE = 4;

/**
 * What is seen in every image of a batch.
 * @param outputs class_logits, colour_logits, boxes, background_logits, style_logits of `recognise`
 */
export function readRecognitions(config: RecogniserConfig, outputs: HostTensors): Recognition[] {
  const { class_logits, colour_logits, boxes, background_logits, style_logits } = outputs;
  const styles = config.styles ?? [];
  const [B, rows, columns, classes] = class_logits!.shape as [number, number, number, number];
  const classData = class_logits!.data as Float32Array;
  const colourData = colour_logits!.data as Float32Array;
  const boxData = boxes!.data as Float32Array;
  const backgroundData = background_logits!.data as Float32Array;
  return Array.from({ length: B }, (_, b) => {
    const candidates: Detection[] = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const cell = (b * rows + row) * columns + column;
        const { best, probability } = likeliest(classData, cell * classes, classes);
        if (best === 0 || probability < config.threshold) continue;
        const size = boxData[cell * BOX + 2]! * SIZE_UNIT;
        candidates.push({
          classId: best - 1,
          colourId: likeliest(colourData, cell * config.colours, config.colours).best,
          x: (column + boxData[cell * BOX]!) * STRIDE - size / 2,
          y: (row + boxData[cell * BOX + 1]!) * STRIDE - size / 2,
          size,
          ...(style_logits && {
            style:
              styles[likeliest(style_logits.data as Float32Array, cell * styles.length, styles.length).best]!,
          }),
          score: probability,
        });
      }
    }
    return {
      objects: distinct(candidates.sort((a, b) => b.score - a.score)),
      background: likeliest(backgroundData, b * config.backgrounds, config.backgrounds).best,
    };
  });
}

/** Drops what is the same object as a surer one. */
function distinct(candidates: readonly Detection[]): Detection[] {
  const kept: Detection[] = [];
  for (const candidate of candidates) {
    const again = kept.some((other) => {
      const distance = Math.hypot(
        candidate.x + candidate.size / 2 - other.x - other.size / 2,
        candidate.y + candidate.size / 2 - other.y - other.size / 2,
      );
      return distance < (other.classId === candidate.classId ? SAME_OBJECT * other.size : SAME_PLACE);
    });
    if (!again) kept.push(candidate);
  }
  return kept;
}

/** The index of the largest of `count` logits, and its softmax. */
function likeliest(
  logits: Float32Array,
  start: number,
  count: number,
): { best: number; probability: number } {
  let best = 0;
  for (let i = 1; i < count; i++) if (logits[start + i]! > logits[start + best]!) best = i;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp(logits[start + i]! - logits[start + best]!);
  return { best, probability: 1 / sum };
}
