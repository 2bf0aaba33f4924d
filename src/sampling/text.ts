/**
 * A text, word by word, out of a model that predicts masked words. The paper captions by Gibbs sampling with a given
 * prefix (7.3) and published no code for it; the procedure is that of Wang and Cho (2019), which it cites.
 *
 * How long a text is, the model cannot say: its pre-training never masks [SEP] and never shows it padding. So
 * every length is tried, and the text whose words are likeliest, on average, is kept. `parallel` gives most lengths up
 * on the way and writes several words a pass, which takes a fifth of the passes, and hears the others about each text.
 *
 * W words of the vocabulary, R positions read. Position 0 of a text is [CLS].
 */
import type { Random } from '../random.ts';
import { isLengthPenalty, MOST_LENGTH_PENALTY } from '../text-lengths.ts';
import { agreement } from './consensus.ts';
import { type Drawn, drawCode } from './draw.ts';
import { SamplerError, samplerOfSeveral } from './sampler.ts';

export const TEXT_STRATEGIES = ['gibbs', 'left-to-right', 'confidence', 'parallel'] as const;
export type TextStrategy = (typeof TEXT_STRATEGIES)[number];

/** As the API takes it. */
export interface TextSampler {
  strategy: TextStrategy;
  /** Sweeps over the text: in each, every word after the prefix is drawn once. Default: 3 for gibbs, else 1. */
  steps?: number;
  /** 0 takes the likeliest word. Default: 1 for gibbs and when top_k is given, else 0. */
  temperature?: number;
  /** Draw among this many of the likeliest words. Default: all. */
  top_k?: number;
  /**
   * The power of its length that a text's log probability is divided by before texts of several lengths are compared:
   * more gives longer ones. Default: the model's own, else 1.2, for parallel; 1, the mean of a word, for the others.
   */
  length_penalty?: number;
}

export interface ResolvedTextSampler {
  strategy: TextStrategy;
  steps: number;
  temperature: number;
  topK: number;
  lengthPenalty: number;
}

/** Several sweeps go word by word. */
export const defaultTextStrategy = (steps = 1): TextStrategy => (steps === 1 ? 'parallel' : 'confidence');

/** What a caller asked for, for n captions of a picture. */
export function textSamplerFor(asked: Partial<TextSampler>, n: number): TextSampler {
  const sampler: TextSampler = { strategy: defaultTextStrategy(asked.steps), ...asked };
  return sampler.strategy === 'gibbs' ? sampler : samplerOfSeveral(sampler, n);
}

/** Most sweeps: what one request may cost. */
export const MOST_SWEEPS = 10;
/** The mean of a word likes short texts too well. */
const LENGTH_PENALTY = 1.2;
/** The same where texts that are not yet written are compared. */
const DRAFT_LENGTH_PENALTY = 1.4;

/**
 * Fills in the defaults for a vocabulary of W words.
 * @param ownPenalty the model's length penalty, for texts that are written in all lengths side by side
 * @throws SamplerError
 */
export function resolveTextSampler(
  sampler: TextSampler,
  words: number,
  ownPenalty = LENGTH_PENALTY,
): ResolvedTextSampler {
  const { strategy, steps = strategy === 'gibbs' ? 3 : 1, top_k = words } = sampler;
  const drawn = strategy === 'gibbs' || sampler.top_k !== undefined;
  const { temperature = drawn ? 1 : 0, length_penalty = strategy === 'parallel' ? ownPenalty : 1 } = sampler;
  if (!TEXT_STRATEGIES.includes(strategy)) {
    throw new SamplerError('strategy', `strategy must be one of ${TEXT_STRATEGIES.join(', ')}.`);
  }
  if (!Number.isInteger(steps) || steps < 1 || steps > MOST_SWEEPS) {
    throw new SamplerError('steps', `${strategy} takes 1 to ${MOST_SWEEPS} steps.`);
  }
  if (strategy === 'parallel' && steps !== 1) {
    throw new SamplerError('steps', 'parallel takes 1 step: a second sweep is word by word.');
  }
  if (!(temperature >= 0 && temperature <= 100)) {
    throw new SamplerError('temperature', 'temperature must be between 0 and 100.');
  }
  if (!Number.isInteger(top_k) || top_k < 1) {
    throw new SamplerError('top_k', 'top_k must be an integer of at least 1.');
  }
  if (!isLengthPenalty(length_penalty)) {
    const range = `length_penalty must be a number from 0 to ${MOST_LENGTH_PENALTY}.`;
    throw new SamplerError('length_penalty', range);
  }
  const topK = Math.min(top_k, words);
  return { strategy, steps, temperature, topK, lengthPenalty: length_penalty };
}

