/** What a foreign file becomes: a model of ours, its config, and its weights under our names in our layout. */
import type { HostTensor } from '../../tensor.ts';
import type { Architecture } from '../manifest.ts';
import { checkWeights, type WeightShapes, WeightsError } from '../weights.ts';
import { ImportError } from './error.ts';
import type { StoredTensor } from './weight-file.ts';

export type StoredTensors = ReadonlyMap<string, StoredTensor>;

export interface ImportPlan {
  architecture: Architecture;
  /** What it is, for people. */
  title: string;
  config: Record<string, unknown>;
  shapes: WeightShapes;
  tensors: Map<string, StoredTensor>;
  /** Weights of the file that the model does not read, for the card. */
  leftOut: string[];
}

/** @throws ImportError weights_mismatch that names every missing, surplus and misshapen weight at once */
export function checkPlan({ tensors, shapes }: ImportPlan, file: string): void {
  try {
    checkWeights(Object.fromEntries(tensors), shapes, file);
  } catch (error) {
    if (!(error instanceof WeightsError)) throw error;
    throw new ImportError('weights_mismatch', error.message, { cause: error });
  }
}

/** The size of one axis of a weight, for a config that no file states. @throws ImportError when it is not there */
export function sizeOfAxis(tensors: StoredTensors, name: string, axis: number): number {
  const size = tensors.get(name)?.shape[axis];
  if (size === undefined) throw new ImportError('weights_mismatch', `missing: ${name}`);
  return size;
}

/** How many layers `<prefix>0.`, `<prefix>1.`, … there are. */
export function countLayers(tensors: StoredTensors, prefix: string): number {
  let layers = 0;
  const names = [...tensors.keys()];
  while (names.some((name) => name.startsWith(`${prefix}${layers}.`))) layers++;
  return layers;
}

/** Fields of others' configs that change what is computed, and the one value for which they do not. */
const COMPUTES: Readonly<Record<string, (value: unknown) => boolean>> = {
  position_embedding_type: (value) => value === 'absolute',
  is_decoder: (value) => value === false,
  add_cross_attention: (value) => value === false,
  norm_first: (value) => value === false,
  pruned_heads: (value) => Object.keys(value as object).length === 0,
  quantization_config: () => false,
};

/**
 * The fields of a config file that the model knows, over what the weights say. The others are kept as they are, for
 * whoever knows them; those that say that the model computes something else are refused.
 * @param fields that the model knows and its weights do not tell
 * @param others that mean something else in our configs
 * @throws ImportError unsupported, which names each
 */
export function withFields(
  inferred: Record<string, unknown>,
  given: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  others: readonly string[] = [],
): Record<string, unknown> {
  const refused = Object.keys(COMPUTES).filter(
    (field) => (given[field] ?? null) !== null && !COMPUTES[field]!(given[field]),
  );
  if (refused.length > 0) {
    const list = refused.map((field) => `${field} ${JSON.stringify(given[field])}`).join(', ');
    throw new ImportError('unsupported', `config.json asks for what is not computed here: ${list}`);
  }
  const config = { ...inferred };
  for (const [field, value] of Object.entries(given)) {
    if (fields.includes(field) || !(Object.hasOwn(inferred, field) || others.includes(field)))
      config[field] = value;
  }
  return config;
}

/** BERT's rule: a head of attention for every 64 numbers. @throws ImportError when only a config can say */
export function headsFor(hidden: number, given: Readonly<Record<string, unknown>>): unknown {
  if (given.num_attention_heads !== undefined) return given.num_attention_heads;
  if (hidden % 64 === 0) return hidden / 64;
  throw new ImportError(
    'bad_config',
    `the number of attention heads does not follow from the weights (hidden_size ${hidden}): give --config config.json`,
  );
}

/** Two copies of one weight. @throws ImportError when they differ: then the file is of another model */
export async function checkTied(tensors: StoredTensors, copy: string, original: string): Promise<void> {
  const [a, b] = [tensors.get(copy), tensors.get(original)];
  if (!a || !b) return;
  if (!sameBytes(await a.read(), await b.read())) {
    throw new ImportError('weights_mismatch', `${copy} and ${original} are tied, but hold different numbers`);
  }
}

export function sameBytes(a: HostTensor, b: HostTensor): boolean {
  const bytes = ({ data }: HostTensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return a.shape.join() === b.shape.join() && bytes(a).equals(bytes(b));
}
