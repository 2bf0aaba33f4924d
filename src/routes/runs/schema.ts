import Type from 'typebox';
import { EXPECTED } from '../../plugins/validation.ts';

const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Time = Type.String({ format: 'date-time' });

export const Run = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('run'),
    task: Type.String(),
    status: Type.Enum(['running', 'succeeded', 'failed', 'cancelled']),
    created_at: Time,
    finished_at: nullable(Time),
    request_id: Type.String(),
    model: Type.String(),
    revision: nullable(Type.String()),
    engine: nullable(Type.String()),
    request: Type.Unknown({ description: 'As it was understood, every default filled in.' }),
    result: Type.Unknown({ description: 'The answer without its pictures; null unless it succeeded.' }),
    timing: Type.Object({ queue_ms: nullable(Type.Number()), compute_ms: nullable(Type.Number()) }),
    stored: Type.Boolean({ description: 'Its images were kept.' }),
    error: nullable(Type.Object({ code: Type.String(), message: Type.String() })),
  },
  { $id: 'Run' },
);

export const RunParams = Type.Object({
  id: Type.String({
    maxLength: 100,
    description: 'The id of a run, or `latest`.',
    examples: ['latest'],
    [EXPECTED]: 'the id of a run, or "latest"',
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
  },
  { additionalProperties: false },
);
