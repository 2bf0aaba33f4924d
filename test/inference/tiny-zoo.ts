/** A zoo that paints noise: a tiny X-LXMERT and its generator, random weights, real files. */
import type { GeneratorConfig } from '../../src/models/generator/config.ts';
import { initialGenerator } from '../../src/models/generator/generator.ts';
import { initXLxmert, type LxmertConfig } from '../../src/models/lxmert/index.ts';
import { createRandom } from '../../src/random.ts';
import { float32 } from '../../src/tensor.ts';
import { manifest, writeCheckpoint } from '../zoo/write-checkpoint.ts';

export const VOCABULARY = [
  ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
  ...['a', 'red', 'car', 'dog', 'and', 'two', 'on', 'grass', 'the', 'sky'],
];

export const LXMERT: LxmertConfig & { grid: number } = {
  vocab_size: VOCABULARY.length,
  hidden_size: 32,
  num_attention_heads: 2,
  intermediate_size: 64,
  l_layers: 1,
  r_layers: 1,
  x_layers: 2,
  max_position_embeddings: 20,
  type_vocab_size: 2,
  visual_feat_dim: 24,
  visual_pos_dim: 4,
  num_clusters: 64,
  num_qa_labels: 0,
  num_object_labels: 0,
  hidden_act: 'gelu',
  layer_norm_eps: 1e-12,
  visual_losses: ['obj'],
  grid: 8,
};

export const GENERATOR: GeneratorConfig = {
  architecture: 'spade',
  emb_dim: LXMERT.visual_feat_dim,
  codebook_dim: 8,
  base_dim: 8,
  spade_hidden: 8,
  extra_layers: 0,
  grid: 8,
  target_size: 32,
};

/**
 * Writes `x-lxmert/tiny` (id `tiny`) and `generator/tiny`.
 * @param K codes; with a K that no vector width divides, onnxruntime's rows depend on the batch
 * @param encoder path of a grid encoder in the zoo, for a model that also sees
 * @returns their folders, as the loader takes them
 */
export async function writeTinyZoo(
  root: string,
  K: number = LXMERT.num_clusters,
  encoder: { grid_encoder?: string } = {},
): Promise<{ folder: string; components: { generator: string } }> {
  const random = createRandom('tiny zoo');
  const config = { ...LXMERT, num_clusters: K };
  const F = config.visual_feat_dim;
  const centroids = float32(
    Float32Array.from({ length: K * F }, () => random.normal()),
    [K, F],
  );
  // Fresh weights are so small that every grid would be the same: make words and places matter.
  const weights = Object.fromEntries(
    Object.entries(initXLxmert(config, random, centroids)).map(([name, { data, shape }]) => {
      const scale = name === 'vis_emb.weight' || /norm|linear_feat/i.test(name) ? 1 : 8;
      return [
        name,
        float32(
          (data as Float32Array).map((x) => x * scale),
          shape,
        ),
      ];
    }),
  );
  const generator = await writeCheckpoint(root, 'generator/tiny', {
    manifest: manifest({ id: 'generator-tiny', architecture: 'generator', tasks: [] }),
    config: GENERATOR,
    weights: initialGenerator(GENERATOR, random),
  });
  const folder = await writeCheckpoint(root, 'x-lxmert/tiny', {
    manifest: manifest({
      id: 'tiny',
      files: ['config.json', 'model.safetensors', 'vocab.txt'],
      components: { generator: 'generator/tiny', ...encoder },
    }),
    config,
    weights,
    vocabulary: VOCABULARY,
  });
  return { folder, components: { generator } };
}
