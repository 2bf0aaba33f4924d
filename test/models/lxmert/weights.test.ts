/** Fresh weights, configs and positions. */
import { describe, expect, test } from 'vitest';
import {
  dropTiedWeights,
  gridPositions,
  initXLxmert,
  type LxmertConfig,
  lxmertWeightShapes,
  parseLxmertConfig,
} from '../../../src/models/lxmert/index.ts';
import { createRandom } from '../../../src/random.ts';
import { float32 } from '../../../src/tensor.ts';
import { golden } from '../../fixtures/golden.ts';

const { config: json } = golden('x-lxmert-tiny');
const config: LxmertConfig = parseLxmertConfig(json);
const centroids = float32(
  Float32Array.from({ length: 64 * 40 }, (_, i) => 3 * Math.sin(i)),
  [64, 40],
);

describe('initXLxmert', () => {
  const weights = initXLxmert(config, createRandom(1), centroids);

  test('makes every weight, in its shape', () => {
    const shapes = Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, [...shape]]));
    expect(shapes).toEqual(lxmertWeightShapes(config));
    expect(weights['vis_emb.weight']!.data).toEqual(centroids.data);
  });

  test('draws at the scale of each layer', () => {
    const deviation = (name: string): number => {
      const data = [...weights[name]!.data];
      return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
    };
    expect(deviation('bert.embeddings.word_embeddings.weight')).toBeCloseTo(0.02, 3);
    // At BERT's 0.02 a narrow model's attention is too weak for words to be heard.
    const query = deviation('bert.encoder.layer.0.attention.self.query.weight');
    expect(query / Math.sqrt(1 / 48)).toBeCloseTo(1, 1);
    for (const name of [
      'bert.encoder.layer.0.output.LayerNorm.weight',
      'bert.encoder.visn_fc.box_layer_norm.weight',
      'answer_head.logit_fc.2.weight',
    ]) {
      expect(new Set(weights[name]!.data), name).toEqual(new Set([1]));
    }
    expect(new Set(weights['cls.predictions.bias']!.data)).toEqual(new Set([0]));
    // At the scale of what it stands for: a zero vector would blow up in visn_fc's LayerNorm.
    expect(deviation('mask_feat')).toBeGreaterThan(1);
  });

  test('tells opposite corners of the image apart', () => {
    const { data: w } = weights['bert.encoder.visn_fc.box_fc.weight']!;
    const { data: b } = weights['bert.encoder.visn_fc.box_fc.bias']!;
    const positions = gridPositions(8).data;
    const embed = (cell: number): number[] =>
      Array.from(
        b,
        (bias, d) =>
          bias + [0, 1, 2, 3].reduce((sum, p) => sum + w[d * 4 + p]! * positions[cell * 4 + p]!, 0),
      );
    const norm = (x: number[]): number => Math.hypot(...x);
    const [first, last] = [embed(0), embed(63)];
    const cosine = first.reduce((sum, x, d) => sum + x * last[d]!, 0) / norm(first) / norm(last);
    expect(cosine).toBeLessThan(0);
  });

  test('is the same for the same seed, and refuses centroids of another size', () => {
    expect(initXLxmert(config, createRandom(1), centroids)).toEqual(weights);
    expect(() => initXLxmert(config, createRandom(1), float32([1, 2], [1, 2]))).toThrow('[64,40]');
  });
});

describe('tied weights', () => {
  test('are kept once', () => {
    const tied = float32([1, 2], [2]);
    const kept = dropTiedWeights({
      'cls.predictions.decoder.weight': tied,
      'bert.embeddings.word_embeddings.weight': float32([1, 2], [2]),
      'obj_predict_head.out_cluster.weight': tied,
    });
    expect(Object.keys(kept).sort()).toEqual(['bert.embeddings.word_embeddings.weight', 'vis_emb.weight']);
  });

  test('that differ are refused', () => {
    expect(() =>
      dropTiedWeights({
        'obj_predict_head.out_cluster.weight': float32([1], [1]),
        'vis_emb.weight': float32([2], [1]),
      }),
    ).toThrow('hold different numbers');
  });
});

describe('parseLxmertConfig', () => {
  test('names every bad field at once', () => {
    const bad = { ...json, hidden_size: 0, hidden_act: 'relu', x_layers: 0, visual_losses: 'obj', grid: 1.5 };
    expect(() => parseLxmertConfig(bad)).toThrow(/hidden_size.*grid.*x_layers.*hidden_act.*visual_losses/);
    expect(() => parseLxmertConfig({ ...json, num_attention_heads: 5 })).toThrow('must divide');
    expect(() => parseLxmertConfig(null)).toThrow('JSON object');
  });
});

describe('gridPositions', () => {
  test('with cosines are orthogonal over columns', () => {
    const { data, shape } = gridPositions(8, 18);
    expect(shape).toEqual([64, 18]);
    const column = (k: number): number[] =>
      Array.from({ length: 8 }, (_, j) => data[j * 18 + 4 + 2 * (k - 1)]!);
    for (const [a, b] of [
      [1, 2],
      [3, 7],
      [4, 6],
    ] as const) {
      const product = column(a).reduce((sum, x, j) => sum + x * column(b)[j]!, 0);
      expect(Math.abs(product)).toBeLessThan(1e-5);
    }
  });

  test("of an odd width are UNITER's: width, height and area follow", () => {
    const { data } = gridPositions(4, 7);
    expect([...data.slice(7, 14)]).toEqual([0.25, 0, 0.5, 0.25, 0.25, 0.25, 0.0625]);
    expect([...gridPositions(4, 9).data.slice(0, 7)]).toEqual([...data.slice(0, 7)]);
  });

  test('of a width between are refused', () => {
    for (const width of [2, 3, 5]) expect(() => gridPositions(8, width)).toThrow('4 + 2n or 7 + 2n');
  });
});
