import Type, { type TObject, type TSchema } from 'typebox';
import { LABEL_LENGTH, LABEL_PATTERN } from '../../jobs/needs.ts';
import { EVALUATE } from '../../jobs/plan-evaluation.ts';
import { KINDS as KIND_NAMES, NAME, NamedEnum, nullable } from '../../plugins/schema-names.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { LARGEST_SEED } from '../../random.ts';
import { KINDS } from '../../training/kinds.ts';
import { rangeOf } from '../../training/run/range-of.ts';
import { PRESETS, type TrainingKind } from '../../training/run/training-kind.ts';
import { FilteredQuery } from '../page.ts';
import { ref } from '../ref.ts';

export const tags = ['training'];
export const config = { scope: 'train' } as const;
/** The schema of an answer that is a file. */
export const file = { schema: { type: 'string', format: 'binary' } };

const Time = Type.String({ format: 'date-time' });
const withDescription = (schema: TSchema, description: string) => ({ ...schema, description }) as TSchema;

const Checkpoint = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 200,
    description,
    [EXPECTED]: 'the id of a model, or the id of a finished job',
  });

const Preset = Type.Enum([...PRESETS], {
  description: 'Values in place of the defaults: `paper`, those of the paper (sections 5.3, C and D).',
  [EXPECTED]: `one of ${PRESETS.join(', ')}`,
});

/** A kind's hyperparameters as a request gives them: each may be left out, none is unknown. */
function Hyperparameters({ name, hyperparameters, presets }: TrainingKind): TObject {
  const properties = Object.entries(hyperparameters.properties as Record<string, TSchema>).map(
    ([key, schema]) => [key, Type.Optional({ ...schema, [EXPECTED]: rangeOf(schema) } as TSchema)],
  );
  const known = hyperparameters.properties as Record<string, TSchema>;
  const epochs = Type.Number({
    exclusiveMinimum: 0,
    maximum: 100_000,
    description: 'In place of `steps`: times that as many examples are drawn as there are training scenes.',
    [EXPECTED]: 'a number above 0 and up to 100000',
  });
  return Type.Object(
    {
      ...Object.fromEntries(properties),
      ...('steps' in known &&
        'scenes' in known &&
        'batch_size' in known && { epochs: Type.Optional(epochs) }),
      ...(presets && { preset: Type.Optional(Preset) }),
    },
    {
      additionalProperties: false,
      description: `Of the kind ${name}. Those left out get their defaults.`,
      [NAME]: `${pascal(name)}Hyperparameters`,
    },
  );
}

const Label = Type.String({ pattern: LABEL_PATTERN, maxLength: LABEL_LENGTH });
const MEMORY = { minimum: 0, maximum: 100_000_000 };

export const NeedsOf = Type.Object(
  {
    labels: Type.Optional(
      Type.Array(Label, {
        maxItems: 8,
        description:
          'What its worker must have, by name: WORKER_LABELS, and its device (`cpu`, or `cuda` and `gpu`).',
        [EXPECTED]: `at most 8 labels of at most ${LABEL_LENGTH} of a-z, 0-9, ".", "_", "-", the first a letter or digit`,
      }),
    ),
    memory_mb: Type.Optional(
      Type.Integer({
        ...MEMORY,
        description:
          'Megabytes of the device that computes, 0 for any. Default: of training estimated from the number of weights, where ' +
          'that is more than 2 GB.',
        [EXPECTED]: `a whole number from 0 to ${MEMORY.maximum}`,
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'What its worker must have; it waits for one.',
    [NAME]: 'NeedsOfTrainJob',
  },
);

function JobOf(kind: TrainingKind): TObject {
  const roles = [...kind.requires, ...kind.optional];
  const parts = roles.filter((role) => role !== 'base_model');
  const Base = Checkpoint('A model, or a finished job, whose weights it goes on from.');
  return Type.Object(
    {
      kind: Type.Literal(kind.name),
      dataset: Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'See GET /v1/datasets.',
        [EXPECTED]: 'the id of a data set: GET /v1/datasets lists them',
      }),
      ...(roles.includes('base_model') && { base_model: Type.Optional(Base) }),
      ...(parts.length > 0 && {
        components: Type.Optional(
          Type.Object(
            Object.fromEntries(
              parts.map((role) => [
                role,
                Type.Optional(Checkpoint(`A ${role.replaceAll('_', ' ')}, or a finished job.`)),
              ]),
            ),
            {
              additionalProperties: false,
              description:
                'What else it builds on. Default: what the base model was built on, else the demo zoo.',
            },
          ),
        ),
      }),
      hyperparameters: Type.Optional(Hyperparameters(kind)),
      seed: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: LARGEST_SEED,
          description: 'Default: drawn, and shown in the job.',
          [EXPECTED]: `a whole number from 0 to ${LARGEST_SEED}`,
        }),
      ),
      suffix: Type.Optional(
        Type.String({
          pattern: '^[a-z0-9][a-z0-9._-]*$',
          maxLength: 40,
          description: 'Of the id that its result gets when it is promoted without one.',
          [EXPECTED]: 'at most 40 of a-z, 0-9, ".", "_", "-", the first a letter or digit',
        }),
      ),
      needs: Type.Optional(NeedsOf),
      metadata: Type.Optional(
        Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 512 }), {
          maxProperties: 16,
          description: 'Up to 16 texts of your own, shown in the job.',
          [EXPECTED]: 'up to 16 texts of at most 512 characters, by names of at most 64',
        }),
      ),
    },
    {
      additionalProperties: false,
      description: kind.description,
      [NAME]: `${pascal(kind.name)}TrainJobRequest`,
    },
  );
}

