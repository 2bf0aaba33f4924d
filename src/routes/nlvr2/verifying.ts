/** A statement about two pictures, from the model that is asked to the judgement that is shown. */
import type { Nlvr2Result } from '../../inference/host.ts';
import type { Upload } from '../../plugins/uploads.ts';
import { showOcclusion } from '../occlusion.ts';
import { recordOf, showReading } from '../pictures.ts';
import { type RunContext, recordRun, servedAs } from '../recorded-run.ts';
import type { Nlvr2Answer } from './schema.ts';

export interface Statement {
  readonly model: string;
  readonly left: Upload;
  readonly right: Upload;
  readonly statement: string;
  /** Blocks of a side that are hidden in turn. */
  readonly occlusion?: number;
}

/** @throws CodedError */
export async function verifyStatement(context: RunContext, asked: Statement): Promise<Nlvr2Answer> {
  const { model, left, right, statement, occlusion } = asked;
  const hide = occlusion === undefined ? {} : { occlusion };
  const shown = (said: Nlvr2Result) => {
    const { label, score, hidden } = said;
    const verdict = { answer: String(label), score: label ? score : 1 - score };
    return { label, score, ...showOcclusion(occlusion, verdict, hidden), ...showReading(said) };
  };
  const { record, result } = await recordRun(
    context,
    {
      task: 'nlvr2',
      model,
      request: { images: [recordOf(left), recordOf(right)], statement, ...hide },
      stored: false,
    },
    (options) => context.services.host.nlvr2({ left, right, model, statement, ...hide }, options),
    (said) => ({ result: shown(said) }),
  );
  return { ...servedAs(record, result), ...shown(result) };
}
