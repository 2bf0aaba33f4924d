/** A question about a picture, from the model that is asked to the answer that is shown. */
import type { Upload } from '../../plugins/uploads.ts';
import { recordOf, showReading } from '../pictures.ts';
import { type RunContext, recordRun, servedAs } from '../recorded-run.ts';
import type { VqaAnswer } from './schema.ts';

export interface Question {
  readonly model: string;
  readonly picture: Upload;
  readonly question: string;
  readonly topK: number;
}

/** @throws CodedError */
export async function answerQuestion(context: RunContext, asked: Question): Promise<VqaAnswer> {
  const { model, picture, question, topK } = asked;
  const { record, result } = await recordRun(
    context,
    {
      task: 'vqa',
      model,
      request: { image: recordOf(picture), question, top_k: topK },
      stored: false,
    },
    (options) => context.services.host.vqa({ picture, model, question, topK }, options),
    ({ answers, ...reading }) => ({ result: { answers, ...showReading(reading) } }),
  );
  const { answers } = result;
  return { ...servedAs(record, result), answer: answers[0]!.answer, answers, ...showReading(result) };
}
