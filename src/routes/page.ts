/** Lists are pages with a cursor: `?after=<id>&limit=<1..100>` → `{data, has_more}`. */
import Type, { type TSchema } from 'typebox';
import { EXPECTED } from '../plugins/validation.ts';

export const PageQuery = Type.Object(
  {
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
  },
  { additionalProperties: false },
);

export const DEFAULT_LIMIT = 20;

export const Page = <T extends TSchema>(item: T) =>
  Type.Object({
    object: Type.Literal('list'),
    data: Type.Array(item),
    has_more: Type.Boolean({ description: 'Ask again with `after` set to the last id.' }),
  });

/** @param items one more than `limit`, when there are more. */
export function page<T>(items: readonly T[], limit: number) {
  return { object: 'list' as const, data: items.slice(0, limit), has_more: items.length > limit };
}
