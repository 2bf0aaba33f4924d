/** A question about a picture, from the model that is asked to the answer that is shown. */
import type { VqaResult } from '../../inference/host.ts';
import type { Upload } from '../../plugins/uploads.ts';
import { showOcclusion } from '../occlusion.ts';
import { recordOf, showReading } from '../pictures.ts';
import { type RunContext, recordRun, servedAs } from '../recorded-run.ts';
import type { VqaAnswer } from './schema.ts';

export interface Question {
  readonly model: string;
  readonly picture: Upload;
  readonly question: string;
  readonly topK: number;
  /** Blocks of a side that are hidden in turn. */
  readonly occlusion?: number;
}

/** @throws CodedError */
export async function answerQuestion(context: RunContext, asked: Question): Promise<VqaAnswer> {
  const { model, picture, question, topK, occlusion } = asked;
  const hide = occlusion === undefined ? {} : { occlusion };
  const shown = (said: VqaResult) => {
    const { answers, hidden } = said;
    return { answers, ...showOcclusion(occlusion, answers[0]!, hidden), ...showReading(said) };
  };
  const { record, result } = await recordRun(
    context,
    {
      task: 'vqa',
      model,
      request: { image: recordOf(picture), question, top_k: topK, ...hide },
      stored: false,
    },
    (options) => context.services.host.vqa({ picture, model, question, topK, ...hide }, options),
    (said) => ({ result: shown(said) }),
  );
  return { ...servedAs(record, result), answer: result.answers[0]!.answer, ...shown(result) };
}
