import Type from 'typebox';
import { NamedEnum, nullable } from '../../plugins/schema-names.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { CREATED } from '../created.ts';
import { FilteredQuery } from '../page.ts';
import { SIZE } from '../picture-size.ts';

const Time = Type.String({ format: 'date-time' });

const RUN_TASKS = ['generate-image', 'caption', 'vqa', 'nlvr2', 'reconstruct'] as const;
const RUN_STATES = ['running', 'succeeded', 'failed', 'cancelled'] as const;
const Task = Type.Unsafe<string>(NamedEnum('RunTask', RUN_TASKS));
const Status = NamedEnum('RunStatus', RUN_STATES);

export const Run = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('run'),
    task: Task,
    status: Status,
    created_at: Time,
    finished_at: nullable(Time),
    request_id: Type.String(),
    model: Type.String(),
    revision: nullable(Type.String()),
    engine: nullable(Type.String()),
    request: Type.Unknown({ description: 'As it was understood, every default filled in.' }),
    result: Type.Unknown({ description: 'The answer without its pictures; null unless it succeeded.' }),
    timing: Type.Object({ queue_ms: nullable(Type.Number()), compute_ms: nullable(Type.Number()) }),
    stored: Type.Boolean({ description: 'Its images were kept, and it went on without its client.' }),
    error: nullable(Type.Object({ code: Type.String(), message: Type.String() })),
  },
  { $id: 'Run' },
);

export type Run = Type.Static<typeof Run>;

export const RunParams = Type.Object({
  id: Type.String({
    maxLength: 100,
    description: 'The id of a run, or `latest`.',
    examples: ['latest'],
    [EXPECTED]: 'the id of a run, or "latest"',
  }),
});

/** What is changed must be meant. */
export const ChangedRunParams = Type.Object({
  id: Type.String({
    maxLength: 100,
    pattern: '^(?!latest$)',
    description: 'The id of a run.',
    [EXPECTED]: 'the id of a run; "latest" is for reading alone',
  }),
});

export const ImageQuery = Type.Object(
  {
    index: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 63,
        default: 0,
        description: 'Which image of the run.',
        [EXPECTED]: 'a whole number from 0 to 63',
      }),
    ),
    size: Type.Optional(
      Type.String({
        pattern: SIZE.source,
        description: 'Resized, such as `512x512`. Default: as it was painted.',
        [EXPECTED]: '"auto" or a size such as "512x512", up to 2048',
      }),
    ),
  },
  { additionalProperties: false },
);

export const RunsQuery = FilteredQuery({
  task: Type.Optional(NamedEnum('RunTask', RUN_TASKS, { [EXPECTED]: `one of ${RUN_TASKS.join(', ')}` })),
  status: Type.Optional(
    NamedEnum('RunStatus', RUN_STATES, { [EXPECTED]: `one of ${RUN_STATES.join(', ')}` }),
  ),
  model: Type.Optional(Type.String({ minLength: 1, maxLength: 100, [EXPECTED]: 'the id of a model' })),
  ...CREATED,
  stored: Type.Optional(
    Type.Unsafe<'true' | 'false'>({
      type: 'string',
      enum: ['true', 'false'],
      description: 'Whether its images were kept.',
      [EXPECTED]: 'true or false',
    }),
  ),
});
