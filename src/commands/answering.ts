/** Fine-tuned models as commands ask them. */
import type { Engine } from '../engines/engine.ts';
import { UsageError } from '../errors.ts';
import type { AnsweringModel } from '../evaluation/answer-evaluation.ts';
import { createAnswerPipeline } from '../inference/pipelines/answer.ts';
import { createVerifyPipeline } from '../inference/pipelines/verify.ts';
import type { AnswerHead } from '../models/finetuning-choices.ts';
import { type FinetunedCheckpoint, loadFinetunedCheckpoint } from '../zoo/answer-checkpoint.ts';
import type { ZooEntry } from '../zoo/discovery.ts';

/** @throws UsageError when it is none of that task */
export async function loadAnswering(
  flag: string,
  entry: ZooEntry,
  head: AnswerHead,
): Promise<FinetunedCheckpoint> {
  const checkpoint = await loadFinetunedCheckpoint(entry.folder).catch((cause: Error) => {
    throw new UsageError(`${flag} ${entry.id}: ${cause.message}`, { cause });
  });
  if (checkpoint.head !== head) {
    throw new UsageError(`${flag}: ${entry.id} is fine-tuned on ${checkpoint.head}, not on ${head}.`);
  }
  return checkpoint;
}

/** The server's pipeline; of a statement it says 'true' or 'false'. */
export async function answerer(
  engine: Engine,
  checkpoint: FinetunedCheckpoint,
): Promise<Pick<AnsweringModel, 'answer'> & { release(): Promise<void> }> {
  const encoded = (features: Float32Array) => ({ features });
  if (checkpoint.head === 'nlvr2') {
    const pipeline = await createVerifyPipeline(engine, checkpoint);
    return {
      answer: async (statement, [left, right]) =>
        String((await pipeline.verify(encoded(left!), encoded(right!), statement)).label),
      release: () => pipeline.release(),
    };
  }
  const pipeline = await createAnswerPipeline(engine, checkpoint);
  return {
    answer: async (question, [picture]) =>
      (await pipeline.answer(encoded(picture!), question, 1)).answers[0]!.answer,
    release: () => pipeline.release(),
  };
}
