/** A statement about two pictures, from the model that is asked to the judgement that is shown. */
import type { Upload } from '../../plugins/uploads.ts';
import { recordOf, showReading } from '../pictures.ts';
import { type RunContext, recordRun, servedAs } from '../recorded-run.ts';
import type { Nlvr2Answer } from './schema.ts';

export interface Statement {
  readonly model: string;
  readonly left: Upload;
  readonly right: Upload;
  readonly statement: string;
}

/** @throws CodedError */
export async function judgeStatement(context: RunContext, asked: Statement): Promise<Nlvr2Answer> {
  const { model, left, right, statement } = asked;
  const { record, result } = await recordRun(
    context,
    {
      task: 'nlvr2',
      model,
      request: { images: [recordOf(left), recordOf(right)], statement },
      stored: false,
    },
    (options) => context.services.host.nlvr2({ left, right, model, statement }, options),
    ({ label, score, ...reading }) => ({ result: { label, score, ...showReading(reading) } }),
  );
  const { label, score } = result;
  return { ...servedAs(record, result), label, score, ...showReading(result) };
}
