/** The README's picture and others: the same codes as on the CPU, and the same pixels within one of 255. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Engine } from '../../../src/engines/engine.ts';
import { createPaintPipeline } from '../../../src/inference/pipelines/paint.ts';
import { painterOf } from '../models.ts';
import { type Finding, openBoth, type Part } from '../part.ts';

/** The first is the README's. */
export const PROMPTS: [string, { temperature?: number; steps: number }][] = [
  ['a giraffe standing on grass next to a red car', { steps: 4 }],
  ['a giraffe and two balloons in the snow', { steps: 16 }],
  ['two dogs on the beach', { steps: 4, temperature: 1 }],
];

interface Painted {
  codes: ArrayLike<number>;
  pixels: Uint8Array;
  file: Buffer;
}

export async function paintAll(engine: Engine): Promise<Painted[]> {
  const pipeline = await createPaintPipeline(engine, await painterOf('demo'));
  const all: Painted[] = [];
  for (const [seed, [prompt, options]] of PROMPTS.entries()) {
    const sampler = { strategy: 'mask-predict', ...options } as const;
    const { codes, encoded } = await pipeline.paint({ prompt, seed, sampler, format: 'png', steps: false });
    const file = Buffer.from(encoded);
    all.push({ codes, file, pixels: await sharp(file).raw().toBuffer() });
  }
  await pipeline.release();
  return all;
}

/** @param by the engine that painted `found` */
export function compare(
  finding: Finding,
  by: string,
  expected: readonly Painted[],
  found: readonly Painted[],
): void {
  for (const [i, [prompt]] of PROMPTS.entries()) {
    const [a, b] = [expected[i]!, found[i]!];
    const others = Array.from(a.codes).filter((code, cell) => code !== b.codes[cell]).length;
    let most = 0;
    for (const [k, value] of a.pixels.entries()) most = Math.max(most, Math.abs(value - b.pixels[k]!));
    const text = `${others} of ${a.codes.length} codes differ, pixels by at most ${most} of 255`;
    finding.check(`${by} paints "${prompt}" as the CPU does`, others === 0 && most <= 1, text);
  }
}

const part: Part = async (finding, options) => {
  const { device, cpu } = await openBoth(options);
  const found = await paintAll(device);
  writeFileSync(join(options.out, 'giraffe.png'), found[0]!.file);
  compare(finding, device.name, await paintAll(cpu), found);
};

export default part;
