import Type from 'typebox';
import { NamedEnum, nullable } from '../../plugins/schema-names.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { TASKS } from '../../zoo/manifest.ts';
import { FilteredQuery } from '../page.ts';

const STATES = ['available', 'loading', 'ready', 'failed'] as const;
const ModelTask = NamedEnum<string>('ModelTask', TASKS);

export const Model = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('model'),
    created: Type.Integer({ description: 'Unix time in seconds, as OpenAI has it.' }),
    owned_by: Type.String(),
    name: nullable(Type.String()),
    default: Type.Boolean({ description: 'Used for at least one task when a request names no model.' }),
    default_for: Type.Array(ModelTask, {
      description: 'The tasks that it is used for when none is named.',
    }),
    tasks: Type.Array(ModelTask, { description: 'Empty for models that are only a part of others.' }),
    architecture: nullable(Type.String()),
    parameters: nullable(Type.Integer({ description: 'Components included.' })),
    revision: nullable(Type.String({ description: 'Content hash of the checkpoint and its components.' })),
    sampler: nullable(
      Type.String({
        description: 'What it paints with, where a request names no strategy: its name and steps.',
      }),
    ),
    state: NamedEnum('ModelState', STATES),
    reason: nullable(Type.String({ description: 'Why the state is failed.' })),
    memory_bytes: nullable(Type.Integer({ description: 'By which loading it grew the inference process.' })),
    components: Type.Record(Type.String(), Type.String()),
    metrics: Type.Record(Type.String(), Type.Number(), { description: 'From its evaluation.' }),
    data: nullable(Type.Object({ name: Type.String(), description: Type.String() })),
    trained_by: nullable(
      Type.Object({ command: Type.String(), seed: Type.Integer(), commit: Type.String() }),
    ),
    licence: nullable(Type.String()),
    evaluations: Type.Optional(
      Type.Array(
        Type.Object({
          id: Type.String(),
          created_at: Type.String({ format: 'date-time' }),
          task: Type.String(),
          dataset: nullable(Type.String()),
          revision: nullable(Type.String()),
          metrics: Type.Record(Type.String(), Type.Number()),
        }),
        {
          description:
            'Of GET /v1/models/{id}: the latest of each task and data set (POST /v1/evaluations). Left out while the ' +
            'database is away.',
        },
      ),
    ),
  },
  { $id: 'Model' },
);

const id = { maxLength: 100, [EXPECTED]: 'the id of a model' };
export const ModelParams = Type.Object({ id: Type.String({ ...id, examples: ['x-lxmert-scenes'] }) });
/** Without an example, which Swagger UI would fill in: whoever changes a model names it. */
export const ChangedModelParams = Type.Object({ id: Type.String(id) });

/** All that a zoo holds: OpenAI's list of models has no second page, and its SDKs ask for none. */
export const MOST_MODELS = 1000;
export const ModelsQuery = FilteredQuery({
  limit: Type.Optional(
    Type.Integer({
      ...{ minimum: 1, maximum: MOST_MODELS, default: MOST_MODELS },
      [EXPECTED]: `a whole number from 1 to ${MOST_MODELS}`,
    }),
  ),
  task: Type.Optional(NamedEnum('ModelTask', TASKS, { [EXPECTED]: `one of ${TASKS.join(', ')}` })),
  state: Type.Optional(NamedEnum('ModelState', STATES, { [EXPECTED]: `one of ${STATES.join(', ')}` })),
});
