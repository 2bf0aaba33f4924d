import Type from 'typebox';

/** A schema of its own name in the document (`addSchema`), by that name. */
export const ref = <T extends Type.TSchema>(schema: T & { $id?: string }) =>
  Type.Unsafe<Type.Static<T>>({ $ref: `${schema.$id}#` });
