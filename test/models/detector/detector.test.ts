/** The parts of the detector against what PyTorch's operators make of the same numbers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type DetectorConfig,
  DetectorConfigError,
  PUBLISHED_DETECTOR,
  parseDetectorConfig,
} from '../../../src/models/detector/config.ts';
import { bodyParts, detectorWeightShapes, pyramidPart } from '../../../src/models/detector/detector.ts';
import { detectorPicture, detectorSize } from '../../../src/models/detector/picture.ts';
import { gridLevel, LEVELS, type Level, poolingMatrix } from '../../../src/models/detector/roi-align.ts';
import { imageFromTorch } from '../../../src/models/layout.ts';
import { type HostTensor, sizeOf } from '../../../src/tensor.ts';
import { expectClose, golden } from '../../fixtures/golden.ts';

interface Cases {
  pictures: { name: string; width: number; height: number; resized: [number, number]; level: Level }[];
  preprocessing: { name: string; width: number; height: number; min_size: number; max_size: number }[];
  roi_align: ({ name: string; width: number; height: number; level: Level } & Pick<
    DetectorConfig,
    'pooler_resolution' | 'pooler_sampling_ratio'
  >)[];
}
const CASES = join(import.meta.dirname, '../../fixtures/detector-tiny/cases.json');
const { pictures, preprocessing, roi_align } = JSON.parse(readFileSync(CASES, 'utf8')) as Cases;
const FIXTURE = golden('detector-tiny');
const config = parseDetectorConfig(FIXTURE.config);
const X152: DetectorConfig = parseDetectorConfig({
  ...PUBLISHED_DETECTOR,
  ...{ stem_out_channels: 64, depths: [3, 8, 36, 3], num_groups: 32, width_per_group: 8 },
  ...{ res2_out_channels: 256, fpn_out_channels: 512, pooler_resolution: 7, mlp_head_dim: 2048 },
});

describe('a picture before the network', () => {
  test.each(pictures)('$name: $width × $height becomes $resized', ({ width, height, resized, level }) => {
    const size = detectorSize(config, width, height);
    expect([size.width, size.height]).toEqual(resized);
    expect(gridLevel(8, size.width, size.height)).toBe(level);
  });
  test('a photograph of 640 × 480 becomes 1056 × 800; one like a thread keeps a tile', () => {
    expect(detectorSize(config, 640, 480)).toEqual({ width: 1056, height: 800 });
    expect(detectorSize(config, 4000, 3)).toEqual({ width: 1312, height: 32 });
  });
  test.each(preprocessing)(
    '$name: resized, blue first, means subtracted',
    ({ name, width, height, ...size }) => {
      const all = FIXTURE.tensors('preprocessing.safetensors');
      const rgb = all[`${name}.rgb`]!.data as Uint8Array;
      const picture = detectorPicture({ ...config, ...size }, rgb, width, height);
      expectClose(picture, imageFromTorch(all[`${name}.picture`]!), { abs: 1e-4, rel: 1e-6 }, name);
    },
  );
  test('pixels that are not a picture of that size are refused', () => {
    expect(() => detectorPicture(config, new Uint8Array(10), 2, 2)).toThrow(/10 bytes, wanted 2 × 2 × 3/);
  });
});

/** rows · map · columnsᵀ, in double. */
function pool(map: HostTensor, rows: HostTensor, columns: HostTensor): Float64Array {
  const [, h, w] = map.shape as [number, number, number];
  const [R, C] = [rows.shape[0]!, columns.shape[0]!];
  const out = new Float64Array(R * C);
  for (let r = 0; r < R; r++) {
    for (let c = 0; c < C; c++) {
      let sum = 0;
      for (let y = 0; y < h; y++) {
        const row = rows.data[r * h + y]!;
        if (row === 0) continue;
        for (let x = 0; x < w; x++) sum += row * columns.data[c * w + x]! * map.data[y * w + x]!;
      }
      out[r * C + c] = sum;
    }
  }
  return out;
}

describe('RoIAlign of a grid', () => {
  test.each(roi_align)('$name as sample by sample', ({ name, width, height, level, ...pooler }) => {
    const all = FIXTURE.tensors('roi-align.safetensors');
    const [rows, columns] = [height, width].map((side) =>
      poolingMatrix({ ...config, ...pooler }, side, level),
    );
    const P = pooler.pooler_resolution;
    const pooled = pool(all[`${name}.map`]!, rows!, columns!);
    const expected = all[`${name}.pooled`]!.data; // [8·8, 1, P, P]
    let worst = 0;
    for (const [i, value] of expected.entries()) {
      const [cell, bin] = [Math.floor(i / (P * P)), i % (P * P)];
      const row = Math.floor(cell / 8) * P + Math.floor(bin / P);
      worst = Math.max(worst, Math.abs(pooled[row * 8 * P + (cell % 8) * P + (bin % P)]! - value));
    }
    expect(worst).toBeLessThan(1e-5);
  });
  test('sides of a box are counted inclusively: 223 pixels are one of 224', () => {
    expect(gridLevel(1, 223, 223)).toBe(4);
    expect(gridLevel(1, 222, 222)).toBe(3);
    expect([gridLevel(1, 32, 32), gridLevel(1, 9000, 9000)]).toEqual([2, 5]);
  });
});

describe('the whole', () => {
  test('X-152 has the weights of the published checkpoint', () => {
    const shapes = detectorWeightShapes(X152);
    expect(shapes['backbone.body.layer3.35.conv2.weight']).toEqual([3, 3, 32, 1024]);
    expect(shapes['backbone.body.layer1.0.downsample.0.weight']).toEqual([1, 1, 64, 256]);
    expect(shapes['backbone.body.layer3.36.conv1.weight']).toBeUndefined();
    expect(shapes['roi_heads.box.feature_extractor.fc6.weight']).toEqual([2048, 25088]);
    const filters = Object.entries(shapes).filter(([name]) => /body.*weight$/.test(name));
    expect(filters).toHaveLength(1 + 3 * 50 + 4);
  });
  test('a ResNeXt-101 32×8d has as many parameters as torchvision says: 88,791,336', () => {
    const shapes = Object.entries(detectorWeightShapes({ ...X152, depths: [3, 4, 23, 3] }));
    const numbers = (names: RegExp) =>
      shapes.filter(([name]) => names.test(name)).reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
    // A factor and a shift for each of what are shifts here, and the classifier.
    expect(numbers(/body.*weight$/) + 2 * numbers(/body.*bias$/) + 2048 * 1000 + 1000).toBe(88_791_336);
  });
  test('its parts have every weight once, and end every stage', () => {
    const parts = bodyParts(X152);
    const _ = undefined;
    expect(parts.map(({ ends }) => ends)).toEqual([2, _, 3, _, _, _, _, _, 4, 5]);
    const names = parts.flatMap(({ weights }) => weights);
    expect(new Set(names).size).toBe(names.length);
    const rest = LEVELS.flatMap((level) => pyramidPart(X152, level).weights);
    const all = Object.keys(detectorWeightShapes(X152)).filter((name) => !name.startsWith('roi_heads.'));
    expect(new Set([...names, ...rest])).toEqual(new Set(all));
  });
  test('a config names all that is wrong with it', () => {
    expect(() => parseDetectorConfig({ ...config, grid: 0, depths: [1, 2, 3], stride_in_1x1: 1 })).toThrow(
      /grid.*depths.*stride_in_1x1/,
    );
    expect(() => parseDetectorConfig([])).toThrow(DetectorConfigError);
  });
});
