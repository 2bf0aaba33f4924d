/** From codes to pictures while training: by a generator when there is one, else from the codes' mean patches. */
import { IMAGE_SIZE } from '../../datasets/scenes/index.ts';
import type { Engine } from '../../engines/engine.ts';
import { CELLS } from '../../grid.ts';
import type { GeneratorConfig } from '../../models/generator/config.ts';
import { generatorFunction, inferenceWeights } from '../../models/generator/generator.ts';
import { float32, type HostTensors, int32 } from '../../tensor.ts';
import { imageBytes } from '../features/scene-images.ts';
import type { Component } from '../run/training-kind.ts';
import { pastePatches, type VisualVocabulary } from './visual-vocabulary.ts';

export interface CodePainter {
  /** S, pixels of a side. */
  readonly size: number;
  /** @param codes 64 of each picture → RGB bytes [S × S × 3] each */
  paint(codes: readonly ArrayLike<number>[]): Promise<Uint8Array[]>;
  release(): Promise<void>;
}

function patchPainter(vocabulary: VisualVocabulary): CodePainter {
  return {
    size: IMAGE_SIZE,
    paint: async (codes) => codes.map((picture) => pastePatches(vocabulary, picture)),
    release: async () => {},
  };
}

/** @param raw the generator's weights, with the vectors of its spectral norms */
export async function generatorPainter(
  engine: Engine,
  config: GeneratorConfig,
  raw: HostTensors,
  vocabulary: VisualVocabulary,
): Promise<CodePainter> {
  const { clusters, dimensions, centroids } = vocabulary;
  const generator = await engine.compile({
    name: 'generator',
    ...generatorFunction(config),
    weights: inferenceWeights(raw, float32(centroids, [clusters, dimensions])),
  });
  return {
    size: config.target_size,
    async paint(codes) {
      const all = Int32Array.from(codes.flatMap((picture) => Array.from(picture)));
      const { image } = await generator.run({ codes: int32(all, [codes.length, CELLS]) });
      return codes.map((_, i) => imageBytes(image!, i));
    },
    release: () => generator.release(),
  };
}

export function codePainter(
  engine: Engine,
  vocabulary: VisualVocabulary,
  generator: Component | undefined,
): Promise<CodePainter> {
  if (!generator) return Promise.resolve(patchPainter(vocabulary));
  const weights = generator.tensors['model.safetensors']!;
  return generatorPainter(engine, generator.config as GeneratorConfig, weights, vocabulary);
}
