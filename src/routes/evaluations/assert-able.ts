/** Whether a model can be evaluated as was asked: what cannot be done is refused, not queued. */
import { CodedError } from '../../errors.ts';
import { GRID } from '../../grid.ts';
import type { InferenceHost, ModelStatus } from '../../inference/host.ts';
import { unable } from '../../inference/hosted-models.ts';
import type { EvaluationRequest, EvaluationTask } from '../../jobs/plan-evaluation.ts';
import { resolveSampler, SamplerError, samplerOfName } from '../../sampling/sampler.ts';
import type { Task } from '../../zoo/manifest.ts';
import { modelNotFound } from '../models/find.ts';

/** What the model must be able to do. */
const NEEDS: Record<EvaluationTask, Task> = {
  ...{ paint: 'paint', images: 'paint', caption: 'caption', match: 'caption' },
  ...{ vqa: 'vqa', gqa: 'vqa', nlvr2: 'nlvr2' },
};
/** Models of codes: before they are fine-tuned they caption, whether they are hosted for it or not. */
const CAPTIONS = ['x-lxmert', 'x-uniter'];
/** Models of features: they paint by regression, in evaluations alone. */
const REGRESSES = ['lxmert', 'uniter'];
const JUDGES = ['recogniser', 'x-lxmert', 'x-uniter', 'lxmert', 'uniter'];

/** @throws CodedError task_not_supported, model_not_found (the judge), impossible_request */
export function assertAble(
  host: InferenceHost,
  { task, samplers, judge }: EvaluationRequest,
  model: ModelStatus,
): void {
  // The paper's grid, of models that do not say.
  const { id, tasks, head, architecture = '', grid = GRID } = model;
  const refuse = (code: 'task_not_supported' | 'impossible_request', message: string, field: string) => {
    throw new CodedError(code, message, { param: `/${field}` });
  };
  const need = NEEDS[task];
  const able =
    tasks.includes(need) ||
    (need === 'caption' && head === undefined && CAPTIONS.includes(architecture)) ||
    (task === 'paint' && head === undefined && REGRESSES.includes(architecture));
  if (!able) refuse('task_not_supported', `${unable(model, need)}.`, 'model');
  if (need === 'vqa' && head !== undefined && head !== task)
    refuse('task_not_supported', `The model "${id}" is fine-tuned on ${head}, not on ${task}.`, 'model');
  const judging = host.models().find((one) => one.id === judge);
  if (judge !== undefined && !JUDGES.includes(judging?.architecture ?? ''))
    throw new CodedError('model_not_found', modelNotFound(judge), { param: '/judge' });
  if (judging?.head !== undefined)
    refuse(
      'task_not_supported',
      `The model "${judge}" is fine-tuned on ${judging.head} and cannot judge which caption belongs to a picture.`,
      'judge',
    );
  const names = samplers?.split(',') ?? [];
  if (task === 'images' && names.length > 1)
    refuse('impossible_request', 'An evaluation of images has one sampler.', 'samplers');
  for (const name of names) {
    try {
      resolveSampler(samplerOfName(name), grid ** 2, 1);
    } catch (error) {
      if (!(error instanceof SamplerError)) throw error;
      refuse('impossible_request', `"${name}": ${error.message}`, 'samplers');
    }
  }
}
