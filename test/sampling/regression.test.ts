/** Painting by regression: what the authors' code predicts, fed back as the schedule says. */
import { describe, expect, it } from 'vitest';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { initModel, modelRegressedFeatures, parseModelConfig } from '../../src/models/family.ts';
import {
  featureGeneratorFunction,
  generatorFunction,
  inferenceWeights,
  initialGenerator,
} from '../../src/models/generator/generator.ts';
import { gridPositions } from '../../src/models/lxmert/index.ts';
import { createRandom } from '../../src/random.ts';
import { createRegressionPainter } from '../../src/sampling/regression.ts';
import { SamplerError } from '../../src/sampling/sampler.ts';
import { float32, type HostTensor, type HostTensors, int32 } from '../../src/tensor.ts';
import { evaluate, expectClose, golden } from '../fixtures/golden.ts';
import { GENERATOR } from '../inference/tiny-zoo.ts';

it("predicts every cell's feature as the authors' LXMERT does", async () => {
  const fixture = golden('lxmert-tiny');
  const one = fixture.cases.find(({ name }) => name === 'loss-vis_mask')!;
  const config = parseModelConfig(fixture.config);
  const { input_ids, visual_pos, visual_feats, vis_mask } = fixture.inputs(one);
  const { features } = await evaluate(
    (weights, batch) => ({ features: modelRegressedFeatures(config, weights, batch) }),
    fixture.tensors(),
    { input_ids: input_ids!, visual_pos: visual_pos!, visual_feats: visual_feats!, vis_mask: vis_mask! },
  );
  expectClose(features, fixture.expected(one).feat_prediction!, one.tolerance, 'features');
});

const [V, F, T] = [16, 6, 8];
const COMMON = {
  ...{ vocab_size: 20, hidden_size: 16, num_attention_heads: 2, intermediate_size: 16 },
  ...{ max_position_embeddings: T, type_vocab_size: 2, visual_feat_dim: F, num_clusters: 0 },
  ...{ num_qa_labels: 0, num_object_labels: 3, hidden_act: 'gelu', layer_norm_eps: 1e-12 },
  ...{ visual_losses: ['obj', 'feat'], grid: 4 },
};
const CONFIGS = {
  lxmert: parseModelConfig({ ...COMMON, visual_pos_dim: 4, l_layers: 1, r_layers: 1, x_layers: 1 }),
  uniter: parseModelConfig({ ...COMMON, visual_pos_dim: 7, num_hidden_layers: 2 }),
};
const engine = createOnnxRuntimeEngine({ threads: 1 });
const texts = [
  [2, 5, 6, 3],
  [2, 9, 3],
];
const rows = texts.map((inputIds, seed) => ({ inputIds, seed }));