/** One pass of the model that is wanted. */
export interface TextQuery {
  /** [CLS], words and [MASK], [SEP]; no padding. Valid until it is answered. */
  ids: Int32Array;
  /** Positions to predict. */
  read: readonly number[];
}

/**
 * A text in the making: yields passes that may run together, is sent the logits [R, W] of each in their order, and
 * returns when it is done.
 */
export type TextRow<Result> = Generator<readonly TextQuery[], Result, readonly Float32Array[]>;

export interface SampledText {
  /** The words, the prefix first; without [CLS] and [SEP]. */
  words: number[];
  /** Mean over all words of the log probability that the model gives each when it sees all others. At most 0. */
  score: number;
}

/** Ids of the special tokens. None of them, nor `unk`, is ever drawn. */
export interface SpecialTokens {
  pad: number;
  unk: number;
  cls: number;
  sep: number;
  mask: number;
}

export interface TextOptions {
  sampler: ResolvedTextSampler;
  special: SpecialTokens;
  /** Words that the text begins with; they are never changed. */
  prefix: readonly number[];
  /** Most words, those of the prefix among them; at least as many as these, and at least 1. */
  most: number;
  /**
   * No word, comma or piece of a word twice in a row. Models are fond of it ("a tiger,, kite") where they have to fill
   * a length that they would not have chosen. Left out: they may, and Gibbs sampling draws from the model's own joint
   * distribution.
   */
  noRepeats?: boolean;
  /**
   * Words that `noRepeats` keeps from being said twice in a text, however far apart ("a bus with a bus in the
   * street"). None: left out.
   */
  once?: ReadonlySet<number>;
  /** How often a text says "a dogs": of `parallel`, those that do come last. */
  slips?: (words: readonly number[]) => number;
  /** The random numbers for a text of so many words. */
  random: (length: number) => Random;
}

/**
 * Samples a text of each length from one word more than the prefix on, and returns the `count` with the best scores, of
 * `parallel` those whose score and agreement with the others are best, the best first; fewer where there are not as many
 * lengths.
 */
export function* sampleTexts(options: TextOptions, count: number): TextRow<SampledText[]> {
  const { prefix, most, random, special, slips } = options;
  const shortest = Math.min(prefix.length + 1, most);
  const lengths = Array.from({ length: most - shortest + 1 }, (_, i) => shortest + i);
  const texts =
    options.sampler.strategy === 'parallel'
      ? yield* writeSome(options, lengths, count)
      : yield* together(lengths.map((length) => writeText(options, length, random(length))));
  const { strategy, lengthPenalty } = options.sampler;
  if (strategy !== 'parallel') return yield* bestTexts(texts, special, count, { lengthPenalty });
  const scored = yield* bestTexts(texts, special, texts.length, { lengthPenalty, apart: APART });
  return agreeing(scored, lengthPenalty, slips).slice(0, count);
}

/** What the others' agreement is worth beside a text's own score. */
const CONSENSUS = 1;

/** Texts in the order of their scores and of what the others say, those without slips first. */
function agreeing(
  texts: readonly SampledText[],
  lengthPenalty: number,
  slipsOf: TextOptions['slips'] = () => 0,
): SampledText[] {
  const scores = texts.map(({ words, score }) => score * words.length ** (1 - lengthPenalty));
  const agreed = agreement(
    texts.map(({ words }) => words),
    scores,
  );
  const ranks = scores.map((score, i) => score + CONSENSUS * agreed[i]!);
  const slips = texts.map(({ words }) => slipsOf(words));
  return [...texts.keys()]
    .sort((a, b) => slips[a]! - slips[b]! || ranks[b]! - ranks[a]! || a - b)
    .map((i) => texts[i]!);
}

export interface WrittenText {
  /** [CLS], words, [SEP] */
  ids: Int32Array;
  /** The probability of each position's word when it was written; 1 where nothing was. */
  confidence: Float32Array;
}

