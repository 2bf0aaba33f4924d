import { describe, expect, it } from 'vitest';
import { KINDS } from '../../../src/training/kinds.ts';
import { TrainingError } from '../../../src/training/run/errors.ts';
import { resolveHyperparameters } from '../../../src/training/run/hyperparameters.ts';

const pretrain = KINDS.find(({ name }) => name === 'pretrain')!;

function refusal(given: Record<string, unknown>): string {
  try {
    resolveHyperparameters(pretrain, given);
  } catch (error) {
    expect(error).toBeInstanceOf(TrainingError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('resolveHyperparameters', () => {
  it.each(KINDS.map((kind) => [kind.name, kind] as const))('%s runs on its defaults', (_, kind) => {
    const values = resolveHyperparameters(kind, {});
    expect(Object.keys(values)).toEqual(Object.keys(kind.hyperparameters.properties));
    expect(Object.values(values)).not.toContain(undefined);
  });

  it('reads what the command line gives as text', () => {
    const values = resolveHyperparameters(pretrain, { steps: '12', learning_rate: '1e-4' });
    expect(values).toMatchObject({ steps: 12, learning_rate: 1e-4, batch_size: 16 });
  });

  it('reads a choice among numbers that the command line gives as text', () => {
    const generator = KINDS.find(({ name }) => name === 'generator')!;
    expect(resolveHyperparameters(generator, { image_size: '256' })).toMatchObject({ image_size: 256 });
    expect(() => resolveHyperparameters(generator, { image_size: '64' })).toThrow(
      '"64" is not one of 128, 256',
    );
  });

  it('names every bad value, its range, and what there is', () => {
    const message = refusal({ steps: '7.5', learning_rate: 0, batch_size: 'many', colour: 3 });
    for (const part of [
      'steps: 7.5 is not an integer from 1',
      'learning_rate: 0 is not a number above 0',
      'batch_size: "many"',
      'colour: pretrain has no such hyperparameter',
      'hidden_size',
    ]) {
      expect(message).toContain(part);
    }
  });

  it('takes no seven and a half for seven', () => {
    expect(refusal({ steps: 7.5 })).toContain('steps: 7.5');
  });
});