describe.each(['lxmert', 'uniter'] as const)('%s', (family) => {
  const config = CONFIGS[family];
  const random = createRandom(family);
  // Fresh weights are so small that neither words nor what was painted would matter.
  const weights: HostTensors = Object.fromEntries(
    Object.entries(initModel(config, random)).map(([name, { data, shape }]) => [
      name,
      float32(
        (data as Float32Array).map((x) => 3 * x + 0.1 * random.normal()),
        shape,
      ),
    ]),
  );

  /** The model in one piece. */
  async function predict(ids: number[], features: Float32Array, mask: number[]): Promise<HostTensor> {
    const output = await evaluate(
      ({ positions, ...own }, batch) => ({
        features: modelRegressedFeatures(config, own, { ...batch, visual_pos: positions! }),
      }),
      { ...weights, positions: gridPositions(4, config.visual_pos_dim) },
      {
        input_ids: int32([...ids, ...new Array<number>(T - ids.length).fill(0)], [1, T]),
        visual_feats: float32(features, [1, V, F]),
        vis_mask: int32(mask, [1, V]),
      },
    );
    return output.features!;
  }
  const tolerance = { abs: 1e-4, rel: 1e-4 };

  it('feeds back what it predicted, masked cells aside', async () => {
    const painter = await createRegressionPainter(engine, config, weights, T);
    const painted = await painter.paint(rows, { strategy: 'top-left', steps: 2 });
    const half = (V / 2) * F;
    for (const [i, ids] of texts.entries()) {
      const first = await predict(ids, new Float32Array(V * F), new Array(V).fill(1));
      const seen = new Float32Array(V * F);
      seen.set(first.data.subarray(0, half));
      const mask = Array.from({ length: V }, (_, cell) => Number(cell >= V / 2));
      const second = await predict(ids, seen, mask);
      seen.set(second.data.subarray(half), half);
      expectClose(float32(painted[i]!, [V, F]), float32(seen, [V, F]), tolerance, 'features');
      // The second half is not what the first pass thought: it saw the first half.
      const [before, after] = [first.data.subarray(half), second.data.subarray(half)];
      expect(Math.max(...before.map((x, at) => Math.abs(x - after[at]!)))).toBeGreaterThan(0.01);
    }
    expect(painted[0]).not.toEqual(painted[1]);
    await painter.release();
  });

  it('fills all cells at once, then refines some of them at random, alike for a seed', async () => {
    const painter = await createRegressionPainter(engine, config, weights, T);
    const paint = (strategy: 'parallel' | 'mask-predict', seed: number) =>
      painter.paint([{ inputIds: texts[0]!, seed }], { strategy }).then(([features]) => features!);
    const once = await paint('parallel', 1);
    const all = await predict(texts[0]!, new Float32Array(V * F), new Array(V).fill(1));
    expectClose(float32(once, [V, F]), float32(all.data as Float32Array, [V, F]), tolerance, 'features');
    const refined = await paint('mask-predict', 1);
    const changed = (other: Float32Array) =>
      Array.from({ length: V }, (_, cell) => cell).filter((cell) =>
        once.subarray(cell * F, (cell + 1) * F).some((x, i) => x !== other[cell * F + i]),
      );
    // 12, 8 and 4 of 16 in turn: hardly ever all of them, never fewer than the 12.
    expect(changed(refined).length).toBeGreaterThanOrEqual(12);
    expect(await paint('mask-predict', 1)).toEqual(refined);
    expect(await paint('mask-predict', 2)).not.toEqual(refined);
    // A picture does not depend on how many are painted with it.
    const many = Array.from({ length: 20 }, (_, i) => ({ inputIds: texts[0]!, seed: i }));
    const among = await painter.paint(many, { strategy: 'mask-predict' });
    expect(among[1]).toEqual(refined);
    await painter.release();
  });

  it('refuses what needs probabilities', async () => {
    const painter = await createRegressionPainter(engine, config, weights, T);
    await expect(painter.paint(rows, { strategy: 'easy-first' })).rejects.toThrow(SamplerError);
    await expect(painter.paint(rows, { strategy: 'random', temperature: 1 })).rejects.toThrow(SamplerError);
    await painter.release();
  });
});

describe.each([
  GENERATOR,
  {
    architecture: 'pixel-shuffle',
    ...{ emb_dim: GENERATOR.emb_dim, clusters: 5, codebook_dim: 4, channels: [8, 8], blocks: [1, 1] },
    ...{ modulated_stages: 1, spade_hidden: 4, norm_epsilon: 1e-6, grid: 8, target_size: 32 },
  } as const,
])('the generator $architecture', (config) => {
  it('paints features that are centroids as it paints their codes, and others otherwise', async () => {
    const random = createRandom('generator');
    const K = 5;
    const E = config.emb_dim;
    const centroids = Float32Array.from({ length: K * E }, () => random.normal());
    const weights = inferenceWeights(initialGenerator(config, random), float32(centroids, [K, E]));
    const codes = Int32Array.from({ length: 64 }, () => random.int(K));
    const features = Float32Array.from(
      [...codes].flatMap((code) => [...centroids.subarray(code * E, (code + 1) * E)]),
    );
    const byCodes = await evaluate(generatorFunction(config).fn, weights, { codes: int32(codes, [1, 64]) });
    const paint = (of: Float32Array) =>
      evaluate(featureGeneratorFunction(config).fn, weights, { features: float32(of, [1, 8, 8, E]) });
    const byFeatures = await paint(features);
    expectClose(byFeatures.image, byCodes.image!, { abs: 1e-5, rel: 1e-5 }, 'image');
    const noisy = await paint(features.map((x) => x + 0.3 * random.normal()));
    const [one, other] = [byCodes.image!.data as Float32Array, noisy.image!.data as Float32Array];
    const distance = one.reduce((most, x, i) => Math.max(most, Math.abs(x - other[i]!)), 0);
    expect(distance).toBeGreaterThan(1e-3);
  });
});
