/**
 * Painting with a model of features, as the paper probes LXMERT (section 4): the features of masked cells are
 * regressed (sampling/regression.ts) and go into the generator as they are. The codes of the answer are the nearest
 * centroids, which the picture is not made from.
 */
import type { Engine } from '../../engines/engine.ts';
import { CodedError } from '../../errors.ts';
import { maskFeature } from '../../models/family.ts';
import { featureGeneratorFunction, inferenceWeights } from '../../models/generator/generator.ts';
import { createRegressionPainter, type RegressionStep, refuseConfidence } from '../../sampling/regression.ts';
import { MASKED } from '../../sampling/sample.ts';
import { assertAffordable, resolveSampler } from '../../sampling/sampler.ts';
import { float32 } from '../../tensor.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { loadTokenizer } from '../../tokenizer.ts';
import type { RegressionCheckpoint } from '../../zoo/paint-checkpoint.ts';
import { encodeImage, toBytes } from '../encode-image.ts';
import type { PaintInput, PaintOutcome, PaintStep } from '../protocol.ts';
import type { Painter } from '../serve-models.ts';
import { createNearestCodes } from './nearest-codes.ts';
import { possible } from './possible.ts';
import { greyOut } from './unwritten-cells.ts';

export interface RegressionPipeline extends Painter {
  /** Pixels of a side. */
  readonly size: number;
  paint(
    input: PaintInput,
    hooks?: { signal?: AbortSignal; onStep?: (step: PaintStep) => void },
  ): Promise<PaintOutcome>;
}

/** @param onPass called after every pass of the model or the generator with the pictures it was of */
export async function createRegressionPipeline(
  engine: Engine,
  checkpoint: RegressionCheckpoint,
  onPass: (pictures: number) => void = () => {},
): Promise<RegressionPipeline> {
  const { config, weights } = checkpoint.lxmert;
  const { config: network, weights: raw } = checkpoint.generator;
  const { grid, visual_feat_dim: F } = config;
  const positions = grid ** 2;
  const size = network.target_size;
  const tokens = Math.min(MAX_TEXT_TOKENS, config.max_position_embeddings);
  const tokenizer = loadTokenizer(checkpoint.vocabulary);
  const mask = maskFeature(config, weights);
  // One picture a pass: it is the same whatever else is painted.
  const painter = await createRegressionPainter(engine, config, weights, tokens, { batch: 1 });
  const nearest = await createNearestCodes(engine, config, checkpoint.centroids);
  const generator = await engine.compile({
    name: 'generate-from-features',
    ...featureGeneratorFunction(network),
    weights: inferenceWeights(raw, checkpoint.centroids),
  });

  /** The model's mask in the cells that are not written, as in the authors' pictures of unfinished grids. */
  function withMask({ features, written }: RegressionStep): Float32Array {
    const all = features.slice();
    for (const [cell, known] of written.entries()) if (!known) all.set(mask, cell * F);
    return all;
  }

  async function picture(step: RegressionStep, input: PaintInput): Promise<Buffer> {
    const { image } = await generator.run({ features: float32(withMask(step), [1, grid, grid, F]) });
    onPass(1);
    const rgb = toBytes(image!.data as Float32Array);
    const cells = Int32Array.from(step.written, (known) => (known ? 0 : MASKED));
    const shown = input.unwritten === 'generator' ? rgb : greyOut(rgb, size, cells, grid);
    return encodeImage(shown, size, size, input.format);
  }

  return {
    size,
    async paint(input, { signal, onStep } = {}) {
      if (input.over)
        throw new CodedError('impossible_request', 'A model of features repaints no part of a picture.', {
          param: '/model',
        });
      const { steps } = possible(() => resolveSampler(input.sampler, positions, 1));
      possible(() => assertAffordable(input.images ?? 1, steps, input.steps && !input.shown));
      const { ids, truncated, unknownWords } = tokenizer.readKnown(input.prompt, tokens);
      const row = { inputIds: ids, seed: input.seed };
      possible(() => refuseConfidence(input.sampler));
      let last: RegressionStep | undefined;
      let encoded: Buffer | undefined;
      for await (const step of painter.steps(row, input.sampler)) {
        signal?.throwIfAborted();
        onPass(1);
        last = step;
        encoded = undefined;
        if (!onStep || (input.shown && !input.shown.includes(step.step + 1))) continue;
        encoded = await picture(step, input);
        onStep({ step: step.step + 1, steps, encoded, updated: [...step.updated] });
      }
      const { features, written } = last!;
      const codes = [...(await nearest.codesOf(features))].map((code, cell) =>
        written[cell] ? code : MASKED,
      );
      encoded ??= await picture(last!, input);
      return { truncated, unknownWords, width: size, height: size, codes, encoded };
    },
    async release() {
      await Promise.all([painter.release(), nearest.release(), generator.release()]);
    },
  };
}