/** Share of the open words that a pass writes. */
const SHARE_A_PASS = 1 / 3;
/** Passes in which no length is given up: before them all is guesswork. */
const PASSES_OF_ALL = 2;
/** Lengths that are written to the end. */
const FEWEST_LENGTHS = 9;
/** Every other word is hidden at once where texts are compared: two passes in place of one a word. */
const APART = 2;

/**
 * Texts of the lengths that the model is surest of, all side by side: every pass writes a share of their words, and
 * every pass but the first gives up half of the lengths, until a few are left.
 */
function* writeSome(options: TextOptions, lengths: readonly number[], count: number): TextRow<WrittenText[]> {
  let drafts = lengths.map((length) => new Draft(options, length));
  for (let pass = 1; drafts.some(({ open }) => open.length > 0); pass++) {
    const asked = drafts.filter(({ open }) => open.length > 0);
    const logits = yield asked.map(({ ids, open }) => ({ ids, read: open }));
    for (const [i, draft] of asked.entries()) draft.write(logits[i]!);
    if (pass < PASSES_OF_ALL) continue;
    const kept = Math.max(FEWEST_LENGTHS, count, Math.ceil(drafts.length / 2));
    drafts = drafts.toSorted((a, b) => a.cost - b.cost).slice(0, kept);
  }
  return drafts;
}

/** A text of one length in the making, as `writeSome` writes it. */
class Draft implements WrittenText {
  readonly ids: Int32Array;
  readonly confidence: Float32Array;
  /** Positions that are not yet written. */
  open: readonly number[];
  /** How unsure the model is of its words, of those that it will write too. */
  cost = 0;
  readonly #aPass: number;
  readonly #random: Random;
  readonly #options: TextOptions;

  constructor(options: TextOptions, length: number) {
    const { special, prefix, random } = options;
    this.#options = options;
    this.ids = emptyText(special, prefix, length);
    this.confidence = new Float32Array(this.ids.length).fill(1);
    this.open = Array.from({ length: length - prefix.length }, (_, i) => 1 + prefix.length + i);
    this.#aPass = Math.max(1, Math.ceil(SHARE_A_PASS * this.open.length));
    this.#random = random(length);
  }

