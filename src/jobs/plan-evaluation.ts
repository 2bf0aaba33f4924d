/** From a request for an evaluation to the job, and from the job to the command that does it. */
import { CodedError } from '../errors.ts';
import { resolveDataset } from '../runs/datasets.ts';
import { TrainingError } from '../training/run/errors.ts';
import type { TrainingKind } from '../training/run/training-kind.ts';
import { type AskedNeeds, neededBy } from './needs.ts';
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
  /** Samplers: of paint several, by commas; of images one. */
  samplers?: string;
  /** Who says which caption is whose, of images. */
  judge?: string;
  needs?: AskedNeeds;
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
  { task, dataset, count, seed = 0, samplers, judge, needs }: EvaluationRequest,
  model: { id: string; revision: string; data: string },
  keyId: string | null,
  dataDir: string,
  kinds: readonly TrainingKind[],
): Promise<NewJob> {
  const only = (field: string, tasks: readonly EvaluationTask[]) => {
    throw new CodedError('impossible_request', `${field} is for ${tasks.join(' and ')}.`, {
      param: `/${field}`,
    });
  };
  if (samplers !== undefined && task !== 'paint' && task !== 'images') only('samplers', ['paint', 'images']);
  if (judge !== undefined && task !== 'images') only('judge', ['images']);
  await assertDataset(task, dataset ?? model.data, seed, dataDir, kinds);
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
    needs: neededBy(needs),
    ...{ suffix: undefined, metadata: {}, keyId },
    command: ['npm run', EVALUATE, '--', ...evaluationArgs(hyperparameters, model.id, seed)].join(' '),
  };
}

/** What the data must be: the entries of a kind of training, scenes alone, a folder alone. */
const NEEDS: Record<EvaluationTask, { kind: string; only?: 'scenes' | 'folder' }> = {
  paint: { kind: 'pretrain', only: 'scenes' },
  images: { kind: 'pretrain' },
  caption: { kind: 'pretrain' },
  match: { kind: 'pretrain', only: 'folder' },
  vqa: { kind: 'vqa' },
  gqa: { kind: 'gqa' },
  nlvr2: { kind: 'nlvr2' },
};

/** @throws CodedError dataset_unusable, impossible_request */
async function assertDataset(
  task: EvaluationTask,
  dataset: string,
  seed: number,
  dataDir: string,
  kinds: readonly TrainingKind[],
): Promise<void> {
  const refuse = (message: string): never => {
    throw new CodedError('dataset_unusable', message, { param: '/dataset' });
  };
  const { kind, only } = NEEDS[task];
  const known = kinds.find(({ name }) => name === kind)!;
  const { directory } = await resolveDataset(dataset, known, dataDir).catch((error: unknown) => {
    throw error instanceof TrainingError ? CodedError.of('dataset_unusable', error, '/dataset') : error;
  });
  if (only === 'scenes' && directory)
    refuse(`"${dataset}" is a folder: pictures are judged by what scenes claim.`);
  if (only === 'folder' && !directory)
    refuse('Scenes are judged by what they claim: name a folder in DATA_DIR/datasets.');
  if (directory && seed !== 0 && ANSWERS.includes(task))
    throw new CodedError(
      'impossible_request',
      `The questions of "${dataset}" are written down: seed has no meaning.`,
      {
        param: '/seed',
      },
    );
}

const ANSWERS: readonly EvaluationTask[] = ['vqa', 'gqa', 'nlvr2'];

/** Arguments of `evaluate`, without those that say where things are. */
export function evaluationArgs(
  hyperparameters: Readonly<Record<string, unknown>>,
  model: string,
  seed: number,
): string[] {
  const { task, count, samplers, judge, dataset } = hyperparameters as unknown as EvaluationRequest;
  const flags = {
    model,
    // Its default; a folder's questions take none.
    seed: seed === 0 ? undefined : seed,
    [COUNT[task]]: count,
    [DATA[task] ?? 'dataset']: dataset,
    [task === 'images' ? 'sampler' : 'samplers']: samplers,
    judge,
  };
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return [task, ...given.flatMap(([name, value]) => [`--${name}`, String(value)])];
}
