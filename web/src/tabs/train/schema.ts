/** The form of a kind of training, as the server's contract describes it. */
import { get } from '../../api.ts';

export interface FieldSchema {
  type?: 'integer' | 'number' | 'boolean' | 'string';
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  default?: unknown;
  description?: string;
  enum?: unknown[];
  anyOf?: { enum?: unknown[] }[];
}

export interface Kind {
  name: string;
  description: string;
  /** Takes a model to go on from. */
  base: boolean;
  hyperparameters: Record<string, FieldSchema>;
}

interface Contract {
  components: { schemas: Record<string, ContractSchema> };
}
interface ContractSchema {
  description?: string;
  properties?: Record<string, FieldSchema & { $ref?: string }>;
  discriminator?: { mapping: Record<string, string> };
}

let asked: Promise<Kind[]> | undefined;

/** Once: it does not change while the server runs. */
export function kinds(): Promise<Kind[]> {
  asked ??= get<Contract>('/openapi.json').then(({ components: { schemas } }) => {
    const at = (ref: string) => schemas[ref.slice(ref.lastIndexOf('/') + 1)]!;
    const { mapping } = schemas.TrainJobRequest!.discriminator!;
    return Object.entries(mapping).map(([name, ref]) => {
      const { description = '', properties = {} } = at(ref);
      return {
        name,
        description,
        base: 'base_model' in properties,
        hyperparameters: at(properties.hyperparameters!.$ref!).properties ?? {},
      };
    });
  });
  asked.catch(() => {
    asked = undefined;
  });
  return asked;
}

/** The values that a field takes, where they can be listed. */
export const choicesOf = ({ enum: one, anyOf }: FieldSchema): string[] | undefined =>
  one?.map(String) ?? anyOf?.flatMap(({ enum: values = [] }) => values.map(String));

/** What the text of a field means. */
export function readValue(schema: FieldSchema, text: string): unknown {
  if (schema.type === 'boolean') return text === 'true';
  if (schema.type === 'integer' || schema.type === 'number') return Number(text);
  const listed = (schema.enum ?? schema.anyOf?.flatMap(({ enum: values = [] }) => values) ?? []) as unknown[];
  return listed.find((value) => String(value) === text) ?? text;
}

/** "learning_rate" → "Learning rate" */
export const titleOf = (name: string): string =>
  name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