/** "visual-vocabulary" → "VisualVocabulary". */
const pascal = (name: string) =>
  name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());

/** A job of any kind: told apart by `kind`, each with the ranges of its own hyperparameters. */
export function JobBody(kinds: readonly TrainingKind[]) {
  return Type.Unsafe<unknown>({
    oneOf: kinds.map(JobOf),
    discriminator: { propertyName: 'kind' },
    [KIND_NAMES]: kinds.map(({ name }) => name),
    [NAME]: 'TrainJobRequest',
    examples: [
      {
        kind: 'vqa',
        base_model: 'x-lxmert-scenes',
        dataset: 'scenes',
        hyperparameters: {
          steps: 24,
          batch_size: 8,
          scenes: 64,
          validation_scenes: 16,
          checkpoint_every: 12,
        },
        seed: 1,
        suffix: 'first',
      },
    ],
  });
}

const JOB_STATES = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'] as const;
/** Evaluations wait in the same queue: POST /v1/evaluations. */
const KIND_VALUES = [...KINDS.map((kind) => kind.name), EVALUATE];
const Kind = NamedEnum<string>('TrainingKind', KIND_VALUES);
const Status = NamedEnum('TrainJobStatus', JOB_STATES);

export const TrainJob = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('train_job'),
    kind: Kind,
    status: Status,
    created_at: Time,
    started_at: nullable(Time),
    finished_at: nullable(Time),
    step: Type.Integer({ description: 'Steps done.' }),
    steps: Type.Integer(),
    eta: nullable(withDescription(Time, 'When it will be done, at the speed of its last steps.')),
    queue_position: nullable(Type.Integer({ description: '1 is next.' })),
    needs: Type.Object({ labels: Type.Array(Type.String()), memory_mb: Type.Integer() }),
    waiting_for: nullable(
      Type.String({
        description: 'Of a job that is queued, for people: a worker that it lacks, or its turn.',
      }),
    ),
    error: nullable(
      Type.Object({
        code: Type.String({
          description:
            '`diverged`, `component_missing`, `component_mismatch`, `run_mismatch`: at once. `training_failed`, ' +
            '`process_died`, `worker_lost`, `not_recorded`: after three tries without a new checkpoint. ' +
            'GET /v1/train-jobs/{id}/log has the details.',
        }),
        message: Type.String(),
      }),
    ),
    dataset: Type.String(),
    components: Type.Record(Type.String(), Type.Object({ id: Type.String(), revision: Type.String() }), {
      description: 'The checkpoints that it builds on.',
    }),
    hyperparameters: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'All of them, resolved.',
    }),
    seed: Type.Integer(),
    suffix: nullable(Type.String()),
    metadata: Type.Record(Type.String(), Type.String()),
    metrics: Type.Unsafe<Record<string, number> | null>({
      type: ['object', 'null'],
      additionalProperties: { type: 'number' },
      description: 'At the end.',
    }),
    result_model: nullable(Type.String({ description: 'Id of the hosted model that it was promoted to.' })),
    failures: Type.Integer({ description: 'Since its last new checkpoint.' }),
  },
  { $id: 'TrainJob' },
);

