/**
 * From a picture's features to a caption: the picture's side once, then passes over texts.
 *
 * A caption asks for many passes: of texts of several lengths, one word or the score of a whole text. Those that it
 * can wait for together, and those of all other captions, meet in a batcher before the transformer.
 */
import { withAgreeingArticles } from '../../articles.ts';
import type { Engine } from '../../engines/engine.ts';
import { CodedError } from '../../errors.ts';
import type { ModelConfig } from '../../models/family.ts';
import { createRandom } from '../../random.ts';
import type { Backbone } from '../../sampling/backbone.ts';
import { createCaptioner, type TextPass } from '../../sampling/captioner.ts';
import { contentWords, numberSlips } from '../../sampling/content-words.ts';
import { resolveTextSampler, sampleTexts, type TextSampler } from '../../sampling/text.ts';
import type { HostTensor, HostTensors } from '../../tensor.ts';
import { MAX_TEXT_TOKENS, SHORT_TEXT_TOKENS } from '../../text-lengths.ts';
import { loadTokenizer, type Reading, type Tokenizer } from '../../tokenizer.ts';
import { batchCandidates, invariantBatchSizes, measuredOnce } from '../batch-invariance.ts';
import { type Batcher, createBatcher } from '../batcher.ts';
import { type EncodedPicture, keptWithPicture } from './encode-picture.ts';
import type { PipelineOptions } from './options.ts';
import { possible } from './possible.ts';

/** What is needed of a checkpoint. */
export interface CaptioningParts {
  config: ModelConfig;
  weights: HostTensors;
  /** Tokens in the order of their ids. */
  vocabulary: readonly string[];
  /** The visual vocabulary, [K, F]; left out where the model has none. */
  centroids?: HostTensor;
}

export interface CaptionOptions {
  /** The caption begins with these words; may be empty. */
  prefix: string;
  /** Most tokens of the caption, [CLS] and [SEP] among them: 3 to 20. A model with fewer positions stops there. */
  maxTokens: number;
  sampler: TextSampler;
  seed: number;
  /** How many more texts are wanted (none). */
  alternatives?: number;
}

/** The reading is the prefix's. */
interface Captioned extends Reading {
  /** The prefix as it was given, and what the model makes of it. */
  text: string;
  /** Mean log pseudo-likelihood of its words, at most 0; captions of one picture can be compared by it. */
  score: number;
  /** Texts of other lengths, the best first. */
  alternatives: { text: string; score: number }[];
}

export interface CaptionPipelineOptions extends PipelineOptions {
  /** The model's, where it paints too; it stays with whoever made it. */
  backbone?: Backbone;
}

export interface CaptionPipeline {
  /** Most tokens of a text, [CLS] and [SEP] among them: the paper's 20, unless the model has fewer. */
  readonly maxTokens: number;
  /** Batch sizes at which the parts of the model run; what invariance allowed. */
  readonly batchSizes: { picture: readonly number[]; words: readonly (readonly number[])[] };
  /**
   * @throws CodedError impossible_request for a sampler or a length that the model cannot follow; the signal's
   *   reason when it is aborted
   */
  caption(picture: EncodedPicture, options: CaptionOptions, signal?: AbortSignal): Promise<Captioned>;
  release(): Promise<void>;
}

