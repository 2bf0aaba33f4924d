/** From a request for an evaluation to the job, and from the job to the command that does it. */
import { CodedError } from '../errors.ts';
import { datasetIds } from '../runs/datasets.ts';
import type { NewJob } from './train-jobs.ts';

/** The kind of such jobs. */
export const EVALUATE = 'evaluate';

export const EVALUATION_TASKS = ['paint', 'images', 'caption', 'match', 'vqa', 'gqa', 'nlvr2'] as const;
export type EvaluationTask = (typeof EVALUATION_TASKS)[number];

export interface EvaluationRequest {
  task: EvaluationTask;
  dataset?: string;
  /** Captions, pictures or scenes. */
  count?: number;
  seed?: number;
  /** Of paint several, by commas; of images one. */
  samplers?: string;
  /** Of images: who says which caption is whose. */
  judge?: string;
}

/** What the command calls the number of things that are looked at. */
const COUNT: Record<EvaluationTask, string> = {
  ...{ paint: 'captions', images: 'count', caption: 'scenes', match: 'scenes' },
  ...{ vqa: 'scenes', gqa: 'scenes', nlvr2: 'scenes' },
};
/** And the data. */
const DATA: Partial<Record<EvaluationTask, string>> = { images: 'captions' };

/**
 * @param model that is hosted
 * @throws CodedError dataset_unusable, impossible_request
 */
export async function planEvaluation(
  { task, dataset, count, seed = 0, samplers, judge }: EvaluationRequest,
  model: { id: string; revision: string; data: string },
  keyId: string | null,
  dataDir: string,
): Promise<NewJob> {
  if (dataset !== undefined && !(await datasetIds(dataDir)).includes(dataset)) {
    throw new CodedError(
      'dataset_unusable',
      `There is no data set "${dataset}". GET /v1/datasets lists them.`,
      {
        param: '/dataset',
      },
    );
  }
  const only = (field: string, tasks: readonly EvaluationTask[]) => {
    throw new CodedError('impossible_request', `${field} is for ${tasks.join(' and ')}.`, {
      param: `/${field}`,
    });
  };
  if (samplers !== undefined && task !== 'paint' && task !== 'images') only('samplers', ['paint', 'images']);
  if (judge !== undefined && task !== 'images') only('judge', ['images']);
  const hyperparameters = {
    task,
    ...(count !== undefined && { count }),
    ...(samplers !== undefined && { samplers }),
    ...(judge !== undefined && { judge }),
    // The command's own default is another for some tasks.
    ...(dataset !== undefined && { dataset }),
  };
  return {
    kind: EVALUATE,
    dataset: dataset ?? model.data,
    seed,
    components: { model: { id: model.id, revision: model.revision } },
    hyperparameters,
    steps: 1,
    ...{ suffix: undefined, metadata: {}, keyId },
    command: ['npm run', EVALUATE, '--', ...evaluationArgs(hyperparameters, model.id, seed)].join(' '),
  };
}

/** Arguments of `evaluate`, without those that say where things are. */
export function evaluationArgs(
  hyperparameters: Readonly<Record<string, unknown>>,
  model: string,
  seed: number,
): string[] {
  const { task, count, samplers, judge, dataset } = hyperparameters as unknown as EvaluationRequest;
  const flags = {
    model,
    seed,
    [COUNT[task]]: count,
    [DATA[task] ?? 'dataset']: dataset,
    [task === 'images' ? 'sampler' : 'samplers']: samplers,
    judge,
  };
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return [task, ...given.flatMap(([name, value]) => [`--${name}`, String(value)])];
}