export const JobRef = ref(TrainJob);

const SPLITS = ['train', 'validation'] as const;

export const JobEvent = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('train_job.event'),
    created_at: Time,
    type: NamedEnum<string>('TrainJobEventType', [
      'status',
      'progress',
      'checkpoint',
      'validation',
      'message',
    ]),
    level: NamedEnum<string>('TrainJobEventLevel', ['info', 'warn', 'error']),
    message: Type.String({ description: 'For people.' }),
    data: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
  },
  { $id: 'TrainJobEvent' },
);

export const JobCheckpoint = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('train_job.checkpoint'),
    kind: Type.Enum(['training', 'result'], {
      description:
        '`training`: the state that a job goes on from. `result`: the model, in the layout of the zoo.',
    }),
    step: Type.Integer(),
    created_at: nullable(Time),
    metrics: Type.Record(Type.String(), nullable(Type.Number()), { description: 'Of its validation.' }),
    files: Type.Array(Type.Object({ name: Type.String(), bytes: Type.Integer(), url: Type.String() }), {
      description: 'None where a newer checkpoint has taken its place.',
    }),
  },
  { $id: 'TrainJobCheckpoint' },
);

export const MetricSeries = Type.Object(
  {
    name: Type.String(),
    split: NamedEnum<string>('Split', SPLITS),
    task: Type.String({ description: 'Of kinds that do several; else empty.' }),
    points: Type.Array(Type.Object({ step: Type.Integer(), value: nullable(Type.Number()) })),
  },
  { $id: 'MetricSeries' },
);

const id = Type.String({
  maxLength: 100,
  description: 'The id of a job, or `latest`.',
  examples: ['latest'],
  [EXPECTED]: 'the id of a job, or "latest"',
});
export const JobParams = Type.Object({ id });
/** Nor with an example, which Swagger UI would fill in: whoever changes a job names it. */
export const ChangedJobParams = Type.Object({
  id: Type.String({
    maxLength: 100,
    pattern: '^(?!latest$)',
    description: 'The id of a job.',
    [EXPECTED]: 'the id of a job; "latest" is for reading alone',
  }),
});
export const SampleParams = Type.Object({ id, name: Type.String({ maxLength: 200 }) });
export const CheckpointFileParams = Type.Object({
  id,
  checkpoint: Type.String({ maxLength: 200 }),
  file: Type.String({ maxLength: 200 }),
});

const name = Type.String({
  maxLength: 100,
  pattern: '^[\\w .:/-]+$',
  [EXPECTED]: 'the name of a metric',
});
const split = NamedEnum('Split', SPLITS, { [EXPECTED]: 'train or validation' });
const points = Type.Integer({
  minimum: 2,
  maximum: 10_000,
  default: 1000,
  description: 'Most points of a series: of a longer one, means of equal spans of steps.',
  [EXPECTED]: 'a whole number from 2 to 10000',
});
export const MetricsQuery = Type.Object(
  { name: Type.Optional(name), split: Type.Optional(split), points: Type.Optional(points) },
  { additionalProperties: false },
);
export const PlotQuery = Type.Object(
  {
    name: Type.Optional({ ...name, default: 'loss' } as typeof name),
    split: Type.Optional(split),
    format: Type.Optional(Type.Enum(['svg', 'png'], { default: 'svg', [EXPECTED]: 'svg or png' })),
  },
  { additionalProperties: false },
);

export const PromoteBody = Type.Object(
  {
    model_id: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9][a-z0-9._-]*$',
        maxLength: 100,
        description: 'Of the hosted model. Default: the kind and the suffix of the job.',
        [EXPECTED]: 'at most 100 of a-z, 0-9, ".", "_", "-", the first a letter or digit',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ model_id: 'my-vqa' }], [NAME]: 'PromoteRequest' },
);

export const JobsQuery = FilteredQuery({
  kind: Type.Optional(
    NamedEnum<string>('TrainingKind', KIND_VALUES, { [EXPECTED]: `one of ${KIND_VALUES.join(', ')}` }),
  ),
  status: Type.Optional(
    NamedEnum('TrainJobStatus', JOB_STATES, { [EXPECTED]: `one of ${JOB_STATES.join(', ')}` }),
  ),
});
