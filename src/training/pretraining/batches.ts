/**
 * Pre-training batches out of pictures and their codes (paper, sections 4 and C.5). Every batch is a pure function
 * of the seed and the step.
 *
 * B batch, T text tokens, V visual positions.
 */
import type { InputSpec } from '../../engines/engine.ts';
import { CELLS } from '../../grid.ts';
import type { PretrainingTask } from '../../models/lxmert/index.ts';
import { createRandom, type Random } from '../../random.ts';
import { float32, type HostTensor, type HostTensors, int32 } from '../../tensor.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import type { Tokenizer } from '../../tokenizer.ts';
import type { SceneFeatures } from '../features/scene-features.ts';
import type { PretrainingPicture } from './pictures.ts';

export type Modality = Exclude<PretrainingTask, 'qa'>;

/** A label that does not count. */
const IGNORED = -100;
/** Shares of the words that are to be predicted: BERT's of [MASK], of another word, and (the rest) as it was. */
const MASKED_SHARE = 0.8;
const REPLACED_SHARE = 0.1;

export interface PretrainingSource {
  /** Picture of the split, by index. */
  picture(index: number): PretrainingPicture;
  tokenizer: Tokenizer;
  /** Codes of the split's first pictures, [pictures × 64]. */
  codes: Int16Array;
  /** Indices of the pictures that have a caption, and of those that have a question. Left out: all of them. */
  captioned?: readonly number[];
  asked?: readonly number[];
  /** Codes are predicted from captions of this source alone, and these pictures have one. */
  codeCaptions?: { source: string; captioned: readonly number[] };
  /** All captions of a picture, where its texts are those of a directory. */
  captions?: (index: number) => readonly string[];
  batchSize: number;
  wordMaskRatio: number;
  /** Share of the texts whose ratio is drawn uniformly from 0 to 1 instead. */
  uniformWordMaskShare: number;
  /** Share of the texts of masked words that are captions with no word left: captioning begins so. */
  fullyMaskedTextShare: number;
  /** Share of questions among the other texts; the rest are captions. */
  questionShare: number;
  /** Weight of a background cell in the codes' loss; an object's cell weighs 1, and so do all where nobody knows. */
  backgroundWeight: number;
  /** Share of the captions whose picture is masked whole, whatever ratio was drawn. */
  fullyMaskedShare: number;
  /** Share of the other pictures whose objects' cells are masked before any of the background. */
  objectsFirstShare: number;
  /** Every cell is masked with this probability instead of a uniform count of them: BERT's way, an ablation. */
  bernoulliMaskRatio?: number;
  /** Codes are predicted from questions too, as before the paper updated its data: an ablation. */
  codesFromQuestions?: boolean;
  /** Exact features: in place of codes, or of pictures of which nothing is masked. */
  features?: SceneFeatures;
  /**
   * Labels of cells are classes of objects, 0 the background, in place of codes: of a model without codes. Where nobody
   * knows them there are no labels.
   */
  classesOfObjects?: boolean;
}

/** What every task's step reads; each leaves alone what is not its own. */
/** @param F width of exact features; left out for a model of codes */
export function pretrainingBatch(B: number, F?: number): Record<string, InputSpec> {
  return {
    input_ids: { dtype: 'int32', shape: [B, MAX_TEXT_TOKENS] },
    word_labels: { dtype: 'int32', shape: [B, MAX_TEXT_TOKENS] },
    cluster_ids: { dtype: 'int32', shape: [B, CELLS] },
    vis_mask: { dtype: 'int32', shape: [B, CELLS] },
    obj_labels: { dtype: 'int32', shape: [B, CELLS] },
    obj_weights: { dtype: 'float32', shape: [B, CELLS] },
    matched_labels: { dtype: 'int32', shape: [B] },
    qa_labels: { dtype: 'int32', shape: [B] },
    ...(F !== undefined && { visual_feats: { dtype: 'float32', shape: [B, CELLS, F] } as const }),
  };
}

interface Text {
  kind: 'caption' | 'question';
  ids: number[];
  /** Place of the answer when the text is a question that the model has an answer to. */
  answer: number | undefined;
}

