/** A scene through the shipped model's codes and back. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { IMAGE_SIZE, loadWorld } from '../../../src/datasets/scenes/index.ts';
import { openEngine } from '../../../src/engines/choose.ts';
import { encodeImage } from '../../../src/inference/encode-image.ts';
import { createEncodedPictures } from '../../../src/inference/encoded-pictures.ts';
import { loadModel } from '../../../src/inference/load-model.ts';
import { loadGridEncoder } from '../../../src/zoo/grid-encoder.ts';
import { loadPaintCheckpoint } from '../../../src/zoo/paint-checkpoint.ts';

const checkpoints = fileURLToPath(new URL('../../../checkpoints/', import.meta.url));
const source = {
  id: 'x-lxmert-scenes',
  folder: join(checkpoints, 'x-lxmert/scenes'),
  components: {
    generator: join(checkpoints, 'generator/scenes'),
    grid_encoder: join(checkpoints, 'grid-encoder/scenes'),
  },
};

const meanDifference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;

it('is the nearest centroid of each cell, and looks like the scene', async () => {
  const engine = await openEngine({ engine: 'onnxruntime', device: 'cpu' }, 1);
  const pictures = createEncodedPictures(engine);
  const world = await loadWorld('framed-1style');
  const [rgb, other] = [0, 1].map((i) => world.render(world.scene('test', i))) as [Uint8Array, Uint8Array];
  const file = await encodeImage(rgb, IMAGE_SIZE, IMAGE_SIZE, 'png');
  const hash = createHash('sha256').update(file).digest('hex');
  const model = await loadModel(engine, source, pictures, { only: 'paint', maxBatch: 1, onPass: () => {} });
  const hooks = { signal: new AbortController().signal, picture: () => file };
  const { codes, encoded } = await model.paint!({ reconstruct: hash, format: 'png' }, hooks);

  const { config, weights } = (await loadPaintCheckpoint(source)).lxmert;
  const encoder = await pictures.open(await loadGridEncoder(source.components.grid_encoder, config));
  const { features } = await encoder.encode(hash, file);
  const F = config.visual_feat_dim;
  const centroids = weights['vis_emb.weight']!.data as Float32Array;
  const distance = (cell: number, code: number) => {
    let sum = 0;
    for (let f = 0; f < F; f++) sum += (features[cell * F + f]! - centroids[code * F + f]!) ** 2;
    return sum;
  };
  for (const cell of [0, 27, 36, 63]) {
    const least = Math.min(...Array.from({ length: config.num_clusters }, (_, code) => distance(cell, code)));
    expect(distance(cell, codes[cell]!)).toBeCloseTo(least, 4);
  }
  const painted = new Uint8Array(await sharp(encoded).removeAlpha().raw().toBuffer());
  expect(meanDifference(painted, rgb)).toBeLessThan(meanDifference(painted, other) / 3);
  await encoder.close();
  await model.release();
});
