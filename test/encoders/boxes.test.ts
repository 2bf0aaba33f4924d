import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openBoxEncoder } from '../../src/encoders/box-encoder.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { parsePictureEncoderConfig } from '../../src/models/picture-encoder/config.ts';
import { decodePicture } from '../../src/pictures/decode-picture.ts';
import { readGridEncoder } from '../../src/zoo/grid-encoder.ts';

/** Places in COCO's list of 80 classes. */
const CLASSES = { bus: 5, train: 6, boat: 8 };

test('among the surest boxes of photographs are those of what they show', async () => {
  const engine = createOnnxRuntimeEngine({ threads: 1 });
  const { config, weights } = await readGridEncoder('checkpoints/grid-encoder/coco');
  const own = parsePictureEncoderConfig(config);
  const { find, release } = await openBoxEncoder(
    engine,
    { architecture: 'picture-encoder', config, weights },
    36,
  );
  const side = own.image_size;
  for (const [name, classId] of Object.entries(CLASSES)) {
    const file = await readFile(`examples/photographs/${name}.jpg`);
    const { detections, rows } = await find({
      rgb: await decodePicture(file, side),
      width: side,
      height: side,
    });
    expect(
      detections.slice(0, 10).map((one) => one.classId),
      name,
    ).toContain(classId);
    // The platform before the train is full of people.
    if (name !== 'train') expect(detections[0]).toMatchObject({ classId });
    const scores = detections.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    const width = own.feature_width + 4;
    expect(rows).toHaveLength(36 * width);
    expect(rows.every(Number.isFinite)).toBe(true);
    for (const [i, { box }] of detections.entries())
      for (const [k, x] of box.entries()) expect(rows[(i + 1) * width - 4 + k]).toBeCloseTo(x, 6);
  }
  await release();
});