/** A caption or a question, whichever is wanted; the other where a picture has none. */
function textOf(
  { tokenizer }: PretrainingSource,
  picture: PretrainingPicture,
  wanted: Text['kind'],
  random: Random,
  captionSource?: string,
): Text {
  const encode = (text: string) => tokenizer.encode(text, MAX_TEXT_TOKENS).ids;
  const question = wanted === 'question' ? picture.question(random) : undefined;
  if (question) return { kind: 'question', ids: encode(question.text), answer: question.answer };
  const caption = picture.caption(random, captionSource);
  if (caption !== undefined) return { kind: 'caption', ids: encode(caption), answer: undefined };
  const { text, answer } = picture.question(random)!;
  return { kind: 'question', ids: encode(text), answer };
}

/** BERT's masking, in place, or every word. @returns the labels */
function maskWords(source: PretrainingSource, ids: number[], whole: boolean, random: Random): number[] {
  const { tokenizer, uniformWordMaskShare: share } = source;
  const drawn = share > 0 && random.chance(share) ? random.next() : source.wordMaskRatio;
  const ratio = whole ? 1 : drawn;
  const special = new Set([tokenizer.pad, tokenizer.cls, tokenizer.sep]);
  return ids.map((id, at) => {
    if (special.has(id) || !random.chance(ratio)) return IGNORED;
    const draw = whole ? 0 : random.next();
    if (draw < MASKED_SHARE) ids[at] = tokenizer.mask;
    else if (draw < MASKED_SHARE + REPLACED_SHARE) ids[at] = random.int(tokenizer.vocabularySize);
    return id;
  });
}

/**
 * Every count from 1 to V is equally likely: at painting every masking ratio occurs.
 * @param first cells that are masked before all others
 */
function uniformMask(
  random: Random,
  masked = 1 + random.int(CELLS),
  first?: (cell: number) => boolean,
): Uint8Array {
  const order = random.shuffle(Array.from({ length: CELLS }, (_, i) => i));
  if (first) order.sort((a, b) => Number(first(b)) - Number(first(a)));
  const mask = new Uint8Array(CELLS);
  for (const cell of order.slice(0, masked)) mask[cell] = 1;
  return mask;
}

/** Every cell by itself; at least one, so that there is something to predict. */
export function bernoulliMask(random: Random, ratio: number): Uint8Array {
  const mask = Uint8Array.from({ length: CELLS }, () => Number(random.chance(ratio)));
  if (!mask.includes(1)) mask[random.int(CELLS)] = 1;
  return mask;
}

/** Indices of the pictures whose codes are predicted from a caption. Undefined: all of them. */
export const captionedForCodes = ({ codeCaptions, captioned }: PretrainingSource) =>
  codeCaptions?.captioned ?? captioned;

const drawPicture = (random: Random, among: readonly number[] | undefined, count: number): number =>
  among ? random.pick(among) : random.int(count);

export interface PretrainingExamples {
  batch: HostTensors;
  /** Index of each row's picture in its split. */
  scenes: number[];
}

/**
 * One batch of a task.
 * @param key decides every draw
 * @param options `scenes`: instead of random ones; `masked`: this many masked cells in every row
 */
