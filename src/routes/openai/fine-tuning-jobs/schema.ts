import Type from 'typebox';
import { NAME, NamedEnum, nullable } from '../../../plugins/schema-names.ts';
import { EXPECTED } from '../../../plugins/validation.ts';
import { LARGEST_SEED } from '../../../random.ts';

export const TUNED_KINDS = ['vqa', 'gqa', 'nlvr2', 'pretrain'] as const;

const auto = <T extends Type.TSchema>(schema: T, expected: string) =>
  Type.Optional(
    Type.Union([schema, Type.Literal('auto'), Type.Null()], { [EXPECTED]: `${expected}, or "auto"` }),
  );

const Hyperparameters = Type.Object(
  {
    n_epochs: auto(Type.Number({ exclusiveMinimum: 0, maximum: 100_000 }), 'a number above 0'),
    batch_size: auto(Type.Integer({ minimum: 1, maximum: 4096 }), 'a whole number from 1 to 4096'),
    learning_rate_multiplier: auto(
      Type.Number({ exclusiveMinimum: 0, maximum: 1000 }),
      'a number above 0 and up to 1000',
    ),
  },
  {
    [NAME]: 'FineTuningHyperparameters',
    description: 'Those left out get the defaults of the kind. The multiplier is of its learning rate.',
    [EXPECTED]: 'an object such as {"n_epochs": 3}',
  },
);

/** Fields that are not here are let through, as OpenAI does. */
export const FineTuningBody = Type.Object(
  {
    model: Type.String({
      maxLength: 100,
      description:
        'The model that it goes on from. Names of OpenAI’s models mean the default one for captions.',
      [EXPECTED]: 'the id of a model',
    }),
    training_file: Type.String({
      maxLength: 200,
      description: 'The id of a file that was sent, or of another data set: GET /v1/datasets.',
      [EXPECTED]: 'the id of a file',
    }),
    validation_file: Type.Optional(
      Type.Union([Type.String(), Type.Null()], {
        description: 'A data set has its own validation split: leave this out.',
        [EXPECTED]: 'left out',
      }),
    ),
    kind: Type.Optional(
      NamedEnum('TunedKind', TUNED_KINDS, {
        description: 'Beyond OpenAI. Default: what the data set has, in this order.',
        [EXPECTED]: `one of ${TUNED_KINDS.join(', ')}`,
      }),
    ),
    hyperparameters: Type.Optional(Type.Union([Hyperparameters, Type.Null()])),
    method: Type.Optional(
      Type.Union(
        [
          Type.Object({
            type: Type.Optional(Type.String()),
            supervised: Type.Optional(
              Type.Object({ hyperparameters: Type.Optional(Type.Union([Hyperparameters, Type.Null()])) }),
            ),
          }),
          Type.Null(),
        ],
        { [EXPECTED]: 'an object such as {"type": "supervised", "supervised": {"hyperparameters": {…}}}' },
      ),
    ),
    suffix: Type.Optional(
      Type.Union([Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*$', maxLength: 40 }), Type.Null()], {
        [EXPECTED]: 'at most 40 of a-z, 0-9, ".", "_", "-", the first a letter or digit',
      }),
    ),
    seed: Type.Optional(
      Type.Union([Type.Integer({ minimum: 0, maximum: LARGEST_SEED }), Type.Null()], {
        [EXPECTED]: `a whole number from 0 to ${LARGEST_SEED}`,
      }),
    ),
    metadata: Type.Optional(
      Type.Union(
        [
          Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 512 }), { maxProperties: 16 }),
          Type.Null(),
        ],
        { [EXPECTED]: 'up to 16 texts of at most 512 characters, by names of at most 64' },
      ),
    ),
  },
  {
    [NAME]: 'FineTuningRequest',
    examples: [{ model: 'x-lxmert-scenes', training_file: 'file_01…', hyperparameters: { n_epochs: 3 } }],
  },
);
export type FineTuningBody = Type.Static<typeof FineTuningBody>;

const Shown = Type.Object({
  n_epochs: Type.Union([Type.Number(), Type.Literal('auto')]),
  batch_size: Type.Union([Type.Number(), Type.Literal('auto')]),
  learning_rate_multiplier: Type.Union([Type.Number(), Type.Literal('auto')]),
});

export const FineTuningJob = Type.Object(
  {
    id: Type.String({ description: 'Of the training job: /v1/train-jobs/{id} says more of it.' }),
    object: Type.Literal('fine_tuning.job'),
    created_at: Type.Integer(),
    finished_at: nullable(Type.Integer()),
    estimated_finish: nullable(Type.Integer()),
    model: Type.String(),
    fine_tuned_model: nullable(Type.String({ description: 'Hosted when the job has succeeded.' })),
    organization_id: Type.String(),
    status: NamedEnum('TrainJobStatus', ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled']),
    training_file: Type.String(),
    validation_file: Type.Null(),
    result_files: Type.Array(Type.String()),
    trained_tokens: Type.Null(),
    error: nullable(Type.Object({ code: Type.String(), message: Type.String(), param: Type.Null() })),
    hyperparameters: Shown,
    method: Type.Object({
      type: Type.Literal('supervised'),
      supervised: Type.Object({ hyperparameters: Shown }),
    }),
    seed: Type.Integer(),
    metadata: Type.Record(Type.String(), Type.String()),
  },
  { $id: 'FineTuningJob' },
);
export type FineTuningJob = Type.Static<typeof FineTuningJob>;

export const FineTuningEvent = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('fine_tuning.job.event'),
    created_at: Type.Integer(),
    level: NamedEnum<string>('TrainJobEventLevel', ['info', 'warn', 'error']),
    message: Type.String(),
    type: NamedEnum('FineTuningEventType', ['message', 'metrics']),
    data: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
  },
  { [NAME]: 'FineTuningEvent' },
);

export const FineTuningCheckpoint = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('fine_tuning.job.checkpoint'),
    created_at: Type.Integer(),
    fine_tuning_job_id: Type.String(),
    fine_tuned_model_checkpoint: Type.String({ description: 'Beyond OpenAI: where its files lie.' }),
    step_number: Type.Integer(),
    metrics: Type.Unsafe<Record<string, number | null>>({
      type: 'object',
      additionalProperties: { type: ['number', 'null'] },
    }),
  },
  { [NAME]: 'FineTuningCheckpoint' },
);
