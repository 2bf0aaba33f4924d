/** The published models' detector at work: from a photograph of any size to the features of its grid. */
import { setImmediate as othersFirst } from 'node:timers/promises';
import type { CompiledFunction, Engine } from '../engines/engine.ts';
import type { DetectorConfig } from '../models/detector/config.ts';
import {
  bodyParts,
  type DetectorPart,
  headPart,
  pyramidPart,
  stageName,
} from '../models/detector/detector.ts';
import { TILE } from '../models/detector/picture.ts';
import { gridLevel, type Level, poolingMatrix } from '../models/detector/roi-align.ts';
import type { HostTensor, HostTensors } from '../tensor.ts';

export interface Detector {
  /** @param picture of `detectorPicture`, [1, H, W, 3] @returns [cells, F], cells row by row */
  encode(picture: HostTensor): Promise<Float32Array>;
  release(): Promise<void>;
}

export async function openDetector(
  engine: Engine,
  { config, weights }: { config: DetectorConfig; weights: HostTensors },
): Promise<Detector> {
  return withParts(engine, weights, async (compile) => {
    const body = await openBody(config, compile);
    const head = await compile('head', headPart(config));
    /** Feature pyramids of photographs, which come from two of the four levels. */
    const pyramids = new Map<Level, CompiledFunction>();

    async function encode(picture: HostTensor): Promise<Float32Array> {
      const [, height, width] = picture.shape as [number, number, number, number];
      const level = gridLevel(config.grid, width, height);
      const pyramid = pyramids.get(level) ?? (await compile(`P${level}`, pyramidPart(config, level)));
      pyramids.set(level, pyramid);
      const maps = await body(picture, level);
      const matrix = (side: number): HostTensor => {
        const whole = poolingMatrix(config, side, level);
        return { ...whole, shape: [whole.shape[0]!, side / TILE, TILE / 2 ** level] };
      };
      const { pooled } = await pyramid.run({ ...maps, rows: matrix(height), columns: matrix(width) });
      await othersFirst();
      return (await head.run({ pooled: pooled! })).features!.data as Float32Array;
    }

    return { encode };
  });
}

export type CompilePart = (name: string, part: DetectorPart) => Promise<CompiledFunction>;

/** What is made of compiled parts, and their release. */
export async function withParts<T extends object>(
  engine: Engine,
  weights: HostTensors,
  make: (compile: CompilePart) => Promise<T>,
): Promise<T & { release(): Promise<void> }> {
  const compiled: CompiledFunction[] = [];
  const release = async () => {
    await Promise.all(compiled.splice(0).map((part) => part.release()));
  };
  try {
    const made = await make(async (name, { fn, inputs, weights: names }) => {
      const own = Object.fromEntries(names.map((key) => [key, weights[key]!]));
      const part = await engine.compile({ name: `detector ${name}`, fn, inputs, weights: own });
      compiled.push(part);
      return part;
    });
    return { ...made, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The body: of a picture [1, H, W, 3] what its stages give from a level up, by `stageName`, in tiles. */
export async function openBody(
  config: DetectorConfig,
  compile: CompilePart,
): Promise<(picture: HostTensor, level: Level) => Promise<HostTensors>> {
  const body: { part: CompiledFunction; ends: Level | undefined }[] = [];
  for (const part of bodyParts(config)) body.push({ part: await compile('body', part), ends: part.ends });
  return async (picture, level) => {
    const [, height, width] = picture.shape as [number, number, number, number];
    let x: HostTensor = { ...picture, shape: [height / TILE, TILE, width / TILE, TILE * 3] };
    const maps: HostTensors = {};
    for (const { part, ends } of body) {
      x = (await part.run({ x })).y!;
      if (ends !== undefined && ends >= level) maps[stageName(ends)] = x;
      await othersFirst();
    }
    return maps;
  };
}
