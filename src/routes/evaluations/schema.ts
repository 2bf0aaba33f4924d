import Type from 'typebox';
import { EVALUATION_TASKS } from '../../jobs/plan-evaluation.ts';
import { NAME, NamedEnum, nullable } from '../../plugins/schema-names.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { LARGEST_SEED } from '../../random.ts';
import { FilteredQuery } from '../page.ts';
import { NeedsOf } from '../train-jobs/schema.ts';

const expectedTask = `one of ${EVALUATION_TASKS.join(', ')}`;
const Task = NamedEnum('EvaluationTask', EVALUATION_TASKS, { [EXPECTED]: expectedTask });
const name = (description: string) => Type.String({ minLength: 1, maxLength: 200, description });

export const EvaluationBody = Type.Object(
  {
    task: NamedEnum('EvaluationTask', EVALUATION_TASKS, {
      description:
        '`paint`, `caption`, `vqa`, `gqa`, `nlvr2`: how well the model does that. `images`: IS, FID and R-precision of what ' +
        'it paints. `match`: whether it knows which caption belongs to which picture.',
      [EXPECTED]: expectedTask,
    }),
    model: name('A hosted model.'),
    dataset: Type.Optional(name('See GET /v1/datasets. Default: what the model was trained on.')),
    count: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 100_000,
        description:
          'Captions, pictures or scenes. Default: as the command has it (200 to 500; of a directory all).',
        [EXPECTED]: 'a whole number from 2 to 100000',
      }),
    ),
    samplers: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9@.,-]+$',
        maxLength: 200,
        description: 'Of `paint` several, such as `mask-predict-4,random-64@1`; of `images` one.',
        [EXPECTED]: 'names such as mask-predict-4 or random-64@1, by commas',
      }),
    ),
    judge: Type.Optional(name('Of `images`: the model that judges R-precision.')),
    seed: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: LARGEST_SEED,
        default: 0,
        [EXPECTED]: `a whole number from 0 to ${LARGEST_SEED}`,
      }),
    ),
    needs: Type.Optional(NeedsOf),
  },
  {
    additionalProperties: false,
    [NAME]: 'EvaluationRequest',
    examples: [{ task: 'caption', model: 'x-lxmert-scenes', count: 50 }],
  },
);

export const Evaluation = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('evaluation'),
    created_at: Type.String({ format: 'date-time' }),
    task: Task,
    model: Type.String(),
    revision: nullable(Type.String()),
    dataset: nullable(Type.String()),
    metrics: Type.Record(Type.String(), Type.Number()),
    report: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'All that the evaluation says of itself: its command, checkpoints, engine, seconds.',
    }),
    job: nullable(Type.String()),
  },
  { $id: 'Evaluation' },
);

export const EvaluationsQuery = FilteredQuery({
  model: Type.Optional(name('Of this model.')),
  dataset: Type.Optional(name('On this data set.')),
  task: Type.Optional(Task),
  metric: Type.Optional(name('Those that have a metric of this name.')),
});
