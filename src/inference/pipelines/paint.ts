/**
 * From a prompt to an image file: the language encoder once, sampling steps, the generator, the file.
 *
 * Every image is a row that asks for one pass of the model after another; rows of all images that are being painted meet
 * in two batchers, one before the transformer and one before the generator. So images join and leave the batch at
 * any step, whichever request and sampler they belong to.
 */
import type { CompiledFunction, Engine } from '../../engines/engine.ts';
import { keepLast } from '../../keep-last.ts';
import {
  featureGeneratorFunction,
  generatorFunction,
  inferenceWeights,
} from '../../models/generator/generator.ts';
import { createRandom } from '../../random.ts';
import type { Backbone } from '../../sampling/backbone.ts';
import { createPainter, type EncodedText } from '../../sampling/painter.ts';
import { holesOf, MASKED, type Prediction, type Query, sampleRow } from '../../sampling/sample.ts';
import {
  assertAffordable,
  type ResolvedSampler,
  resolveSampler,
  type Sampler,
  samplerOfName,
  samplerOfPart,
} from '../../sampling/sampler.ts';
import { float32, type HostTensors, int32 } from '../../tensor.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { loadTokenizer, type Reading } from '../../tokenizer.ts';
import type { PaintCheckpoint } from '../../zoo/paint-checkpoint.ts';
import { batchCandidates, invariantBatchSizes, measuredOnce } from '../batch-invariance.ts';
import { createBatcher } from '../batcher.ts';
import { encodeImage, toBytes } from '../encode-image.ts';
import type { PaintInput, PaintOutcome, PaintStep, Unwritten } from '../protocol.ts';
import type { Painter } from '../serve-models.ts';
import { possible } from './possible.ts';
import { unsaidSayer } from './unsaid.ts';
import { featuresOf, greyOut, nearestCodes } from './unwritten-cells.ts';

type Stage = 'text' | 'step' | 'generator' | 'file';

export interface PaintPipelineOptions {
  /** Most rows of a model's pass, a power of two; 8 when left out. */
  maxBatch?: number;
  /** Called after every pass of a stage with the rows it had and the milliseconds it took. */
  onPass?: (stage: Stage, rows: number, ms: number) => void;
  /** The model's, where it captions too; it stays with whoever made it. */
  backbone?: Backbone;
}

interface SampleOptions {
  sampler: Sampler;
  seed: number;
  /** [V], the codes of a picture that is repainted where it is MASKED. */
  begin?: Int32Array | undefined;
  signal?: AbortSignal;
  /** `codes` may hold MASKED. */
  onStep?: (step: { step: number; steps: number; codes: Int32Array; updated: readonly number[] }) => void;
}

export interface PaintPipeline extends Painter {
  /** Pixels of a side. */
  readonly size: number;
  /** Batch sizes at which the parts of the model run; what invariance allowed. */
  readonly batchSizes: { text: readonly number[]; step: readonly number[]; generator: readonly number[] };
  /** @throws CodedError impossible_request for a sampler that the model cannot follow */
  sample(
    prompt: string,
    options: SampleOptions,
  ): Promise<{ codes: Int32Array; revisedPrompt?: string } & Reading>;
  /** The picture of codes [V] (MASKED cells grey): [size, size, 3], 0..255. */
  decode(codes: Int32Array, signal?: AbortSignal): Promise<Uint8Array>;
  paint(input: PaintInput, hooks?: PaintHooks): Promise<PaintOutcome>;
}

interface PaintHooks {
  signal?: AbortSignal;
  onStep?: (step: PaintStep) => void;
  /** Codes [V] of a picture that is repainted in part, MASKED where. */
  begin?: Int32Array | undefined;
}

/** Encoded prompts that are kept: one request has up to 8 prompts, each painted several times. */
const KEPT_TEXTS = 64;