export async function createCaptionPipeline(
  engine: Engine,
  checkpoint: CaptioningParts,
  { maxBatch = 8, onPass, backbone }: CaptionPipelineOptions = {},
): Promise<CaptionPipeline> {
  const { config } = checkpoint;
  const most = Math.min(MAX_TEXT_TOKENS, config.max_position_embeddings);
  const tokenizer = loadTokenizer(checkpoint.vocabulary);
  const { pad, unk, cls, sep, mask } = tokenizer;
  const special = { pad, unk, cls, sep, mask };
  const once = contentWords(checkpoint.vocabulary);
  const slips = numberSlips(checkpoint.vocabulary);
  const { centroids } = checkpoint;
  const weights = { ...checkpoint.weights, ...(centroids && { 'vis_emb.weight': centroids }) };
  const captioner = await createCaptioner(engine, config, weights, backbone);
  const { positions, featureSize, words } = captioner;
  /** A text is padded to the first that it fits into: by its length alone, not by its company. */
  const lengths = most > SHORT_TEXT_TOKENS ? [SHORT_TEXT_TOKENS, most] : [most];

  async function timed<T>(stage: 'picture' | 'words', rows: number, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    onPass?.(stage, rows, performance.now() - start);
    return result;
  }

  const batchSizes = await measuredOnce(engine, ['caption', config, maxBatch], measureBatchSizes);
  const pictures = createBatcher(batchSizes.picture, (features: Float32Array[]) =>
    timed('picture', features.length, () => captioner.encode(features)),
  );
  const passes: Batcher<TextPass, Float32Array>[] = lengths.map((T, i) =>
    createBatcher(batchSizes.words[i]!, (rows: TextPass[]) =>
      timed('words', rows.length, () => captioner.predict(rows, T)),
    ),
  );

  async function measureBatchSizes(): Promise<CaptionPipeline['batchSizes']> {
    const candidates = batchCandidates(maxBatch);
    const random = createRandom('batch sizes');
    const features = [0, 1].map(() =>
      Float32Array.from({ length: positions * featureSize }, () => random.normal()),
    );
    const encode = (kinds: number[]) => captioner.encode(kinds.map((kind) => features[kind]!));
    const picture = await invariantBatchSizes(candidates, async (kinds) =>
      (await encode(kinds)).map(({ vision, codes }) => [vision, codes]),
    );
    const encoded = [(await encode([0]))[0]!, (await encode([1]))[0]!];
    const sizes: number[][] = [];
    for (const T of lengths) {
      // One row reads one position and the other all: products of a single row may take another path.
      const examples = encoded.map((one, kind): TextPass => {
        const length = kind === 0 ? T : Math.ceil(T / 2);
        const ids = Int32Array.from({ length }, () => random.int(words));
        ids[0] = cls;
        ids[length - 1] = sep;
        const read = Array.from({ length: kind === 0 ? 1 : length - 2 }, (_, i) => i + 1);
        return { picture: one, query: { ids, read } };
      });
      sizes.push(
        await invariantBatchSizes(candidates, async (kinds) => {
          const rows = kinds.map((kind) => examples[kind]!);
          return (await captioner.predict(rows, T)).map((logits) => [logits]);
        }),
      );
    }
    return { picture, words: sizes };
  }

  /** Once for all captions of a picture. No signal: another caption may wait for the same picture. */
  const statesOf = keptWithPicture((encoded) => pictures.submit(encoded.features));

  async function caption(
    encoded: EncodedPicture,
    options: CaptionOptions,
    signal?: AbortSignal,
  ): Promise<Captioned> {
    const { prefix, maxTokens, seed, alternatives = 0 } = options;
    const sampler = possible(() => resolveTextSampler(options.sampler, words, config.length_penalty));
    if (!Number.isInteger(maxTokens) || maxTokens < 3 || maxTokens > MAX_TEXT_TOKENS) {
      const range = `max_tokens must be a whole number from 3 to ${MAX_TEXT_TOKENS}.`;
      throw new CodedError('impossible_request', range, { param: '/max_tokens' });
    }
    const tokens = Math.min(maxTokens, most);
    const { ids, truncated, unknownWords } = tokenizer.read(prefix, tokens);
    const begin = ids.slice(1, ids.lastIndexOf(sep));
    const picture = await statesOf(encoded);
    const random = (length: number) => createRandom(`caption/${seed}/${length}`);
    const asked = {
      sampler,
      special,
      prefix: begin,
      most: tokens - 2,
      noRepeats: true,
      once,
      slips,
      random,
    };
    const text = sampleTexts(asked, 1 + alternatives);
    let next = text.next();
    while (!next.done) {
      const answers = next.value.map((query) =>
        passes[lengths.findIndex((T) => query.ids.length <= T)]!.submit({ picture, query }, signal),
      );
      next = text.next(await Promise.all(answers));
    }
    const said = truncated ? tokenizer.decode(begin) : prefix.trim();
    const [best, ...others] = next.value.map(({ words, score }) => ({
      text: join(said, words.slice(begin.length), tokenizer),
      score,
    }));
    return { ...best!, alternatives: others, truncated, unknownWords };
  }

  return { maxTokens: most, batchSizes, caption, release: () => captioner.release() };
}

/**
 * The prefix in its own spelling, then the words, with the articles that they want: a prefix "A" may become "An". The
 * model writes an article and the word behind it without the one knowing the other.
 */
function join(prefix: string, words: readonly number[], tokenizer: Tokenizer): string {
  const text = joined(prefix, words, tokenizer);
  const own = prefix.replace(/\ban?$/i, '').length;
  return text.slice(0, own) + withAgreeingArticles(text.slice(own));
}

/** Pieces of a word and punctuation follow without a space. */
function joined(prefix: string, words: readonly number[], tokenizer: Tokenizer): string {
  if (words.length === 0) return prefix;
  // Decoded by itself, a piece that begins it has nothing to be joined to.
  const rest = tokenizer.decode(words).replace(/^##/, '');
  if (prefix === '' || tokenizer.token(words[0]!).startsWith('##')) return `${prefix}${rest}`;
  return /^[.,!?;:'")\]}]/.test(rest) ? `${prefix}${rest}` : `${prefix} ${rest}`;
}
