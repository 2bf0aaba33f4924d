import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { ModelFunction } from '../../../src/engines/engine.ts';
import { discriminate } from '../../../src/models/discriminator/discriminator.ts';
import { codeGrid } from '../../../src/models/generator/code-grid.ts';
import { noiseShapes, spadeGenerator } from '../../../src/models/generator/spade.ts';
import { imageToTorch } from '../../../src/models/layout.ts';
import { resizeBilinear } from '../../../src/models/ops.ts';
import { foldSpectralNorm, spectrallyNormalised } from '../../../src/models/spectral-norm.ts';
import type { HostTensors } from '../../../src/tensor.ts';
import { discriminatorConfig, expectClose, generatorConfig, loadCase, weightsOf } from './fixture.ts';
import { evaluate } from './run.ts';

const table = (await weightsOf('D'))['emb_classifier.weight']!;
const raw = await weightsOf('G');

/** cluster_ids and noise_… → every state of the generator, and after/… in training mode. */
function generator(powerIterations: 0 | 1): ModelFunction {
  return ({ centroids, ...weights }, { cluster_ids, ...noise }) => {
    const { weights: normalised, vectors } = spectrallyNormalised(weights, powerIterations);
    const { emb } = codeGrid(centroids!, cluster_ids!, generatorConfig.grid);
    const outputs = spadeGenerator(generatorConfig, normalised, emb, noise);
    for (const [name, vector] of Object.entries(vectors)) outputs[`after/${name}`] = vector;
    return outputs;
  };
}

async function expectCase(name: string, outputs: HostTensors): Promise<void> {
  const golden = await loadCase(name);
  for (const output of Object.keys(golden.expected)) {
    const actual = outputs[output]!;
    const inTorch = actual.shape.length === 4 ? imageToTorch(actual) : actual;
    expectClose(inTorch, golden.tensors[output]!, golden.tolerance, output);
  }
}

describe('the paper’s generator', () => {
  it('paints the golden image without noise, through the golden states', async () => {
    const { inputs } = await loadCase('generate');
    await expectCase('generate', await evaluate(generator(0), { ...raw, centroids: table }, inputs));
  });

  it('paints the same from weights with the spectral norms folded in', async () => {
    const { inputs } = await loadCase('generate');
    const folded = foldSpectralNorm(raw);
    expect(Object.keys(folded).filter((name) => /weight_(orig|u|v)$/.test(name))).toEqual([]);
    await expectCase('generate', await evaluate(generator(0), { ...folded, centroids: table }, inputs));
  });

  it('adds recorded noise where the reference does', async () => {
    const { inputs } = await loadCase('generate-noise');
    const shapes = Object.entries(noiseShapes(generatorConfig));
    expect(shapes.map(([name, shape]) => [name, [2, ...shape]])).toEqual(
      Object.entries(inputs)
        .filter(([name]) => name.startsWith('noise'))
        .map(([name, { shape }]) => [name, shape]),
    );
    await expectCase('generate-noise', await evaluate(generator(0), { ...raw, centroids: table }, inputs));
  });

  it('advances every spectral norm by one power iteration in training mode', async () => {
    const { inputs } = await loadCase('generate-train-mode');
    await expectCase(
      'generate-train-mode',
      await evaluate(generator(1), { ...raw, centroids: table }, inputs),
    );
  });

  it('refuses a target that doubling the grid does not reach', () => {
    expect(() => noiseShapes({ ...generatorConfig, target_size: 96 })).toThrow(/power of two/);
  });
});

describe('the discriminator', () => {
  it('gives the golden scores, classes and block outputs', async () => {
    const { inputs } = await loadCase('discriminate');
    const run: ModelFunction = (weights, { image }) =>
      discriminate(discriminatorConfig, spectrallyNormalised(weights, 0).weights, image as tf.Tensor4D);
    const outputs = await evaluate(run, await weightsOf('D'), { image: inputs.image! });
    await expectCase('discriminate', outputs);
  });
});

describe('bilinear resizing', () => {
  it('has half-pixel centres and no antialiasing', async () => {
    const { inputs } = await loadCase('resize');
    const outputs = await evaluate(
      (_, { image }) => ({
        to_16x16: resizeBilinear(image!, [16, 16]),
        to_32x32: resizeBilinear(image!, [32, 32]),
        to_4x4: resizeBilinear(image!, [4, 4]),
        to_5x7: resizeBilinear(image!, [5, 7]),
        doubled: resizeBilinear(image!, [16, 16]),
      }),
      {},
      inputs,
    );
    await expectCase('resize', outputs);
  });
});
