import { describe, expect, it } from 'vitest';
import { readRecognitions } from '../../src/evaluation/detections.ts';
import type { RecogniserConfig } from '../../src/models/recogniser/config.ts';
import { float32, type HostTensors } from '../../src/tensor.ts';

const config: RecogniserConfig = {
  image_size: 64,
  channels: [8, 16, 32],
  blocks: [1, 1, 1, 1],
  layer_norm_epsilon: 1e-6,
  objects: 3,
  colours: 2,
  backgrounds: 2,
  threshold: 0.7,
};
const SIDE = 8;
const CELLS = SIDE * SIDE;

interface Peak {
  image?: number;
  row: number;
  column: number;
  /** Class logit above that of "nothing", or of nothing above it when negative. */
  sure: number;
  classId: number;
  colourId?: number;
  offset?: [number, number];
  size?: number;
}

function maps(images: number, peaks: readonly Peak[]): HostTensors {
  const classes = new Float32Array(images * CELLS * 4);
  const colours = new Float32Array(images * CELLS * 2);
  const boxes = new Float32Array(images * CELLS * 3);
  for (let cell = 0; cell < images * CELLS; cell++) classes[cell * 4] = 10;
  for (const { image = 0, row, column, sure, classId, colourId = 0, offset = [0, 0], size = 32 } of peaks) {
    const cell = image * CELLS + row * SIDE + column;
    classes[cell * 4 + classId + 1] = 10 + sure;
    colours[cell * 2 + colourId] = 5;
    boxes.set([...offset, size / 16], cell * 3);
  }
  return {
    class_logits: float32(classes, [images, SIDE, SIDE, 4]),
    colour_logits: float32(colours, [images, SIDE, SIDE, 2]),
    boxes: float32(boxes, [images, SIDE, SIDE, 3]),
    background_logits: float32(
      Float32Array.from({ length: images * 2 }, (_, i) => i % 2),
      [images, 2],
    ),
  };
}

describe('reading the maps of a recogniser', () => {
  it('says what is where, in pixels, surest first, image by image', () => {
    const [first, second] = readRecognitions(
      config,
      maps(2, [
        { row: 2, column: 3, sure: 4, classId: 1, colourId: 1, offset: [0.5, 0.25] },
        { row: 6, column: 6, sure: 9, classId: 2, size: 48 },
        { image: 1, row: 0, column: 7, sure: 9, classId: 0 },
      ]),
    );
    expect(
      first!.objects.map(({ classId, colourId, x, y, size }) => [classId, colourId, x, y, size]),
    ).toEqual([
      [2, 0, 24, 24, 48],
      [1, 1, 12, 2, 32],
    ]);
    expect(first!.background).toBe(1);
    expect(second!.objects.map(({ classId }) => classId)).toEqual([0]);
  });

  it('does not count what it is not sure of', () => {
    // ln(0.7 / 0.3) is 0.85; the two other classes at logit 0 weigh nothing beside 10.
    const seen = (sure: number) =>
      readRecognitions(config, maps(1, [{ row: 4, column: 4, sure, classId: 0 }]))[0]!;
    expect(seen(0.8).objects).toHaveLength(0);
    expect(seen(0.9).objects).toHaveLength(1);
  });

  it('counts an object once that shows in two cells, and a rider and its mount as two', () => {
    const near = { row: 4, sure: 5, classId: 0 };
    const twice = maps(1, [
      { ...near, column: 4 },
      { ...near, column: 5, sure: 3 },
    ]);
    expect(readRecognitions(config, twice)[0]!.objects).toHaveLength(1);
    const pair = maps(1, [
      { ...near, column: 4 },
      { ...near, column: 5, classId: 1 },
    ]);
    expect(readRecognitions(config, pair)[0]!.objects).toHaveLength(2);
    const undecided = maps(1, [
      { ...near, column: 4, offset: [0.9, 0] },
      { ...near, column: 5, classId: 1, offset: [0, 0] },
    ]);
    expect(readRecognitions(config, undecided)[0]!.objects).toHaveLength(1);
  });
});
