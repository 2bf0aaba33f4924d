import { Matrix } from 'ml-matrix';
import { expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { lxmert } from '../../../src/models/lxmert/backbone.ts';
import {
  gridPositions,
  initXLxmert,
  type LxmertConfig,
  matchedScores,
} from '../../../src/models/lxmert/index.ts';
import { createRandom } from '../../../src/random.ts';
import { float32, int32 } from '../../../src/tensor.ts';
import { loadTokenizer, SPECIAL_TOKENS } from '../../../src/tokenizer.ts';
import { canonical, groundedWeights } from '../../../src/training/pretraining/grounded-words.ts';

const CELLS = 64;
const F = 24;
const D = 24;

/** Two words that two directions of the features tell, one that nothing tells, among noise of another scale. */
function pictures(count: number) {
  const random = createRandom('grounding');
  return Array.from({ length: count }, () => {
    const [dog, snow, the] = [random.chance(0.3), random.chance(0.2), random.chance(0.5)];
    const feature = Array.from({ length: F }, (_, f) => random.normal() * (f < 4 ? 0.3 : 3));
    feature[0]! += dog ? 1 : 0;
    feature[1]! += snow ? 1 : 0;
    return { feature, words: [dog && 'dog', snow && 'snow', the && 'the'].filter((word) => word !== false) };
  });
}

test('the first directions are those that tell the words, whatever the scale of the rest', () => {
  const all = pictures(3000);
  const pooled = new Matrix(all.map(({ feature }) => feature));
  pooled.subRowVector(pooled.mean('column'));
  const presence = ['dog', 'snow', 'the'].map((word) =>
    all.flatMap(({ words }, n) => (words.includes(word) ? [n] : [])),
  );
  const { directions, loadings } = canonical(pooled, presence, 2);
  const predicted = pooled.mmul(directions).mmul(loadings.transpose()); // [N, 3]
  const correlation = (word: number) => {
    const values = predicted.getColumn(word);
    const truth = new Float64Array(all.length);
    for (const n of presence[word]!) truth[n] = 1;
    const mean = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0) / x.length;
    const [m, t] = [mean(values), mean(truth)];
    let [xy, xx, yy] = [0, 0, 0];
    for (let n = 0; n < all.length; n++) {
      xy += (values[n]! - m) * (truth[n]! - t);
      xx += (values[n]! - m) ** 2;
      yy += (truth[n]! - t) ** 2;
    }
    return xy / Math.sqrt(xx * yy);
  };
  expect(correlation(0)).toBeGreaterThan(0.75);
  expect(correlation(1)).toBeGreaterThan(0.7);
  expect(Math.hypot(...loadings.getRow(2))).toBeLessThan(0.1 * Math.hypot(...loadings.getRow(0)));
});

/** Fresh weights of a small X-LXMERT, grounded in the pictures. */
function groundedIn(all: ReturnType<typeof pictures>) {
  const vocabulary = [...SPECIAL_TOKENS, 'dog', 'snow', 'the'];
  const config: LxmertConfig = {
    ...{ vocab_size: vocabulary.length, hidden_size: D, num_attention_heads: 2, intermediate_size: 32 },
    ...{ l_layers: 1, r_layers: 1, x_layers: 2, max_position_embeddings: 20, type_vocab_size: 2 },
    ...{ visual_feat_dim: F, visual_pos_dim: 18, num_clusters: 4, num_qa_labels: 2, num_object_labels: 0 },
    ...{ hidden_act: 'gelu', layer_norm_eps: 1e-12, visual_losses: ['obj'], grid: 8, exact_features: true },
  };
  const random = createRandom('weights');
  const centroids = float32(
    Array.from({ length: 4 * F }, () => random.normal()),
    [4, F],
  );
  const weights = initXLxmert(config, random, centroids);
  const tokenizer = loadTokenizer(vocabulary);
  const grounded = groundedWeights(config, weights, {
    pictures: all.map((_, n) => n),
    captions: (index) => [all[index]!.words.join(' ')],
    features: {
      width: F,
      read(index, target, at) {
        for (let cell = 0; cell < CELLS; cell++) target.set(all[index]!.feature, at + cell * F);
      },
      close() {},
    },
    tokenizer,
  });
  return { config, tokenizer, weights, grounded };
}

test('a word begins where the features are of the pictures that it describes', () => {
  const all = pictures(400);
  const { weights, grounded } = groundedIn(all);
  expect(Object.keys(grounded).sort()).toEqual(Object.keys(weights).sort());
  const embed = new Matrix(
    Array.from({ length: D }, (_, d) => [
      ...grounded['bert.encoder.visn_fc.visn_fc.weight']!.data.slice(d * F, (d + 1) * F),
    ]),
  );
  const bias = [...grounded['bert.encoder.visn_fc.visn_fc.bias']!.data];
  const dog = [...grounded['bert.embeddings.word_embeddings.weight']!.data.slice(5 * D, 6 * D)];
  const closeness = ({ feature }: { feature: number[] }) => {
    const seen = embed.mmul(Matrix.columnVector(feature)).to1DArray();
    return dog.reduce((sum, x, d) => sum + x * (seen[d]! + bias[d]!), 0);
  };
  const mean = (some: typeof all) => some.reduce((sum, one) => sum + closeness(one), 0) / some.length;
  const dogs = all.filter(({ words }) => words.includes('dog'));
  const others = all.filter(({ words }) => !words.includes('dog'));
  expect(mean(dogs)).toBeGreaterThan(mean(others) + 0.03);
  // What comes more often is likelier before anything is seen.
  const unigrams = grounded['cls.predictions.bias']!.data;
  expect(unigrams[7]!).toBeGreaterThan(unigrams[5]!);
  expect(unigrams[5]!).toBeGreaterThan(unigrams[6]!);
});

test('captions begin to match their own pictures before anything is learnt', async () => {
  const all = pictures(400);
  const { config, tokenizer, grounded } = groundedIn(all);
  const some = all.filter(({ words }) => words.length > 0).slice(0, 200);
  const B = some.length;
  const ids = some.flatMap(({ words }) => [...tokenizer.encode(words.join(' '), 6).ids]);
  const T = ids.length / B;
  const scores = async (shift: number) => {
    const features = some.flatMap((_, n) => {
      const { feature } = some[(n + shift) % B]!;
      return Array.from({ length: CELLS }, () => feature).flat();
    });
    const inputs = {
      input_ids: int32(Int32Array.from(ids), [B, T]),
      visual_feats: float32(features, [B, CELLS, F]),
      visual_pos: gridPositions(8, 18),
    };
    const compiled = await createOnnxRuntimeEngine({ threads: 1 }).compile({
      name: 'matched',
      fn: (weights, inputs) => ({ matched: matchedScores(weights, lxmert(config, weights, inputs).pooled) }),
      weights: grounded,
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, { dtype, shape }]) => [name, { dtype, shape }]),
      ),
    });
    try {
      const { matched } = await compiled.run(inputs);
      return Array.from({ length: B }, (_, n) => matched!.data[2 * n + 1]! - matched!.data[2 * n]!);
    } finally {
      await compiled.release();
    }
  };
  const right = await scores(0);
  const wrong = await scores(1);
  const told = ({ words }: { words: string[] }) => words.filter((word) => word !== 'the').join();
  const differ = some.flatMap((one, n) => (told(one) === told(some[(n + 1) % B]!) ? [] : [n]));
  const better = differ.filter((n) => right[n]! > wrong[n]!);
  // Of 143 pairs, whose words give nothing away: chance has 0.5 with a deviation of 0.04.
  expect(better.length / differ.length).toBeGreaterThan(0.62);
});
