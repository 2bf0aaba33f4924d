/** From two pictures' features and a statement to whether it is true of them (NLVR2). */
import type { Engine } from '../../engines/engine.ts';
import type { Reading } from '../../tokenizer.ts';
import { softmax } from './answer.ts';
import { createFinetunedModel, type FinetunedParts } from './finetuned.ts';
import type { PipelineOptions } from './options.ts';
import type { Seen } from './see.ts';

export interface Judged extends Reading {
  label: boolean;
  /** Probability that the statement is true. */
  score: number;
}

export interface JudgePipeline {
  readonly batchSizes: readonly number[];
  judge(left: Seen, right: Seen, statement: string, signal?: AbortSignal): Promise<Judged>;
  release(): Promise<void>;
}

export async function createJudgePipeline(
  engine: Engine,
  checkpoint: FinetunedParts,
  options: PipelineOptions = {},
): Promise<JudgePipeline> {
  const { head } = checkpoint.config;
  if (head !== 'nlvr2') throw new Error(`a ${head} model judges no statements`);
  const model = await createFinetunedModel(engine, checkpoint, 'judge', options);
  return {
    batchSizes: model.batchSizes,
    async judge(left, right, statement, signal) {
      const { logits, ...reading } = await model.ask(statement, [left, right], signal);
      const score = softmax(logits)[1]!;
      return { label: logits[1]! > logits[0]!, score, ...reading };
    },
    release: () => model.release(),
  };
}
