/** From two pictures' features and a statement to whether it is true of them (NLVR2). */
import type { Engine } from '../../engines/engine.ts';
import type { Reading } from '../../tokenizer.ts';
import { softmax } from './answer.ts';
import type { EncodedPicture } from './encode-picture.ts';
import { createFinetunedModel, type FinetunedParts } from './finetuned.ts';
import type { PipelineOptions } from './options.ts';

interface Verified extends Reading {
  label: boolean;
  /** Probability that the statement is true. */
  score: number;
}

export interface VerifyPipeline {
  readonly batchSizes: readonly number[];
  verify(
    left: EncodedPicture,
    right: EncodedPicture,
    statement: string,
    signal?: AbortSignal,
  ): Promise<Verified>;
  release(): Promise<void>;
}

export async function createVerifyPipeline(
  engine: Engine,
  checkpoint: FinetunedParts,
  options: PipelineOptions = {},
): Promise<VerifyPipeline> {
  const { head } = checkpoint.config;
  if (head !== 'nlvr2') throw new Error(`a ${head} model verifies no statements`);
  const model = await createFinetunedModel(engine, checkpoint, 'verify', options);
  return {
    batchSizes: model.batchSizes,
    async verify(left, right, statement, signal) {
      const { logits, ...reading } = await model.ask(statement, [left, right], signal);
      const score = softmax(logits)[1]!;
      return { label: logits[1]! > logits[0]!, score, ...reading };
    },
    release: () => model.release(),
  };
}
