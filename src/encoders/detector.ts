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
  const compiled: CompiledFunction[] = [];
  async function compile(
    name: string,
    { fn, inputs, weights: names }: DetectorPart,
  ): Promise<CompiledFunction> {
    const own = Object.fromEntries(names.map((key) => [key, weights[key]!]));
    const part = await engine.compile({ name: `detector ${name}`, fn, inputs, weights: own });
    compiled.push(part);
    return part;
  }
  const release = async () => {
    await Promise.all(compiled.splice(0).map((part) => part.release()));
  };

  const body: { part: CompiledFunction; ends: Level | undefined }[] = [];
  let head: CompiledFunction;
  try {
    for (const part of bodyParts(config)) body.push({ part: await compile('body', part), ends: part.ends });
    head = await compile('head', headPart(config));
  } catch (error) {
    await release();
    throw error;
  }
  /** Feature pyramids of photographs, which come from two of the four levels. */
  const pyramids = new Map<Level, CompiledFunction>();

  async function encode(picture: HostTensor): Promise<Float32Array> {
    const [, height, width] = picture.shape as [number, number, number, number];
    const level = gridLevel(config.grid, width, height);
    const pyramid = pyramids.get(level) ?? (await compile(`P${level}`, pyramidPart(config, level)));
    pyramids.set(level, pyramid);
    let x: HostTensor = { ...picture, shape: [height / TILE, TILE, width / TILE, TILE * 3] };
    const maps: HostTensors = {};
    for (const { part, ends } of body) {
      x = (await part.run({ x })).y!;
      if (ends !== undefined && ends >= level) maps[stageName(ends)] = x;
      await othersFirst();
    }
    const matrix = (side: number): HostTensor => {
      const whole = poolingMatrix(config, side, level);
      return { ...whole, shape: [whole.shape[0]!, side / TILE, TILE / 2 ** level] };
    };
    const { pooled } = await pyramid.run({ ...maps, rows: matrix(height), columns: matrix(width) });
    await othersFirst();
    return (await head.run({ pooled: pooled! })).features!.data as Float32Array;
  }

  return { encode, release };
}
