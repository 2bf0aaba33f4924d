/** What schemas say of themselves for the OpenAPI document: see document-for-generators.ts. */
import Type, { type TSchema } from 'typebox';

/** In a schema: its name in the document. The same name always means the same schema. */
export const NAME = 'x-name';

/** Beside `oneOf` and `discriminator`: the values of the field, in the order of the kinds. */
export const KINDS = 'x-kinds';

/** One of several texts, with a name of its own in the document. */
export const NamedEnum = <T extends string>(name: string, values: readonly T[], options: object = {}) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values], [NAME]: name, ...options });

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
