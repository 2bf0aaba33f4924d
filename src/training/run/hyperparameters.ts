/** Hyperparameters: reading them from untyped values, and what they rule out together. */
import type { TObject, TSchema } from 'typebox';
import Value from 'typebox/value';
import { TrainingError } from './errors.ts';
import type { Pass } from './gradient-step.ts';
import { rangeOf } from './range-of.ts';

/** @throws TrainingError invalid_hyperparameter unless the passes are of equal size, and processes have equally many */
export function refuseUnevenPasses({ batch_size, micro_batch_size, processes = 1 }: PassSizes): void {
  if (batch_size % processes !== 0) {
    const message = `processes: ${processes} do not share batch_size, ${batch_size}, equally.`;
    throw new TrainingError('invalid_hyperparameter', message, { subject: 'processes' });
  }
  if (micro_batch_size === 0 || (batch_size / processes) % micro_batch_size === 0) return;
  throw new TrainingError(
    'invalid_hyperparameter',
    `micro_batch_size: ${micro_batch_size} does not divide batch_size, ${batch_size}` +
      (processes > 1 ? `, over ${processes} processes.` : '.'),
    { subject: 'micro_batch_size' },
  );
}

interface PassSizes {
  batch_size: number;
  micro_batch_size: number;
  processes?: number;
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
  const problems = unknown.map((name) => ({
    subject: name,
    message: `${name}: ${kind.name} has no such hyperparameter.`,
  }));
  for (const [name, property] of Object.entries(properties)) {
    if (Value.Check(property, values[name])) continue;
    const message = `${name}: ${JSON.stringify(values[name])} is not ${rangeOf(property)}.`;
    problems.push({ subject: name, message });
  }
  const [first] = problems;
  if (first === undefined) return values;
  const sentences = problems.map(({ message }) => message);
  if (unknown.length > 0) sentences.push(`There are ${Object.keys(properties).join(', ')}.`);
  throw new TrainingError('invalid_hyperparameter', sentences.join(' '), { subject: first.subject });
}

/** TypeBox's own conversion makes 7 of '7.5' where an integer is wanted; a user should be told instead. */
function fromText(value: unknown, schema: TSchema | undefined): unknown {
  if (typeof value !== 'string' || value.trim() === '') return value;
  const { type, anyOf } = (schema ?? {}) as { type?: string; anyOf?: readonly { const?: unknown }[] };
  const choice = anyOf?.find((option) => String(option.const) === value);
  if (choice) return choice.const;
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  const number = Number(value);
  return (type === 'integer' || type === 'number') && Number.isFinite(number) ? number : value;
}
