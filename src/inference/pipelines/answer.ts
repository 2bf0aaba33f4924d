/** From a picture's features and a question to answers (VQA, GQA). */
import type { Engine } from '../../engines/engine.ts';
import type { Reading } from '../../tokenizer.ts';
import type { EncodedPicture } from './encode-picture.ts';
import { createFinetunedModel, type FinetunedParts } from './finetuned.ts';
import type { PipelineOptions } from './options.ts';

interface Answered extends Reading {
  /**
   * The best first; of equals, the one that comes first among the model's answers. A VQA model gives each answer a
   * probability of its own; a GQA model's, and those of a VQA model of `answer_loss` softmax, add up to 1 over all.
   */
  answers: { answer: string; score: number }[];
}

export interface AnswerPipeline {
  /** Every answer that the model knows. */
  readonly answers: readonly string[];
  readonly batchSizes: readonly number[];
  /** @param topK how many answers, at least 1; all when the model has fewer */
  answer(picture: EncodedPicture, question: string, topK: number, signal?: AbortSignal): Promise<Answered>;
  release(): Promise<void>;
}

export async function createAnswerPipeline(
  engine: Engine,
  checkpoint: FinetunedParts & { answers: readonly string[] },
  options: PipelineOptions = {},
): Promise<AnswerPipeline> {
  const { answers } = checkpoint;
  const { head, answer_loss: loss } = checkpoint.config;
  if (head === 'nlvr2') throw new Error('a model of statements about pairs answers no questions');
  if (answers.length !== checkpoint.config.num_answers) {
    throw new Error(`${answers.length} answers for a head of ${checkpoint.config.num_answers}`);
  }
  const alone = head === 'vqa' && loss !== 'softmax';
  const model = await createFinetunedModel(engine, checkpoint, 'answer', options);
  return {
    answers,
    batchSizes: model.batchSizes,
    async answer(picture, question, topK, signal) {
      const { logits, ...reading } = await model.ask(question, [picture], signal);
      const scores = alone ? Float64Array.from(logits, sigmoid) : softmax(logits);
      const best = likeliest(logits, topK);
      return { answers: best.map((i) => ({ answer: answers[i]!, score: scores[i]! })), ...reading };
    },
    release: () => model.release(),
  };
}

/** Indices of the highest logits, the highest first, of equals the first; all are not sorted for a few. */
function likeliest(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (const [i, logit] of logits.entries()) {
    if (best.length === count && !(logit > logits[best.at(-1)!]!)) continue;
    let place = best.length;
    while (place > 0 && logit > logits[best[place - 1]!]!) place--;
    best.splice(place, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** In 64 bits, whatever the size of the logits. */
export function softmax(logits: Float32Array): Float64Array {
  const best = Math.max(...logits);
  const masses = Float64Array.from(logits, (logit) => Math.exp(logit - best));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return masses.map((mass) => mass / total);
}
