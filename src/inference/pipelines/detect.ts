/** From photographs of any size to the grid features of the published models. */
import { setImmediate as othersFirst } from 'node:timers/promises';
import type { CompiledFunction, Engine } from '../../engines/engine.ts';
import type { DetectorConfig } from '../../models/detector/config.ts';
import {
  bodyParts,
  type DetectorPart,
  headPart,
  pyramidPart,
  stageName,
} from '../../models/detector/detector.ts';
import { detectorPicture, TILE } from '../../models/detector/picture.ts';
import { gridLevel, type Level, poolingMatrix } from '../../models/detector/roi-align.ts';
import type { HostTensor, HostTensors } from '../../tensor.ts';
import { createBatcher } from '../batcher.ts';
import type { PipelineOptions } from './options.ts';
import type { Seen } from './see.ts';

export interface DetectorPipeline {
  /**
   * @param rgb [height, width, 3], 0..255: the whole picture
   * @throws the signal's reason when it is aborted before the picture's turn
   */
  see(rgb: Uint8Array, width: number, height: number, signal?: AbortSignal): Promise<Seen>;
  release(): Promise<void>;
}

export async function createDetectorPipeline(
  engine: Engine,
  { config, weights }: { config: DetectorConfig; weights: HostTensors },
  { onRun }: Pick<PipelineOptions, 'onRun'> = {},
): Promise<DetectorPipeline> {
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
  /** Of photographs, which come from two of the four levels. */
  const pyramids = new Map<Level, CompiledFunction>();

  async function encode(picture: HostTensor): Promise<Seen> {
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
    return { features: (await head.run({ pooled: pooled! })).features!.data as Float32Array };
  }

  // One at a time: hardly two pictures have one size, and a single one keeps all cores busy.
  const batcher = createBatcher([1], async ([picture]: HostTensor[]) => {
    const start = performance.now();
    const seen = await encode(picture!);
    onRun?.('see', 1, performance.now() - start);
    return [seen];
  });

  return {
    async see(rgb, width, height, signal) {
      // Before it waits: a photograph is larger than what the detector takes.
      return batcher.submit(detectorPicture(config, rgb, width, height), signal);
    },
    release,
  };
}
