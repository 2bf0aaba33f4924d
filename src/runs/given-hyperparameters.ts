/** What a request says of hyperparameters: a preset beneath them, and epochs in place of steps. */
import type { DirectoryDataset } from '../datasets/directory/index.ts';
import { TrainingError } from '../training/run/errors.ts';
import { PRESETS, type PresetName, type TrainingKind } from '../training/run/training-kind.ts';

const refuse = (subject: string, message: string): never => {
  throw new TrainingError('invalid_hyperparameter', message, { subject });
};

/**
 * The values of the preset that is asked for, under those that are given. Steps that are given take the place of a
 * preset's epochs.
 * @throws TrainingError invalid_hyperparameter
 */
export function withPreset(
  kind: TrainingKind,
  { preset, ...given }: Record<string, unknown>,
  inherited: Record<string, unknown>,
): Record<string, unknown> {
  if (preset === undefined) return { ...inherited, ...given };
  const values = kind.presets?.[preset as PresetName];
  if (!values) {
    const known = kind.presets ? PRESETS.join(', ') : undefined;
    const message = known ? `it is one of ${known}` : `${kind.name} has none`;
    return refuse('preset', `preset: ${message}, not ${JSON.stringify(preset)}.`);
  }
  const { epochs, ...rest } = values;
  const lasts = given.steps === undefined && given.epochs === undefined && epochs !== undefined;
  const all = { ...rest, ...(lasts && { epochs }), ...inherited, ...given };
  const own = given.micro_batch_size === undefined && inherited.micro_batch_size === undefined;
  return own && 'micro_batch_size' in rest ? { ...all, micro_batch_size: evenPasses(all) } : all;
}

/** A preset's passes are for its batch: of another one, the largest that are no larger and divide it. */
function evenPasses({ batch_size, micro_batch_size, processes }: Record<string, unknown>): unknown {
  const rows = Number(batch_size) / Number(processes ?? 1);
  // What is no such number is refused where ranges are.
  if (!Number.isSafeInteger(rows) || rows < 1) return micro_batch_size;
  let size = Math.min(Number(micro_batch_size), rows);
  while (size > 1 && rows % size !== 0) size--;
  return size;
}

/**
 * Epochs over the training scenes, or the examples of a directory, in steps.
 * @throws TrainingError invalid_hyperparameter
 */
export function withoutEpochs(
  kind: TrainingKind,
  given: Record<string, unknown>,
  directory: DirectoryDataset | undefined,
): Record<string, unknown> {
  const { epochs, ...rest } = given;
  if (epochs === undefined) return rest;
  const properties = kind.hyperparameters.properties as Record<
    string,
    { default?: unknown; maximum?: number }
  >;
  if (!('steps' in properties && 'batch_size' in properties && 'scenes' in properties))
    refuse('epochs', `epochs: ${kind.name} has no such hyperparameter.`);
  if (rest.steps !== undefined) refuse('epochs', 'Give steps or epochs, not both.');
  const times = Number(epochs);
  if (!(times > 0 && times <= 100_000))
    refuse('epochs', `epochs: ${JSON.stringify(epochs)} is not a number above 0 and up to 100000.`);
  const of = (name: string) => Number(rest[name] ?? properties[name]?.default);
  const size = kind.task && directory?.sizes[kind.task]?.train;
  const pictures = Number(rest.scenes ?? Number.POSITIVE_INFINITY);
  const examples = size ? size.examples * Math.min(1, pictures / size.pictures) : of('scenes');
  const steps = Math.max(1, Math.round((times * examples) / of('batch_size')));
  const most = properties.steps?.maximum ?? Number.POSITIVE_INFINITY;
  if (steps > most) refuse('epochs', `${epochs} epochs are ${steps} steps; at most ${most} are done.`);
  return { ...rest, steps };
}
