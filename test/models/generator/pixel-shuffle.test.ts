import { describe, expect, it } from 'vitest';
import type { PixelShuffleGeneratorConfig } from '../../../src/models/generator/config.ts';
import {
  generatorFunction,
  generatorWeightShapes,
  inferenceWeights,
  initialGenerator,
} from '../../../src/models/generator/generator.ts';
import { DOUBLING, partWeights, patchTable } from '../../../src/models/generator/pixel-shuffle.ts';
import { constant, normal } from '../../../src/models/initialise.ts';
import { createRandom } from '../../../src/random.ts';
import { float32, type HostTensors, int32 } from '../../../src/tensor.ts';
import {
  type GeneratorStepOptions,
  generatorBatch,
  generatorStep,
  initialGeneratorState,
  trainedGenerator,
} from '../../../src/training/generator/generator-step.ts';
import { generatorConfig } from './fixture.ts';
import { engine, evaluate } from './run.ts';

const config: PixelShuffleGeneratorConfig = {
  architecture: 'pixel-shuffle',
  emb_dim: 6,
  clusters: 5,
  codebook_dim: 8,
  channels: [12, 8],
  blocks: [1, 1],
  modulated_stages: 2,
  spade_hidden: 8,
  norm_epsilon: 1e-6,
  grid: 4,
  target_size: 32,
};
const K = config.clusters;
const random = createRandom(3);
const centroids = normal([K, config.emb_dim], 1, random);
const raw = initialGenerator(config, random);
const { fn, inputs } = generatorFunction(config);

const codesOf = (images: number, seed: number) => {
  const drawn = createRandom(seed);
  return int32(
    Int32Array.from({ length: images * 16 }, () => drawn.int(K)),
    [images, 16],
  );
};