export function pretrainingExamples(
  source: PretrainingSource,
  task: Modality,
  key: string,
  options: { scenes?: readonly number[]; masked?: number } = {},
): PretrainingExamples {
  const { codes, batchSize: B } = source;
  const random = createRandom(key);
  const count = codes.length / CELLS;
  const ids = new Int32Array(B * MAX_TEXT_TOKENS);
  const wordLabels = new Int32Array(B * MAX_TEXT_TOKENS).fill(IGNORED);
  const clusterIds = new Int32Array(B * CELLS);
  const visMask = new Int32Array(B * CELLS);
  const objLabels = new Int32Array(B * CELLS).fill(IGNORED);
  const objWeights = new Float32Array(B * CELLS).fill(1);
  const matched = new Int32Array(B).fill(1);
  const answers = new Int32Array(B).fill(IGNORED);
  const F = source.features?.width ?? 0;
  const seen = new Float32Array(B * CELLS * F);
  const scenes: number[] = [];
  for (let row = 0; row < B; row++) {
    const fromCaptions = task === 'vis_mask' && !source.codesFromQuestions;
    const index =
      options.scenes?.[row] ??
      drawPicture(random, fromCaptions ? captionedForCodes(source) : undefined, count);
    scenes.push(index);
    const picture = source.picture(index);
    const rowCodes = codes.subarray(index * CELLS, (index + 1) * CELLS);
    clusterIds.set(rowCodes, row * CELLS);
    source.features?.read(index, seen, row * CELLS * F);
    // Codes are predicted from captions alone: most questions say too little of the picture.
    const wordless =
      task === 'word_mask' && source.fullyMaskedTextShare > 0 && random.chance(source.fullyMaskedTextShare);
    const caption = wordless || fromCaptions || !random.chance(source.questionShare);
    const captionSource = fromCaptions ? source.codeCaptions?.source : undefined;
    let text = textOf(source, picture, caption ? 'caption' : 'question', random, captionSource);
    // A question without any of its words asks nothing.
    const noWords = wordless && text.kind === 'caption';
    if (task === 'vis_mask') {
      const whole = source.fullyMaskedShare > 0 && random.chance(source.fullyMaskedShare);
      const objectsFirst = source.objectsFirstShare > 0 && random.chance(source.objectsFirstShare);
      const objects = picture.objects();
      const mask =
        source.bernoulliMaskRatio !== undefined && options.masked === undefined
          ? bernoulliMask(random, source.bernoulliMaskRatio)
          : uniformMask(
              random,
              options.masked ?? (whole ? CELLS : undefined),
              objectsFirst && objects ? (cell) => objects[cell] !== 0 : undefined,
            );
      for (let cell = 0, at = row * CELLS; cell < CELLS; cell++, at++) {
        visMask[at] = mask[cell]!;
        if (mask[cell])
          objLabels[at] = source.classesOfObjects ? (objects?.[cell] ?? IGNORED) : rowCodes[cell]!;
        if (objects?.[cell] === 0) objWeights[at] = source.backgroundWeight;
      }
    } else if (task === 'word_mask') {
      wordLabels.set(maskWords(source, text.ids, noWords, random), row * MAX_TEXT_TOKENS);
    } else if (random.chance(0.5)) {
      // Of the same kind, or the kind would tell where some pictures have questions alone.
      const { kind } = text;
      const among = kind === 'caption' ? source.captioned : source.asked;
      let other = drawPicture(random, among, count);
      while (other === index && (among?.length ?? count) > 1) other = drawPicture(random, among, count);
      text = textOf(source, source.picture(other), kind, random);
      matched[row] = 0;
    } else if (text.answer !== undefined) {
      answers[row] = text.answer;
    }
    ids.set(text.ids, row * MAX_TEXT_TOKENS);
  }
  const batch = {
    input_ids: int32(ids, [B, MAX_TEXT_TOKENS]),
    word_labels: int32(wordLabels, [B, MAX_TEXT_TOKENS]),
    cluster_ids: int32(clusterIds, [B, CELLS]),
    vis_mask: int32(visMask, [B, CELLS]),
    obj_labels: int32(objLabels, [B, CELLS]),
    obj_weights: float32(objWeights, [B, CELLS]),
    matched_labels: int32(matched, [B]),
    qa_labels: int32(answers, [B]),
    ...(source.features && { visual_feats: float32(seen, [B, CELLS, F]) }),
  };
  return { batch, scenes };
}

/** What the losses of parts of a batch are divided by, so that they add up to those of the batch. */
export const PRETRAINING_TOTALS: Record<string, InputSpec> = Object.fromEntries(
  ['obj_total', 'word_total', 'matched_total', 'qa_total', 'masked_total', 'row_share'].map((name) => [
    name,
    { dtype: 'float32', shape: [] },
  ]),
);

/** @param rows of a part */
export function pretrainingTotals(batch: HostTensors, rows: number): HostTensors {
  const counted = (name: string, weights?: HostTensor) => {
    let sum = 0;
    for (const [i, label] of batch[name]!.data.entries())
      if (label !== IGNORED) sum += weights ? weights.data[i]! : 1;
    // Where nothing counts, every loss is 0 whatever it is divided by.
    return float32([sum || 1], []);
  };
  const masked = (batch.vis_mask!.data as Int32Array).reduce((sum, one) => sum + one, 0);
  return {
    obj_total: counted('obj_labels', batch.obj_weights),
    word_total: counted('word_labels'),
    matched_total: counted('matched_labels'),
    qa_total: counted('qa_labels'),
    masked_total: float32([masked], []),
    row_share: float32([rows / batch.input_ids!.shape[0]!], []),
  };
}
