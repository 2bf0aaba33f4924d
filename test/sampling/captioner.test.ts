/** The word scores of the authors' code, through the captioner and the engine that ship. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { dropTiedWeights, parseLxmertConfig } from '../../src/models/lxmert/index.ts';
import { createRandom } from '../../src/random.ts';
import { type Captioner, createCaptioner, type PictureStates } from '../../src/sampling/captioner.ts';
import { float32 } from '../../src/tensor.ts';
import { expectClose, golden } from '../fixtures/golden.ts';

const fixture = golden('x-lxmert-tiny');
const config = parseLxmertConfig(fixture.config);
const weights = dropTiedWeights(fixture.tensors());
const words = fixture.cases.find(({ name }) => name === 'loss-word_mask')!;
const { input_ids, cluster_ids } = fixture.inputs(words);
const scores = fixture.expected(words).word_scores!;
const [T, V, F, W] = [12, 64, config.visual_feat_dim, config.vocab_size];

let captioner: Captioner;
let pictures: PictureStates[];
beforeAll(async () => {
  captioner = await createCaptioner(createOnnxRuntimeEngine({ threads: 2 }), { ...config, grid: 8 }, weights);
  pictures = await captioner.encode([0, 1, 2].map((b) => featuresNear(b)));
});
afterAll(() => captioner.release());

/** Features that lie near the centroids of the case's codes, not on them. */
function featuresNear(b: number): Float32Array {
  const random = createRandom(`features/${b}`);
  const centroids = weights['vis_emb.weight']!.data;
  return Float32Array.from({ length: V * F }, (_, i) => {
    const code = cluster_ids!.data[b * V + Math.floor(i / F)]!;
    return centroids[code * F + (i % F)]! + 0.01 * random.normal();
  });
}

/** Without the padding. */
function textOf(b: number): Int32Array {
  const ids = (input_ids!.data as Int32Array).slice(b * T, (b + 1) * T);
  const padding = ids.indexOf(0);
  return padding === -1 ? ids : ids.slice(0, padding);
}

test('cells are seen as their nearest centroids', () => {
  for (const [b, { codes }] of pictures.entries()) {
    expect([...codes]).toEqual([...cluster_ids!.data.subarray(b * V, (b + 1) * V)]);
  }
});

describe.each([12, 20])('padded to %d tokens', (length) => {
  test('words score as in the reference', async () => {
    const texts = [0, 1, 2].map(textOf);
    const passes = texts.map((ids, b) => ({
      picture: pictures[b]!,
      query: { ids, read: [...ids.keys()] },
    }));
    const logits = await captioner.predict(passes, length);
    for (const [b, ids] of texts.entries()) {
      const expected = (scores.data as Float32Array).slice(b * T * W, (b * T + ids.length) * W);
      const shape = [ids.length, W];
      expectClose(
        float32(logits[b]!, shape),
        float32(expected, shape),
        words.tolerance,
        `scores of text ${b}`,
      );
    }
  });

  test('only what is read comes back, in the order of the question', async () => {
    const ids = textOf(0);
    const read = (positions: number[]) =>
      captioner.predict([{ picture: pictures[0]!, query: { ids, read: positions } }], length);
    const [all] = await read([...ids.keys()]);
    const [some] = await read([7, 2]);
    expect(some).toHaveLength(2 * W);
    // To float tolerance: TensorFlow rounds a product of two rows differently from one of twelve.
    const apart = (one: Float32Array, other: Float32Array) =>
      Math.max(...one.map((value, i) => Math.abs(value - other[i]!)));
    expect(apart(some!.subarray(0, W), all!.subarray(7 * W, 8 * W))).toBeLessThan(1e-4);
    expect(apart(some!.subarray(W), all!.subarray(2 * W, 3 * W))).toBeLessThan(1e-4);
  });
});

test('says what does not fit', async () => {
  const pass = { picture: pictures[0]!, query: { ids: textOf(0), read: [1] } };
  await expect(captioner.predict([pass], 8)).rejects.toThrow('a text of 12 tokens does not fit into 8');
  await expect(captioner.encode([new Float32Array(3)])).rejects.toThrow('features of a picture: 3 numbers');
  const engine = createOnnxRuntimeEngine({ threads: 1 });
  const { grid: _, ...gridless } = { ...config, grid: 8 };
  await expect(createCaptioner(engine, gridless, weights)).rejects.toThrow('grid');
});