describe('the demo generator', () => {
  it('paints codes as an image in range, alone as beside others', async () => {
    const compiled = await engine.compile({
      name: 'demo',
      fn,
      weights: inferenceWeights(raw, centroids),
      inputs,
    });
    const codes = codesOf(3, 1);
    const together = (await compiled.run({ codes })).image!;
    expect(together.shape).toEqual([3, 32, 32, 3]);
    expect(together.data.every((value) => value >= -1 && value <= 1)).toBe(true);
    const size = 32 * 32 * 3;
    for (let i = 0; i < 3; i++) {
      const own = int32((codes.data as Int32Array).slice(i * 16, (i + 1) * 16), [1, 16]);
      const alone = (await compiled.run({ codes: own })).image!;
      for (const [j, value] of alone.data.entries()) {
        expect(Math.abs(value - together.data[i * size + j]!)).toBeLessThan(1e-5);
      }
    }
    await compiled.release();
  });

  it('lays each code’s patch over what the network paints, as opaque as it is', async () => {
    const pixels = Float32Array.from({ length: K * 8 * 8 * 3 }, () => 2 * random.next() - 1);
    const opacity = Float32Array.from({ length: K * 8 * 8 }, () => 0.2 + 0.6 * random.next());
    const grey: HostTensors = { ...raw, 'patches.weight': patchTable(config, { pixels, opacity }) };
    grey['to_rgb.weight'] = normal(raw['to_rgb.weight']!.shape, 0, random);
    grey['to_rgb.bias'] = constant(raw['to_rgb.bias']!.shape, 0.25);
    const codes = codesOf(1, 2);
    const { image } = await evaluate(fn, inferenceWeights(grey, centroids), { codes });
    for (const [cell, y, x, channel] of [
      [0, 0, 0, 0],
      [6, 3, 5, 1],
      [15, 7, 7, 2],
    ] as const) {
      const at = (codes.data[cell]! * 8 + y) * 8 + x;
      const expected = pixels[at * 3 + channel]! * opacity[at]! + 0.25 * (1 - opacity[at]!);
      const [row, column] = [Math.floor(cell / 4) * 8 + y, (cell % 4) * 8 + x];
      expect(image!.data[(row * 32 + column) * 3 + channel]).toBeCloseTo(expected, 5);
    }
  });

  it('paints of a shared code the part that stands between what lies around it', async () => {
    // Code 3 is left of code 1 or right of it: two parts, and a third that it does not have.
    const parts: PixelShuffleGeneratorConfig = { ...config, shared_codes: { codes: [3], parts: 3 } };
    const E = config.emb_dim;
    const around = new Float32Array(3 * 9 * E);
    const centroid = (code: number) => centroids.data.slice(code * E, (code + 1) * E) as Float32Array;
    const ownPlace = 4;
    for (const [part, beside] of [5, 3].entries()) {
      around.set(centroid(3), (part * 9 + ownPlace) * E);
      around.set(centroid(1), (part * 9 + beside) * E);
    }
    const area = 64;
    const pixels = Float32Array.from(
      { length: 3 * area * 3 },
      (_, i) => [0.5, -0.5, 0][Math.floor(i / area / 3)]!,
    );
    const patches = { pixels, opacity: new Float32Array(3 * area).fill(1 - 1e-6) };
    const weights = {
      ...raw,
      ...partWeights(parts, { shared: parts.shared_codes!, patches, around, used: [true, true, false] }),
    };
    const codes = int32(
      Int32Array.from({ length: 16 }, (_, i) => ({ 4: 3, 5: 1, 9: 1, 10: 3 })[i] ?? 0),
      [1, 16],
    );
    const paint = async (of: PixelShuffleGeneratorConfig, all: HostTensors) =>
      (await evaluate(generatorFunction(of).fn, inferenceWeights(all, centroids), { codes })).image!.data;
    const image = await paint(parts, weights);
    const plain = await paint(config, raw);
    for (const [at, value] of image.entries()) {
      const [row, column] = [Math.floor(at / 3 / 32), Math.floor(at / 3) % 32];
      const cell = (row >> 3) * 4 + (column >> 3);
      const wanted = cell === 4 ? 0.5 : cell === 10 ? -0.5 : plain[at]!;
      // Where two parts stand alike they are mixed: a little of the other one, and the most opaque logit is 5.
      expect(Math.abs(value - wanted), `cell ${cell}`).toBeLessThan(cell === 4 || cell === 10 ? 0.05 : 1e-6);
    }
  });

  describe('with a doubling', () => {
    const large: PixelShuffleGeneratorConfig = {
      ...config,
      target_size: 64,
      doubling: { guide: 2, channels: 6, blocks: 1 },
    };
    const fresh = { ...initialGenerator(large, random), ...raw };
    const paint = (generator: HostTensors, codes: HostTensors[string]) =>
      evaluate(generatorFunction(large).fn, inferenceWeights(generator, centroids), { codes });

    it('paints every pixel four times until it has learnt, and the sum of both after', async () => {
      const codes = codesOf(2, 3);
      const small = (await evaluate(fn, inferenceWeights(raw, centroids), { codes })).image!.data;
      const last = ['doubling.out.weight', 'doubling.out.bias'];
      const silent = Object.fromEntries(last.map((name) => [name, constant(fresh[name]!.shape, 0)]));
      // A bias of its own for each of the three colours' four pixels.
      silent['doubling.out.bias'] = float32(
        Array.from({ length: 12 }, (_, i) => 0.01 * i),
        [12],
      );
      const { image } = await paint({ ...fresh, ...silent }, codes);
      expect(image!.shape).toEqual([2, 64, 64, 3]);
      for (const [at, value] of image!.data.entries()) {
        const [channel, pixel] = [at % 3, Math.floor(at / 3)];
        const [x, y] = [pixel % 64, Math.floor(pixel / 64) % 64];
        const from =
          small[(Math.floor(at / (64 * 64 * 3)) * 32 * 32 + (y >> 1) * 32 + (x >> 1)) * 3 + channel]!;
        // What is out of range is clipped at the end alone.
        if (Math.abs(from) === 1) continue;
        const more = 0.01 * (channel * 4 + (y % 2) * 2 + (x % 2));
        expect(Math.abs(value - Math.min(1, from + more))).toBeLessThan(1e-5);
      }
    });

    it('learns alone', async () => {
      const options: GeneratorStepOptions = {
        generator: large,
        learns: (name) => name.startsWith(DOUBLING),
        losses: { reconstruction: 1, perceptual: 0, adversarial: 0, feature_matching: 0, cluster: 0 },
        adam: { betas: [0.9, 0.999], epsilon: 1e-8, maxGradNorm: 1 },
      };
      const trainer = await engine.compileTraining({
        name: 'doubling',
        steps: { reconstruct: generatorStep(options) },
        state: initialGeneratorState({ centroids, generator: fresh, learns: options.learns! }),
        batch: generatorBatch(options, 2),
      });
      const batch: HostTensors = {
        codes: codesOf(2, 4),
        images: smoothImages(2, 64),
        generator_learning_rate: { dtype: 'float32', shape: [], data: Float32Array.of(3e-3) },
      };
      const metrics = await trainer.run(Array.from({ length: 60 }, () => ({ task: 'reconstruct', batch })));
      expect(metrics.at(-1)!.recon_loss).toBeLessThan(0.5 * metrics[0]!.recon_loss!);
      const trained = trainedGenerator(trainer.state());
      await trainer.release();
      for (const [name, { data }] of Object.entries(fresh)) {
        const same = data.every((value, i) => value === trained[name]!.data[i]);
        expect(same, name).toBe(!name.startsWith(DOUBLING));
      }
    });
  });

  it('refuses centroids and targets that do not fit', async () => {
    const codes = codesOf(1, 2);
    const wide = normal([K, 7], 1, random);
    await expect(evaluate(fn, inferenceWeights(raw, wide), { codes })).rejects.toThrow(
      /centroids \[1,4,4,7\]/,
    );
    expect(() => generatorWeightShapes({ ...config, target_size: 36 })).toThrow(/not a multiple of 8/);
  });

  /** A trainer on two pictures, by their pixels alone, and the batch that shows them. */
  async function trainerOf(learningRate: number, patchRateFactor?: number) {
    const options: GeneratorStepOptions = {
      generator: config,
      losses: { reconstruction: 1, perceptual: 0, adversarial: 0, feature_matching: 0, cluster: 0 },
      adam: { betas: [0.9, 0.999], epsilon: 1e-8, maxGradNorm: 1 },
      ...(patchRateFactor !== undefined && { patchRateFactor }),
    };
    const trainer = await engine.compileTraining({
      name: 'demo',
      steps: { reconstruct: generatorStep(options) },
      state: initialGeneratorState({ centroids, generator: raw }),
      batch: generatorBatch(options, 2),
    });
    const batch: HostTensors = {
      codes: codesOf(2, 4),
      images: smoothImages(2, 32),
      generator_learning_rate: { dtype: 'float32', shape: [], data: Float32Array.of(learningRate) },
    };
    return { trainer, batch };
  }

  it('learns a few pictures without a discriminator', async () => {
    const { trainer, batch } = await trainerOf(3e-3);
    const metrics = await trainer.run(Array.from({ length: 100 }, () => ({ task: 'reconstruct', batch })));
    expect(metrics.at(-1)!.recon_loss).toBeLessThan(0.05 * metrics[0]!.recon_loss!);
    expect(metrics[0]).toMatchObject({ feat_loss: 0, g_loss_fake: 0 });
    const trained = trainedGenerator(trainer.state());
    const { image } = await evaluate(fn, inferenceWeights(trained, centroids), { codes: batch.codes! });
    let error = 0;
    for (const [i, value] of image!.data.entries()) error += Math.abs(value - batch.images!.data[i]!);
    expect(error / image!.data.length).toBeLessThan(0.1);
    await trainer.release();
  });

  it('moves its patches at their own rate', async () => {
    const moved = async (patchRateFactor: number): Promise<[patches: number, others: number]> => {
      const { trainer, batch } = await trainerOf(1e-3, patchRateFactor);
      await trainer.run([{ task: 'reconstruct', batch }]);
      const trained = trainedGenerator(trainer.state());
      await trainer.release();
      const most = (name: string) =>
        (trained[name]!.data as Float32Array).reduce(
          (max, value, i) => Math.max(max, Math.abs(value - raw[name]!.data[i]!)),
          0,
        );
      return [most('patches.weight'), most('to_rgb.weight')];
    };
    // The first update of Adam is the learning rate, whatever the gradient.
    const [patches, others] = await moved(10);
    expect(patches).toBeCloseTo(1e-2, 3);
    expect(others).toBeCloseTo(1e-3, 4);
    expect((await moved(1))[0]).toBeCloseTo(1e-3, 4);
  });
});

/** Colour ramps in -0.9..0.9, another for every image. */
function smoothImages(count: number, side: number) {
  const data = new Float32Array(count * side * side * 3);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    const [x, y, image] = [pixel % side, Math.floor(pixel / side) % side, Math.floor(pixel / side / side)];
    const ramp = [x, y, x + y][(i + image) % 3]! / (2 * side);
    data[i] = 1.8 * ramp - 0.9;
  }
  return { dtype: 'float32' as const, shape: [count, side, side, 3], data };
}

describe('the weights that a generator names', () => {
  it('are those that it starts with, in both architectures', () => {
    for (const each of [config, generatorConfig]) {
      const initial = initialGenerator(each, createRandom(5));
      const shapes = Object.entries(initial).map(([name, { shape }]) => [name, shape]);
      expect(generatorWeightShapes(each)).toEqual(Object.fromEntries(shapes));
    }
  });
});