  /** The surest of the open words, no two beside each other: neither knew of the other. @param logits [open, W] */
  write(logits: Float32Array): void {
    const { sampler, once } = this.#options;
    const W = logits.length / this.open.length;
    const words = this.open.map((position, i) =>
      sayable(logits.subarray(i * W, (i + 1) * W), this.#options, this.ids, position),
    );
    const sure = words.map((row) => likeliestWord(row).confidence);
    const written = new Set<number>();
    for (const i of [...sure.keys()].sort((a, b) => sure[b]! - sure[a]!)) {
      if (written.size === this.#aPass) break;
      const position = this.open[i]!;
      if (written.has(position - 1) || written.has(position + 1)) continue;
      const drawn = drawWord(words[i]!, sampler, this.#random);
      // Written elsewhere in this pass, which the words here did not know.
      if (written.size > 0 && once?.has(drawn.id) && this.ids.includes(drawn.id)) continue;
      this.ids[position] = drawn.id;
      this.confidence[position] = drawn.confidence;
      written.add(position);
    }
    let surprise = this.confidence.reduce((sum, one) => sum - Math.log(one), 0);
    for (const [i, position] of this.open.entries())
      if (!written.has(position)) surprise -= Math.log(sure[i]!);
    this.cost = surprise / (this.ids.length - 2) ** DRAFT_LENGTH_PENALTY;
    this.open = this.open.filter((position) => !written.has(position));
  }
}

/** [CLS], the prefix, [MASK] for all other words, [SEP] */
function emptyText(special: SpecialTokens, prefix: readonly number[], length: number): Int32Array {
  const ids = new Int32Array(length + 2).fill(special.mask);
  ids[0] = special.cls;
  ids.set(prefix, 1);
  ids[length + 1] = special.sep;
  return ids;
}

/** A text of exactly `length` words, word by word. */
export function* writeText(options: TextOptions, length: number, random: Random): TextRow<WrittenText> {
  const { special, prefix, sampler } = options;
  const say = (logits: Float32Array, position: number) => sayable(logits, options, ids, position);
  const ids = emptyText(special, prefix, length);
  const open = Array.from({ length: length - prefix.length }, (_, i) => 1 + prefix.length + i);
  const confidence = new Float32Array(ids.length).fill(1);

  /** Masks a position, reads it and writes it. */
  function* redraw(position: number): TextRow<void> {
    ids[position] = special.mask;
    const [logits] = yield [{ ids, read: [position] }];
    const drawn = drawWord(say(logits!, position), sampler, random);
    ids[position] = drawn.id;
    confidence[position] = drawn.confidence;
  }

  for (let sweep = 0; sweep < sampler.steps && open.length > 0; sweep++) {
    if (sampler.strategy === 'confidence' && sweep === 0) {
      yield* easyFirst(ids, open, confidence, sampler, say, random);
      continue;
    }
    let order: readonly number[] = open;
    if (sampler.strategy === 'gibbs') order = random.shuffle([...open]);
    // The word that was the hardest to say first: the others were guessed without it.
    if (sampler.strategy === 'confidence') order = open.toSorted((a, b) => confidence[a]! - confidence[b]!);
    for (const position of order) yield* redraw(position);
  }
  return { ids, confidence };
}

/** Writes in every pass, of the words not yet written, the one that the model is surest of. */
function* easyFirst(
  ids: Int32Array,
  open: readonly number[],
  confidence: Float32Array,
  sampler: ResolvedTextSampler,
  say: (logits: Float32Array, position: number) => Float32Array,
  random: Random,
): TextRow<void> {
  let left = [...open];
  while (left.length > 0) {
    const [logits] = yield [{ ids, read: left }];
    const W = logits!.length / left.length;
    const rows = left.map((position, i) => say(logits!.subarray(i * W, (i + 1) * W), position));
    const sure = rows.map((row) => likeliestWord(row).confidence);
    const surest = sure.indexOf(Math.max(...sure));
    const position = left[surest]!;
    const drawn = drawWord(rows[surest]!, sampler, random);
    ids[position] = drawn.id;
    confidence[position] = drawn.confidence;
    left = left.filter((other) => other !== position);
  }
}

export interface Scoring {
  /** As a sampler's; left out: 1. */
  lengthPenalty?: number;
  /**
   * Words that are hidden together are so far apart: a text is scored in so many passes, and none of its words sees
   * those. Left out: each alone, for the score that is exact.
   */
  apart?: number;
}

/** Passes of a text that is scored word by word, before it is looked at whether it may yet be given up. */
const SCORED_AT_A_TIME = 2;

/**
 * The `count` texts with the best scores, in their order, the first of equals. A score is Salazar et al. 2020's
 * pseudo-log-likelihood, per word: each word masked in a pass of its own, or with those that are far enough away. As
 * no log probability is above 0, a text is given up as soon as the words scored so far alone cost it its place; the
 * ones that were written with the least confidence come first.
 */
export function* bestTexts(
  texts: readonly WrittenText[],
  special: SpecialTokens,
  count: number,
  { lengthPenalty = 1, apart = Number.POSITIVE_INFINITY }: Scoring = {},
): TextRow<SampledText[]> {
  /** No less than what a text that is scored to the end has. */
  const rank = ({ logs }: { logs: Float64Array }): number => sumOf(logs) / logs.length ** lengthPenalty;
  const rows = texts.map(({ ids, confidence }, place) => {
    const words = ids.length - 2;
    const positions = Array.from({ length: words }, (_, i) => i + 1);
    const surpriseOf = (some: readonly number[]) =>
      some.reduce((sum, position) => sum - Math.log(confidence[position]!), 0);
    const rounds = Math.min(words, apart);
    const passes = Array.from({ length: rounds }, (_, k) =>
      positions.filter((position) => (position - 1) % rounds === k),
    ).sort((a, b) => surpriseOf(b) - surpriseOf(a));
    const surprise = surpriseOf(positions) / words ** lengthPenalty;
    return { place, ids, passes, surprise, logs: new Float64Array(words), scored: 0 };
  });
  // Scored to the end at once: most of the others lose to it.
  const favourite = rows.reduce((least, row) => (row.surprise < least.surprise ? row : least));
  type Row = (typeof rows)[number];
  let best: Row[] = [];
  const order = (a: Row, b: Row): number => rank(b) - rank(a) || a.place - b.place;
  const leads = (row: Row): boolean => best.length < count || order(row, best.at(-1)!) < 0;
  // Nobody is given up where all are wanted.
  const atATime =
    count >= rows.length ? Number.POSITIVE_INFINITY : Number.isFinite(apart) ? 1 : SCORED_AT_A_TIME;
  let open = rows;
  while (open.length > 0) {
    const asked = open.map(({ passes, scored }, i) =>
      passes.slice(scored, open[i] === favourite ? passes.length : scored + atATime),
    );
    const logits = yield open.flatMap(({ ids }, i) =>
      asked[i]!.map((hidden) => {
        const masked = ids.slice();
        for (const position of hidden) masked[position] = special.mask;
        return { ids: masked, read: hidden };
      }),
    );
    let from = 0;
    for (const [i, row] of open.entries()) {
      for (const hidden of asked[i]!) {
        const all = logits[from++]!;
        const W = all.length / hidden.length;
        for (const [k, position] of hidden.entries()) {
          const words = wordsAlone(all.subarray(k * W, (k + 1) * W), special);
          row.logs[position - 1] = logProbability(words, row.ids[position]!);
        }
      }
      row.scored += asked[i]!.length;
      if (row.scored === row.passes.length && leads(row)) best = [...best, row].sort(order).slice(0, count);
    }
    open = open.filter((row) => row.scored < row.passes.length && leads(row));
  }
  return best.map((row) => ({
    words: [...row.ids.subarray(1, -1)],
    score: sumOf(row.logs) / row.logs.length,
  }));
}

const sumOf = (logs: Float64Array): number => logs.reduce((sum, log) => sum + log, 0);

/** Runs texts side by side; all that they ask for at a time is asked together. */
function* together<Result>(rows: readonly TextRow<Result>[]): TextRow<Result[]> {
  const results: Result[] = [];
  let open: { row: number; queries: readonly TextQuery[] }[] = [];
  const advance = (row: number, next: IteratorResult<readonly TextQuery[], Result>): void => {
    if (next.done) results[row] = next.value;
    else open.push({ row, queries: next.value });
  };
  for (const [row, generator] of rows.entries()) advance(row, generator.next());
  while (open.length > 0) {
    const asked = open;
    const logits = yield asked.flatMap(({ queries }) => queries);
    open = [];
    let from = 0;
    for (const { row, queries } of asked) {
      advance(row, rows[row]!.next(logits.slice(from, from + queries.length)));
      from += queries.length;
    }
  }
  return results;
}

/** Logits [W] without the tokens that are not words. */
function wordsAlone(logits: Float32Array, special: SpecialTokens): Float32Array {
  const words = logits.slice();
  for (const id of Object.values(special)) words[id] = Number.NEGATIVE_INFINITY;
  return words;
}

/** Logits [W] of what can be said at a position. Nothing is said again, by `noRepeats`, where another word is left. */
function sayable(
  logits: Float32Array,
  { special, noRepeats, once }: TextOptions,
  ids: Int32Array,
  position: number,
): Float32Array {
  const words = wordsAlone(logits, special);
  if (!noRepeats) return words;
  const others = words.slice();
  for (const [at, id] of ids.entries())
    if (Math.abs(at - position) === 1 || (at !== position && once?.has(id)))
      others[id] = Number.NEGATIVE_INFINITY;
  return others.some((logit) => logit !== Number.NEGATIVE_INFINITY) ? others : words;
}

/** @param words logits [W] without those that cannot be said */
function drawWord(words: Float32Array, { temperature, topK }: ResolvedTextSampler, random: Random): Drawn {
  return temperature === 0 ? likeliestWord(words) : drawCode(words, temperature, topK, random);
}

function likeliestWord(words: Float32Array): Drawn {
  let id = 0;
  for (let other = 1; other < words.length; other++) if (words[other]! > words[id]!) id = other;
  return { id, confidence: Math.exp(logProbability(words, id)) };
}

/** The log probability of a word; of one that cannot be said (an [UNK] in the prefix), that of the least likely one that can. */
function logProbability(words: Float32Array, id: number): number {
  let best = Number.NEGATIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  for (const logit of words) {
    if (logit > best) best = logit;
    if (logit < least && logit !== Number.NEGATIVE_INFINITY) least = logit;
  }
  let sum = 0;
  for (const logit of words) sum += Math.exp(logit - best);
  const logit = words[id] === Number.NEGATIVE_INFINITY ? least : words[id]!;
  return logit - best - Math.log(sum);
}
