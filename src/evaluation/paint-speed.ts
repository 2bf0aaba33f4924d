/** How long a picture takes, and where the time goes. */
import * as tf from '@tensorflow/tfjs-core';
import type { CompiledFunction, Engine } from '../engines/engine.ts';
import { createRandom } from '../random.ts';
import { float32, type HostTensors } from '../tensor.ts';

const STAGES = ['text', 'step', 'generator', 'file'] as const;
export type Stage = (typeof STAGES)[number];

/** Milliseconds per image. */
export interface PaintSpeed {
  batch: number;
  /** Time that passed, divided by the images. */
  total: number;
  /** Fastest of the runs: what the machine does when nothing else runs on it. */
  fastest: number;
  stages: Record<Stage, number>;
}

/** Adds up what a pipeline reports of its runs. */
export class StageClock {
  #spent = emptyStages();

  readonly onPass = (stage: Stage, _rows: number, ms: number): void => {
    this.#spent[stage] += ms;
  };

  /** Milliseconds of each stage since the last call. */
  take(): Record<Stage, number> {
    const spent = this.#spent;
    this.#spent = emptyStages();
    return spent;
  }
}

export interface SpeedOptions {
  /** Paints one image; those of a batch are asked for together. */
  paint(prompt: string, seed: number): Promise<unknown>;
  /** Encodes a file once more, with nothing beside it: while others are painted, it mostly waits for a core. */
  encodeFile(): Promise<unknown>;
  clock: StageClock;
  batch: number;
  /** Runs that are measured, after those that warm up. */
  runs: number;
  warmUp: number;
}

/** Medians over the runs. Files are encoded beside the next stage, so that the stages need not add up to the total. */
export async function measurePainting(options: SpeedOptions): Promise<PaintSpeed> {
  const { batch, clock } = options;
  const totals: number[] = [];
  const stages: Record<Stage, number[]> = { text: [], step: [], generator: [], file: [] };
  for (let run = -options.warmUp; run < options.runs; run++) {
    clock.take();
    const start = performance.now();
    await Promise.all(
      Array.from({ length: batch }, (_, i) => options.paint(promptFor(run + options.warmUp, batch, i), i)),
    );
    const total = performance.now() - start;
    const spent = clock.take();
    const fileStart = performance.now();
    await options.encodeFile();
    const file = performance.now() - fileStart;
    if (run < 0) continue;
    totals.push(total / batch);
    for (const stage of STAGES) stages[stage].push(stage === 'file' ? file : spent[stage] / batch);
  }
  return {
    batch,
    total: median(totals),
    fastest: Math.min(...totals),
    stages: Object.fromEntries(STAGES.map((stage) => [stage, median(stages[stage])])) as Record<
      Stage,
      number
    >,
  };
}

function emptyStages(): Record<Stage, number> {
  return { text: 0, step: 0, generator: 0, file: 0 };
}

const THINGS = [
  'giraffe',
  'red car',
  'blue bus',
  'boat',
  'yellow flower',
  'horse',
  'green chair',
  'cat',
  'house',
];
const PLACES = [
  'on grass',
  'on the beach',
  'in the snow',
  'on a road',
  'in a room',
  'at night',
  'in the desert',
];

/** A new prompt every time: a pipeline remembers the ones that it has encoded. */
function promptFor(run: number, batch: number, image: number): string {
  let n = run * batch + image;
  const pick = (words: readonly string[]): string => {
    const word = words[n % words.length]!;
    n = Math.floor(n / words.length);
    return word;
  };
  return `a ${pick(THINGS)} next to a ${pick(THINGS)} ${pick(PLACES)}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Thousand million operations a second of a bare matrix product, [rows, 1024] · [1024, 1024], on this engine: what
 * the other numbers are to be held against.
 */
export async function matrixProductSpeed(engine: Engine, rows = 512): Promise<number> {
  const width = 1024;
  const random = createRandom(0);
  const filled = (size: number) => Float32Array.from({ length: size }, () => random.next());
  const product = await engine.compile({
    name: 'matrix-product',
    fn: (weights, inputs) => ({ y: tf.matMul(inputs.x as tf.Tensor2D, weights.w as tf.Tensor2D) }),
    weights: { w: float32(filled(width * width), [width, width]) },
    inputs: { x: { dtype: 'float32', shape: ['N', width] } },
  });
  const x = float32(filled(rows * width), [rows, width]);
  return gigaflops(product, { x }, 2 * rows * width * width);
}

/** The same of a convolution: 3 × 3 filters over 128 channels of 64 × 64, with a Relu, as generators have them. */
export async function convolutionSpeed(engine: Engine): Promise<number> {
  const [side, channels] = [64, 128];
  const random = createRandom(0);
  const filled = (size: number) => Float32Array.from({ length: size }, () => random.next() - 0.5);
  const x = float32(filled(side * side * channels), [1, side, side, channels]);
  const convolution = await engine.compile({
    name: 'convolution',
    fn: (weights, inputs) => ({
      y: tf.relu(tf.conv2d(tf.relu(inputs.x as tf.Tensor4D), weights.w as tf.Tensor4D, 1, 'same')),
    }),
    weights: { w: float32(filled(9 * channels * channels), [3, 3, channels, channels]) },
    inputs: { x: { dtype: 'float32', shape: ['N', side, side, channels] } },
    calibration: [{ x }],
  });
  return gigaflops(convolution, { x }, 2 * side * side * 9 * channels * channels);
}

/** Of the fastest of 20 runs; the function is released. */
async function gigaflops(fn: CompiledFunction, inputs: HostTensors, operations: number): Promise<number> {
  try {
    let fastest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 20; run++) {
      const start = performance.now();
      await fn.run(inputs);
      fastest = Math.min(fastest, performance.now() - start);
    }
    return operations / fastest / 1e6;
  } finally {
    await fn.release();
  }
}
