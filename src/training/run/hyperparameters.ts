/** Hyperparameters: schemas shared by the kinds, and reading them from untyped values. */
import Type, { type TObject, type TSchema } from 'typebox';
import Value from 'typebox/value';
import { TrainingError } from './errors.ts';
import type { Pass } from './gradient-step.ts';

/** What every kind that takes optimiser steps has. */
export function commonHyperparameters(defaults: {
  steps: number;
  batch_size: number;
  learning_rate: number;
  warmup_ratio: number;
  weight_decay: number;
  max_grad_norm: number;
  checkpoint_every: number;
}) {
  return {
    steps: Type.Integer({ minimum: 1, maximum: 10_000_000, default: defaults.steps }),
    batch_size: Type.Integer({ minimum: 1, maximum: 4096, default: defaults.batch_size }),
    learning_rate: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: defaults.learning_rate }),
    warmup_ratio: Type.Number({
      minimum: 0,
      maximum: 1,
      default: defaults.warmup_ratio,
      description: 'Share of the steps over which the learning rate rises; it falls linearly afterwards',
    }),
    weight_decay: Type.Number({ minimum: 0, maximum: 1, default: defaults.weight_decay }),
    max_grad_norm: Type.Number({ exclusiveMinimum: 0, maximum: 1e6, default: defaults.max_grad_norm }),
    checkpoint_every: Type.Integer({
      minimum: 1,
      maximum: 10_000_000,
      default: defaults.checkpoint_every,
      description: 'Steps between checkpoints, validation and sample sheets',
    }),
    steps_per_call: Type.Integer({
      minimum: 1,
      maximum: 64,
      default: 8,
      description: 'Steps that the engine runs in one call',
    }),
  };
}

/** Of kinds that can do a batch in passes. */
export const PASSES = {
  micro_batch_size: Type.Integer({
    minimum: 0,
    maximum: 4096,
    default: 0,
    description:
      'Rows of a pass: a batch is done in passes of so many, whose gradients add up to those of the batch, in the memory of one; 0: all at once',
  }),
};

/** Of kinds whose time goes into matrix products. */
export const PRECISION = {
  precision: Type.Union([Type.Literal('float32'), Type.Literal('bf16')], {
    default: 'float32',
    description:
      'Of matrix products; bf16 is faster on a GPU, and what learns stays float32. The default engine only imitates it',
  }),
};

/** Of kinds that can share a batch out. */
export const PROCESSES = {
  processes: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: 1,
    description:
      'Processes that each do a part of every batch, on a GPU of its own where there are several, and add up their gradients',
  }),
};

/** Of the models of words and pictures. */
export const DROPOUT = {
  dropout: Type.Number({
    minimum: 0,
    maximum: 0.9,
    default: 0,
    description:
      'Share of the activations and attention weights that a training step drops; the paper’s models have 0.1',
  }),
};

/** @throws TrainingError invalid_hyperparameter unless the passes are of equal size, and processes have equally many */
export function refuseUnevenPasses({ batch_size, micro_batch_size, processes }: PassSizes): void {
  if (batch_size % processes !== 0) {
    const message = `processes: ${processes} do not share batch_size, ${batch_size}, equally`;
    throw new TrainingError('invalid_hyperparameter', message, { subject: 'processes' });
  }
  if (micro_batch_size === 0 || (batch_size / processes) % micro_batch_size === 0) return;
  throw new TrainingError(
    'invalid_hyperparameter',
    `micro_batch_size: ${micro_batch_size} does not divide batch_size, ${batch_size}` +
      (processes > 1 ? `, over ${processes} processes` : ''),
    { subject: 'micro_batch_size' },
  );
}

interface PassSizes {
  batch_size: number;
  micro_batch_size: number;
  processes: number;
}

/** Rows of a pass. A run of before there were processes has none recorded. */
export const passRows = ({ batch_size, micro_batch_size, processes = 1 }: PassSizes): number =>
  micro_batch_size || batch_size / processes;

/** The passes that a batch is done in; none: all at once. */
export const passKinds = ({ micro_batch_size, processes = 1 }: PassSizes): readonly Pass[] => {
  if (processes > 1) return ['more', 'update'];
  return micro_batch_size > 0 ? ['more', 'last'] : [];
};

/**
 * Fills in defaults, turns strings (from the command line) into numbers and booleans, and checks every range.
 * @throws TrainingError invalid_hyperparameter, naming every bad one
 */
export function resolveHyperparameters(
  kind: { name: string; hyperparameters: TObject },
  given: Record<string, unknown>,
): Record<string, unknown> {
  const schema = kind.hyperparameters;
  const properties = schema.properties as Record<string, TSchema>;
  const unknown = Object.keys(given).filter((name) => !(name in properties));
  const read = Object.entries(given).map(([name, value]) => [name, fromText(value, properties[name])]);
  const values = Value.Default(schema, Object.fromEntries(read)) as Record<string, unknown>;
  const problems = unknown.map((name) => `${name}: ${kind.name} has no such hyperparameter`);
  for (const [name, property] of Object.entries(properties)) {
    if (Value.Check(property, values[name])) continue;
    problems.push(`${name}: ${JSON.stringify(values[name])} is not ${rangeOf(property)}`);
  }
  if (problems.length === 0) return values;
  const known = Object.keys(properties).join(', ');
  throw new TrainingError(
    'invalid_hyperparameter',
    `${problems.join('\n')}\nhyperparameters of ${kind.name}: ${known}`,
  );
}

/** TypeBox's own conversion makes 7 of '7.5' where an integer is wanted; a user should be told instead. */
function fromText(value: unknown, schema: TSchema | undefined): unknown {
  if (typeof value !== 'string' || value.trim() === '') return value;
  const { type } = (schema ?? {}) as { type?: string };
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  const number = Number(value);
  return (type === 'integer' || type === 'number') && Number.isFinite(number) ? number : value;
}

/** "an integer from 1 to 64", in words. */
export function rangeOf(schema: TSchema): string {
  const {
    type,
    minimum,
    exclusiveMinimum,
    maximum,
    exclusiveMaximum,
    multipleOf,
    enum: values,
    anyOf,
  } = schema as Record<string, unknown>;
  if (Array.isArray(values)) return `one of ${values.join(', ')}`;
  if (Array.isArray(anyOf)) return `one of ${anyOf.map((option) => String(option.const)).join(', ')}`;
  const low = minimum !== undefined ? ` from ${minimum}` : '';
  const above = exclusiveMinimum !== undefined ? ` above ${exclusiveMinimum}` : '';
  const high = maximum !== undefined ? ` to ${maximum}` : '';
  const below = exclusiveMaximum !== undefined ? ` and below ${exclusiveMaximum}` : '';
  const article = type === 'integer' ? 'an' : 'a';
  const step = multipleOf !== undefined ? `, a multiple of ${multipleOf}` : '';
  return `${article} ${type}${low}${above}${above && high ? ' and up' : ''}${high}${below}${step}`;
}
