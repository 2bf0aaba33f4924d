/** Lists are pages with a cursor: `?after=<id>&limit=<1..100>` → `{data, first_id, last_id, has_more}`. */
import Type, { type TProperties, type TSchema } from 'typebox';
import { NAME, nullable } from '../plugins/schema-names.ts';
import { EXPECTED } from '../plugins/validation.ts';

const cursor = {
  after: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'Id of the last item of the page before.',
      [EXPECTED]: 'the id of the last item of the page before',
    }),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, default: 20, [EXPECTED]: 'a whole number from 1 to 100' }),
  ),
};

export const PageQuery = Type.Object(cursor, { additionalProperties: false });

/** A page of what has all of the given values. */
export const FilteredQuery = <T extends TProperties>(filters: T) =>
  Type.Object({ ...cursor, ...filters }, { additionalProperties: false });

export const DEFAULT_LIMIT = 20;

export const Page = <T extends TSchema>(name: string, item: T) =>
  Type.Object(
    {
      object: Type.Literal('list'),
      data: Type.Array(item),
      first_id: nullable(Type.String()),
      last_id: nullable(Type.String()),
      has_more: Type.Boolean({ description: 'Ask again with `after` set to `last_id`.' }),
    },
    { [NAME]: name },
  );

/** @param items one more than `limit`, when there are more. */
export function page<T extends { id: string }>(items: readonly T[], limit: number) {
  const data = items.slice(0, limit);
  return {
    object: 'list' as const,
    data,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: items.length > limit,
  };
}
