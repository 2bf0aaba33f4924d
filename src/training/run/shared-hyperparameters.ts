/** Hyperparameters that several kinds have. */
import Type from 'typebox';

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

/** Hyperparameters of kinds that can do a batch in passes. */
export const PASSES = {
  micro_batch_size: Type.Integer({
    minimum: 0,
    maximum: 4096,
    default: 0,
    description:
      'Rows of a pass: a batch is done in passes of so many, whose gradients add up to those of the batch, in the memory of one; 0: all at once',
  }),
};

/** Hyperparameters of kinds whose time goes into matrix products. */
export const PRECISION = {
  precision: Type.Union([Type.Literal('float32'), Type.Literal('bf16')], {
    default: 'float32',
    description:
      'Of matrix products; bf16 is faster on a GPU, and what learns stays float32. The default engine only imitates it',
  }),
};

/** Hyperparameters of kinds that can share a batch out. */
export const PROCESSES = {
  processes: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: 1,
    description:
      'Processes that each do a part of every batch, on a GPU of its own where there are several, and add up their gradients',
  }),
};

/** Hyperparameters of the models of words and pictures. */
export const DROPOUT = {
  dropout: Type.Number({
    minimum: 0,
    maximum: 0.9,
    default: 0,
    description:
      'Share of the activations and attention weights that a training step drops; the paper’s models have 0.1',
  }),
};