export async function createPaintPipeline(
  engine: Engine,
  checkpoint: PaintCheckpoint,
  { maxBatch = 8, onPass, backbone }: PaintPipelineOptions = {},
): Promise<PaintPipeline> {
  const { config, weights } = checkpoint.lxmert;
  const tokens = Math.min(MAX_TEXT_TOKENS, config.max_position_embeddings);
  const tokenizer = loadTokenizer(checkpoint.vocabulary);
  const painter = await createPainter(engine, config, weights, tokens, backbone);
  const { positions, clusters } = painter;
  if (config.sampler !== undefined) resolveSampler(samplerOfName(config.sampler), positions, clusters);
  const { config: network, weights: raw } = checkpoint.generator;
  const generator = await engine.compile({
    name: 'generator',
    ...generatorFunction(network),
    weights: inferenceWeights(raw, weights['vis_emb.weight']!),
    // Of the paper's generator the convolutions are most of the work.
    ...(network.architecture === 'spade' && { calibration: calibrationCodes(positions, clusters) }),
  });
  const size = network.target_size;

  async function timed<T>(stage: Stage, rows: number, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    onPass?.(stage, rows, performance.now() - start);
    return result;
  }

  async function generate(codes: readonly Int32Array[]): Promise<Float32Array[]> {
    const flat = new Int32Array(codes.length * positions);
    for (const [i, row] of codes.entries()) flat.set(row, i * positions);
    const { image } = await generator.run({ codes: int32(flat, [codes.length, positions]) });
    const pixels = image!.data as Float32Array;
    const length = size * size * 3;
    return codes.map((_, i) => pixels.subarray(i * length, (i + 1) * length));
  }

  const batchSizes = await measuredOnce(engine, ['paint', config, network, maxBatch], measureBatchSizes);
  const prompts = createBatcher(batchSizes.text, (ids: (readonly number[])[]) =>
    timed('text', ids.length, () => painter.encode(ids)),
  );
  const steps = createBatcher(batchSizes.step, (queries: { text: EncodedText; query: Query }[]) =>
    timed('step', queries.length, () => painter.predict(queries)),
  );
  const pictures = createBatcher(batchSizes.generator, (codes: Int32Array[]) =>
    timed('generator', codes.length, () => generate(codes)),
  );

  async function measureBatchSizes(): Promise<PaintPipeline['batchSizes']> {
    const candidates = batchCandidates(maxBatch);
    const random = createRandom('batch sizes');
    const codes = [0, 1].map(() => Int32Array.from({ length: positions }, () => random.int(clusters)));
    let [text, step] = [candidates, candidates];
    const above1 = (sizes: readonly number[]) => sizes.filter((n) => n > 1);
    // Short texts and long ones run with different shapes.
    for (const words of ['two red cars', 'two red cars and '.repeat(tokens)]) {
      const ids = [words, `a ${words}`].map((prompt) => tokenizer.encode(prompt, tokens).ids);
      text = await invariantBatchSizes(above1(text), async (kinds) =>
        (await painter.encode(kinds.map((kind) => ids[kind]!))).map(({ language }) => [language]),
      );
      const texts = await painter.encode(ids);
      // One row reads one position and the other all: products of a single row may take another path.
      const queries = texts.map((encoded, kind) => ({
        text: encoded,
        query: {
          codes: codes[kind]!.map((code) => (random.chance(0.5) ? MASKED : code)),
          read: Array.from({ length: kind === 0 ? 1 : positions }, (_, position) => position),
          logits: true,
        },
      }));
      step = await invariantBatchSizes(above1(step), async (kinds) => {
        const predictions: Prediction[] = await painter.predict(kinds.map((kind) => queries[kind]!));
        return predictions.map(({ confidence, logits }) => [confidence, logits!]);
      });
    }
    return {
      text,
      step,
      // Larger batches of pictures gain little and take long to measure.
      generator: await invariantBatchSizes(
        candidates.filter((n) => n <= 4),
        async (kinds) => (await generate(kinds.map((kind) => codes[kind]!))).map((pixels) => [pixels]),
      ),
    };
  }

  const sayUnsaid = unsaidSayer(config.unsaid);
  function read(prompt: string): { ids: number[]; revisedPrompt?: string } & Reading {
    const revisedPrompt = sayUnsaid(prompt);
    if (revisedPrompt !== prompt) {
      const reading = tokenizer.readKnown(revisedPrompt, tokens);
      // What was said comes first.
      if (!reading.truncated) return { ...reading, revisedPrompt };
    }
    return tokenizer.readKnown(prompt, tokens);
  }

  const keptText = keepLast<EncodedText>(KEPT_TEXTS);
  /** Once for all images of a prompt. No signal: another image may wait for the same text. */
  const encode = (ids: readonly number[]): Promise<EncodedText> =>
    keptText(ids.join(), () => prompts.submit(ids));

  const resolveFor = (sampler: Sampler, begin: Int32Array | undefined): ResolvedSampler => {
    if (begin === undefined) return resolve(sampler, positions, clusters);
    const open = holesOf(begin).length;
    return resolve(samplerOfPart(sampler, open), open, clusters);
  };

  async function sample(prompt: string, { sampler, seed, begin, signal, onStep }: SampleOptions) {
    const resolved = resolveFor(sampler, begin);
    const { ids, ...reading } = read(prompt);
    const text = await encode(ids);
    const row = sampleRow({
      sampler: resolved,
      positions,
      ...(begin && { begin }),
      random: createRandom(seed),
      ...(onStep ? { onStep } : {}),
    });
    let next = row.next();
    while (!next.done) next = row.next(await steps.submit({ text, query: next.value }, signal));
    return { codes: next.value, ...reading };
  }

  /** The generator on features, for grids with holes; made when the first one is asked for. */
  let features: Promise<CompiledFunction> | undefined;
  async function decodeMasked(codes: Int32Array): Promise<Uint8Array> {
    const centroids = weights['vis_emb.weight']!;
    features ??= engine.compile({
      name: 'generate-from-features',
      ...featureGeneratorFunction(network),
      weights: inferenceWeights(raw, centroids),
    });
    const { grid, visual_feat_dim: F } = config;
    const filled = featuresOf(codes, centroids, weights.mask_feat, F);
    const { image } = await (await features).run({ features: float32(filled, [1, grid, grid, F]) });
    return toBytes(image!.data as Float32Array);
  }

  async function decode(
    codes: Int32Array,
    signal?: AbortSignal,
    unwritten: Unwritten = 'grey',
  ): Promise<Uint8Array> {
    if (unwritten === 'generator' && codes.includes(MASKED)) return decodeMasked(codes);
    const pixels = toBytes(await pictures.submit(nearestCodes(codes, config.grid), signal));
    return greyOut(pixels, size, codes, config.grid);
  }

  async function paint(input: PaintInput, { signal, onStep, begin }: PaintHooks = {}): Promise<PaintOutcome> {
    const { steps } = resolveFor(input.sampler, begin);
    possible(() => assertAffordable(input.images ?? 1, steps, input.steps && !input.shown));
    const picture = async (codes: Int32Array): Promise<Buffer> => {
      const rgb = await decode(codes, signal, input.unwritten);
      return timed('file', 1, () => encodeImage(rgb, size, size, input.format));
    };
    // The picture of a step is made while the next step is sampled; they are told in order.
    let last: Promise<Buffer> | undefined;
    let told: Promise<void> = Promise.resolve();
    const tell = ({
      step,
      steps: total,
      codes,
      updated,
    }: Parameters<NonNullable<SampleOptions['onStep']>>[0]) => {
      if (input.shown && !input.shown.includes(step + 1)) return;
      const now = picture(codes);
      if (step + 1 === total) last = now;
      told = Promise.all([now, told]).then(([encoded]) =>
        onStep!({ step: step + 1, steps: total, encoded, updated: [...updated] }),
      );
      // Awaited below, unless sampling fails first.
      told.catch(() => {});
    };
    const { codes, ...reading } = await sample(input.prompt, {
      sampler: input.sampler,
      seed: input.seed,
      begin,
      ...(signal ? { signal } : {}),
      ...(onStep ? { onStep: tell } : {}),
    });
    const encoded = await (last ?? picture(codes));
    await told;
    return {
      ...{ ...reading, width: size, height: size, codes: [...codes], encoded },
      ...(begin && { repainted: holesOf(begin) }),
    };
  }

  async function release(): Promise<void> {
    await Promise.all([painter.release(), generator.release(), features?.then((one) => one.release())]);
  }

  return { size, batchSizes, sample, decode, paint, release };
}

/** Grids of random codes: one of many, and some of few, as pictures with wide grounds are. */
function calibrationCodes(positions: number, clusters: number): HostTensors[] {
  const random = createRandom('calibration');
  return [clusters, 8, 3, 1].map((kinds) => {
    const palette = Array.from({ length: kinds }, () => random.int(clusters));
    const codes = Int32Array.from({ length: positions }, () => palette[random.int(kinds)]!);
    return { codes: int32(codes, [1, positions]) };
  });
}

const resolve = (sampler: Sampler, positions: number, clusters: number): ResolvedSampler =>
  possible(() => resolveSampler(sampler, positions, clusters));
