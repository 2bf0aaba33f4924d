/** Filters of lists by time: `?created_after=2026-11-29&created_before=2026-11-29T08:00:00Z`. */
import Type from 'typebox';
import { EXPECTED } from '../plugins/validation.ts';

/** A day, or a moment with its zone: years that Postgres has, days that a calendar may have. */
const MOMENT =
  '^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' +
  '(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?$';
const Moment = (description: string) =>
  Type.String({
    pattern: MOMENT,
    description,
    [EXPECTED]: 'a day or a time with its zone, such as 2026-11-29 or 2026-11-29T08:00:00Z',
  });

export const CREATED = {
  created_after: Type.Optional(Moment('Accepted then or later; a day begins at midnight UTC.')),
  created_before: Type.Optional(Moment('Accepted before.')),
};

interface Created {
  created_after?: string;
  created_before?: string;
}

/** For a `where` of Prisma. */
export const createdBetween = ({ created_after: since, created_before: until }: Created) => ({
  ...(since !== undefined && { gte: new Date(since) }),
  ...(until !== undefined && { lt: new Date(until) }),
});
