/** maskrcnn-benchmark's checkpoint to a detector of the zoo, and what it sees as PyTorch's operators see it. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBoxEncoder } from '../../../src/encoders/box-encoder.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { createEncodedPictures } from '../../../src/inference/encoded-pictures.ts';
import { loadModel } from '../../../src/inference/load-model.ts';
import { createDetectorPipeline } from '../../../src/inference/pipelines/detect.ts';
import { PUBLISHED_PROPOSALS } from '../../../src/models/detector/config.ts';
import { ANCHORS } from '../../../src/models/detector/detector.ts';
import { cellAnchors } from '../../../src/models/detector/proposals.ts';
import { noBoxes, proposesBoxes } from '../../../src/models/proposes-boxes.ts';
import { writeSafetensors } from '../../../src/safetensors.ts';
import { float32, type HostTensors } from '../../../src/tensor.ts';
import { loadGridEncoder, readGridEncoder } from '../../../src/zoo/grid-encoder.ts';
import { type ImportRequest, importCheckpoint } from '../../../src/zoo/import/import-checkpoint.ts';
import { openWeights } from '../../../src/zoo/import/open-weights.ts';
import { expectClose, golden } from '../../fixtures/golden.ts';

const fixture = (name: string): string => join(import.meta.dirname, '../../fixtures', name);
const FIXTURE = golden('detector-tiny');
const engine = createOnnxRuntimeEngine({ threads: 1 });
const FITS = { grid: 8, visual_feat_dim: 40 };

let root: string;
let roots: string[];
let imported: Awaited<ReturnType<typeof importCheckpoint>>;
const request = (fields: Partial<ImportRequest> = {}): ImportRequest => ({
  ...{ from: fixture('detector-tiny/detectron_model.pth'), as: 'detector/published' },
  ...{ command: 'npm run import -- …', commit: 'test' },
  ...fields,
});
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'detector-'));
  roots = [join(root, 'shipped'), join(root, 'own')];
  imported = await importCheckpoint(request(), roots);
});
afterAll(() => rm(root, { recursive: true }));

test('sizes follow from the weights, the rest is what was published, and what is not used is told', async () => {
  expect(imported).toMatchObject({ id: 'detector-published', tasks: [] });
  expect(JSON.parse(await readFile(join(imported.folder, 'config.json'), 'utf8'))).toEqual({
    ...FIXTURE.config,
    ...PUBLISHED_PROPOSALS,
    ...{ num_classes: 3, num_anchors: 3 },
  });
  const card = await readFile(join(imported.folder, 'README.md'), 'utf8');
  expect(card).toMatch(/not used here: .*`roi_heads\.box\.predictor\.bbox_pred\.weight`/);
  expect(card).not.toMatch(/`rpn\./);
  expect(card).not.toMatch(/`backbone[^`]*`.*not used/);
});

describe('features of the cells', () => {
  test.each(['landscape', 'square', 'portrait', 'strip'])('%s', async (name) => {
    const encoder = await loadGridEncoder(imported.folder, FITS);
    if (encoder.architecture !== 'detector') throw new Error(encoder.architecture);
    const all = FIXTURE.tensors('pictures.safetensors');
    const { data, shape } = all[`${name}.rgb`]!;
    const expected = all[`${name}.features`]!;
    const pipeline = await createDetectorPipeline(engine, encoder);
    const { features } = await pipeline.encode(data as Uint8Array, shape[1]!, shape[0]!);
    await pipeline.release();
    expectClose(float32(features, [64, 40]), expected, { abs: 1e-4, rel: 0 }, name);
    // As it is, half of the numbers are zero: nothing would be compared if all were.
    expect(Math.max(...expected.data)).toBeGreaterThan(3);
  });

  test('a file is looked at in the size that it has', async () => {
    const { data, shape } = FIXTURE.tensors('pictures.safetensors')['landscape.rgb']!;
    const raw = { width: shape[1]!, height: shape[0]!, channels: 3 as const };
    const file = await sharp(Buffer.from(data as Uint8Array), { raw })
      .png()
      .toBuffer();
    const opened = await createEncodedPictures(engine).open(await loadGridEncoder(imported.folder, FITS));
    const { features } = await opened.encode('landscape', file);
    await opened.close();
    const expected = FIXTURE.tensors('pictures.safetensors')['landscape.features']!;
    expectClose(float32(features, [64, 40]), expected, { abs: 1e-4, rel: 0 }, 'landscape');
  });
});

interface BoxCase {
  name: string;
  width: number;
  height: number;
  boxes: number;
}
const { boxes: BOX_CASES } = JSON.parse(readFileSync(fixture('detector-tiny/cases.json'), 'utf8')) as {
  boxes: BoxCase[];
};

describe('boxes of a picture', () => {
  test.each(BOX_CASES)('$name', async ({ name, width, height, boxes, ...given }) => {
    const config = join(root, `${name}.json`);
    await writeFile(config, JSON.stringify(given));
    const { folder } = await importCheckpoint(request({ as: `detector/${name}`, config }), roots);
    const fits = { num_boxes: boxes, visual_feat_dim: 40 };
    const encoder = await openBoxEncoder(engine, await loadGridEncoder(folder, fits), boxes);
    const all = FIXTURE.tensors('boxes.safetensors');
    const of = (what: string) => all[`${name}.${what}`]!;
    const rgb = of('rgb').data as Uint8Array;
    const { detections, rows } = await encoder.find({ rgb, width, height });
    await encoder.release();
    expect(detections.map(({ classId }) => classId)).toEqual(Array.from(of('obj_id').data));
    const pixels = detections.flatMap(({ box }) => box.map((x, i) => x * (i % 2 === 0 ? width : height)));
    expectClose(float32(Float32Array.from(pixels), [boxes, 4]), of('boxes'), { abs: 1e-3, rel: 0 }, name);
    const scores = Float32Array.from(detections, ({ score }) => score);
    expectClose(float32(scores, [boxes]), of('obj_conf'), { abs: 1e-4, rel: 0 }, name);
    const features = new Float32Array(boxes * 40);
    for (let i = 0; i < boxes; i++) features.set(rows.subarray(i * 44, i * 44 + 40), i * 40);
    expectClose(float32(features, [boxes, 40]), of('features'), { abs: 1e-3, rel: 0 }, name);
  });

  test('of a file without anchors are proposed from the anchors of maskrcnn-benchmark', async () => {
    const file = await openWeights(fixture('detector-tiny/detectron_model.pth'));
    for (const [i, name] of ANCHORS.entries())
      expect(cellAnchors(i), name).toEqual(await file.tensors.get(name)!.read());
    await file.close();
  });

  test('of a file without proposals are none, and it is said what to do', async () => {
    const file = await openWeights(fixture('detector-tiny/detectron_model.pth'));
    const weights: HostTensors = {};
    for (const [name, tensor] of file.tensors)
      if (!name.startsWith('rpn.head.cls_logits')) weights[name] = await tensor.read();
    await file.close();
    const from = join(root, 'grid-alone.safetensors');
    await writeSafetensors(from, weights);
    const { folder } = await importCheckpoint(request({ from, as: 'detector/grid-alone' }), roots);
    const { architecture, config } = await readGridEncoder(folder);
    expect(proposesBoxes({ architecture, config })).toBe(false);
    expect(noBoxes({ architecture })).toContain('Import a detectron_model.pth that has rpn.head');
  });
});

test('a published X-LXMERT captions photographs with it', async () => {
  const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const vocab = join(root, 'vocab.txt');
  const config = join(root, 'heads.json');
  await writeFile(vocab, [...words, ...Array.from({ length: 195 }, (_, i) => `w${i}`)].join('\n'));
  const { num_attention_heads } = golden('x-lxmert-tiny').config;
  await writeFile(config, JSON.stringify({ num_attention_heads }));
  const model = await importCheckpoint(
    request({
      ...{ from: fixture('x-lxmert-tiny/Epoch20_LXRT.pth'), as: 'x-lxmert/published', vocab, config },
      ...{ centroids: fixture('x-lxmert-tiny/centroids.npy'), gridEncoder: 'detector/published' },
    }),
    roots,
  );
  expect(model.tasks).toEqual(['caption']);
  const source = { id: model.id, folder: model.folder, components: { grid_encoder: imported.folder } };
  const loaded = await loadModel(engine, source, createEncodedPictures(engine), { maxBatch: 1, onPass() {} });
  const file = await sharp({ create: { width: 30, height: 20, channels: 3, background: '#336699' } })
    .png()
    .toBuffer();
  const caption = await loaded.caption!(
    { picture: 'one', prefix: '', maxTokens: 6, sampler: { strategy: 'gibbs' }, seed: 1 },
    {
      signal: new AbortController().signal,
      picture: () => file,
    } as never,
  );
  await loaded.release();
  expect(JSON.stringify(caption)).toMatch(/w\d/);
});

describe('a file that does not fit', () => {
  const changed = async (change: (weights: HostTensors) => void): Promise<string> => {
    const file = await openWeights(fixture('detector-tiny/detectron_model.pth'));
    const weights: HostTensors = {};
    for (const [name, tensor] of file.tensors) weights[name] = await tensor.read();
    await file.close();
    change(weights);
    const path = join(root, 'changed.safetensors');
    await writeSafetensors(path, weights);
    return path;
  };
  test('every missing, surplus and misshapen weight is named, as the file names it', async () => {
    const from = await changed((weights) => {
      delete weights['backbone.body.layer2.1.bn2.running_var'];
      weights['backbone.body.layer5.0.conv1.weight'] = float32([1], [1]);
      weights['backbone.fpn.fpn_layer3.bias'] = float32([1, 2], [2]);
    });
    const failed = importCheckpoint(request({ from, as: 'detector/other' }), roots);
    await expect(failed).rejects.toMatchObject({ code: 'weights_mismatch' });
    await expect(failed).rejects.toThrow(
      /missing: backbone\.body\.layer2\.1\.bn2\.running_var \[16\]; surplus: backbone\.body\.layer5\.0\.conv1\.weight; misshapen: backbone\.fpn\.fpn_layer3\.bias is \[2\], not \[4\]/,
    );
  });
  test('what no config of ours describes is a bad config', async () => {
    const from = await changed((weights) => {
      for (const name of Object.keys(weights)) if (name.includes('.layer4.')) delete weights[name];
    });
    await expect(importCheckpoint(request({ from, as: 'detector/other' }), roots)).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringMatching(/depths/),
    });
  });
});

test('a model of another width refuses it', async () => {
  await expect(loadGridEncoder(imported.folder, { grid: 8, visual_feat_dim: 2048 })).rejects.toThrow(
    /makes 8×8 features of 40, the model takes 8×8 features of 2048/,
  );
});
