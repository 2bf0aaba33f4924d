/** `bench see`: what an upload costs before any question: a file of a photograph's size to features of its cells. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { openEngine } from '../../engines/choose.ts';
import { UsageError } from '../../errors.ts';
import { createEncodedPictures } from '../../inference/encoded-pictures.ts';
import { createZoo } from '../../zoo/discovery.ts';
import { readGridEncoder } from '../../zoo/grid-encoder.ts';
import type { GivenTo } from '../define-command.ts';
import type { benchSee as description } from './commands.ts';

const ARCHITECTURES = ['grid-encoder', 'picture-encoder', 'detector'];

export async function seeBench({
  flags: values,
  config: settings,
}: GivenTo<typeof description>): Promise<void> {
  const config = settings();
  const { runs } = values;
  const { entries } = await createZoo([config.checkpointsDir, join(config.dataDir, 'checkpoints')]).scan();
  const encoders = entries.filter(
    ({ id, manifest }) =>
      ARCHITECTURES.includes(manifest.architecture) && (values['grid-encoder'] ?? id) === id,
  );
  if (encoders.length === 0) throw new UsageError(`There is no grid encoder "${values['grid-encoder']}".`);
  const picture = values.picture === undefined ? await noise() : await readFile(values.picture);
  const engine = await openEngine(config.engine, config.threads);
  process.stdout.write('| Encoder | Ready after | First picture | Later ones |\n|---|---:|---:|---:|\n');
  for (const entry of encoders) {
    const start = performance.now();
    const pictures = createEncodedPictures(engine);
    const encoder = await pictures.open(await readGridEncoder(entry.folder));
    const ready = performance.now() - start;
    const times: number[] = [];
    for (let run = 0; run <= runs; run++) {
      const begin = performance.now();
      // Under another name each time, or it would be found in the cache.
      await encoder.encode(`picture ${run}`, picture);
      times.push(performance.now() - begin);
    }
    await encoder.close();
    const [first, ...later] = times as [number, ...number[]];
    const median = later.sort((a, b) => a - b)[Math.floor(later.length / 2)]!;
    const ms = (value: number) => `${value.toFixed(0)} ms`;
    process.stdout.write(`| ${entry.id} | ${ms(ready)} | ${ms(first)} | ${ms(median)} |\n`);
  }
}

/** A JPEG of 640 × 480 with detail everywhere, which no photograph decodes slower than. */
const noise = (): Promise<Buffer> =>
  sharp({
    create: {
      width: 640,
      height: 480,
      channels: 3,
      background: '#777',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
    .jpeg({ quality: 90 })
    .toBuffer();
