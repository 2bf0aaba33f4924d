/** Random weights paint noise, which is evaluated like anything else. Real paths: lattice world, 128 pixels. */
import { loadWorld } from '../../src/datasets/scenes/index.ts';
import { initModel, parseModelConfig } from '../../src/models/family.ts';
import type { GeneratorConfig } from '../../src/models/generator/config.ts';
import { initialGenerator } from '../../src/models/generator/generator.ts';
import type { GridEncoderConfig } from '../../src/models/grid-encoder/config.ts';
import { initialGridEncoder } from '../../src/models/grid-encoder/grid-encoder.ts';
import type { RecogniserConfig } from '../../src/models/recogniser/config.ts';
import { initialRecogniser } from '../../src/models/recogniser/recogniser.ts';
import { createRandom } from '../../src/random.ts';
import { float32 } from '../../src/tensor.ts';
import { GENERATOR, LXMERT } from '../inference/tiny-zoo.ts';
import { manifest, writeCheckpoint } from '../zoo/write-checkpoint.ts';

/**
 * Writes models of all four architectures that paint (ids `model`, `x-uniter`, `lxmert-grid`, `uniter-grid`) to
 * `<id>/tiny`, with the `generator`, `encoder` and `vocabulary` that they name, and a `judge`.
 */
export async function writePaintingZoo(root: string): Promise<void> {
  const world = await loadWorld('lattice-1style');
  const random = createRandom('zoo');
  const vocabulary = world.vocabulary();
  const data = { name: world.name, description: 'none' };
  const component = { tasks: [], data };
  const [objects, colours, backgrounds] = [
    world.classes.length,
    world.colours.length,
    world.backgrounds.length,
  ];
  const encoder: GridEncoderConfig = {
    image_size: 128,
    channels: [4, 4, 8, 16],
    blocks: [0, 0, 0, 0],
    layer_norm_epsilon: 1e-6,
    objects: objects + 1,
    colours,
    parts: 10,
    backgrounds,
  };
  await writeCheckpoint(root, 'grid-encoder/tiny', {
    manifest: manifest({ id: 'encoder', architecture: 'grid-encoder', ...component }),
    config: encoder,
    weights: initialGridEncoder(encoder, random),
  });
  const painter: GeneratorConfig = { ...GENERATOR, emb_dim: encoder.channels[3], target_size: 128 };
  await writeCheckpoint(root, 'generator/tiny', {
    manifest: manifest({ id: 'generator', architecture: 'generator', ...component }),
    config: painter,
    weights: initialGenerator(painter, random),
  });
  const { l_layers, r_layers, x_layers, ...common } = {
    ...LXMERT,
    vocab_size: vocabulary.length,
    visual_feat_dim: encoder.channels[3],
  };
  const centroids = float32(
    Float32Array.from({ length: 64 * 16 }, () => random.normal()),
    [64, 16],
  );
  await writeCheckpoint(root, 'visual-vocabulary/tiny', {
    manifest: manifest({ id: 'vocabulary', architecture: 'visual-vocabulary', ...component }),
    weights: { centroids },
  });
  const streams = {
    lxmert: { l_layers, r_layers, x_layers },
    uniter: { num_hidden_layers: 1, visual_pos_dim: 7 },
  };
  const features = { num_clusters: 0, num_object_labels: objects + 1, visual_losses: ['obj', 'feat'] };
  for (const [id, architecture, sizes] of [
    ['model', 'x-lxmert', streams.lxmert],
    ['x-uniter', 'x-uniter', streams.uniter],
    ['lxmert-grid', 'lxmert', { ...streams.lxmert, ...features }],
    ['uniter-grid', 'uniter', { ...streams.uniter, ...features }],
  ] as const) {
    const config = parseModelConfig({ ...common, ...sizes });
    await writeCheckpoint(root, `${id}/tiny`, {
      manifest: manifest({
        ...{ id, architecture, data },
        files: ['config.json', 'model.safetensors', 'vocab.txt'],
        components: {
          generator: 'generator/tiny',
          grid_encoder: 'grid-encoder/tiny',
          visual_vocabulary: 'visual-vocabulary/tiny',
        },
      }),
      config,
      weights: initModel(config, random, config.num_clusters > 0 ? centroids : undefined),
      vocabulary,
    });
  }
  const judge: RecogniserConfig = {
    image_size: 128,
    channels: [4, 8, 8],
    blocks: [0, 0, 0, 0],
    layer_norm_epsilon: 1e-6,
    objects,
    colours,
    backgrounds,
    threshold: 0.5,
  };
  await writeCheckpoint(root, 'recogniser/tiny', {
    manifest: manifest({ id: 'judge', architecture: 'recogniser', ...component }),
    config: judge,
    weights: initialRecogniser(judge, random),
  });
}
