import type { TSchema } from 'typebox';

/** "an integer from 1 to 64", in words. */
export function rangeOf(schema: TSchema): string {
  const {
    type,
    minimum,
    exclusiveMinimum,
    maximum,
    exclusiveMaximum,
    multipleOf,
    enum: values,
    anyOf,
  } = schema as Record<string, unknown>;
  if (Array.isArray(values)) return `one of ${values.join(', ')}`;
  if (Array.isArray(anyOf)) return `one of ${anyOf.map((option) => String(option.const)).join(', ')}`;
  const low = minimum !== undefined ? ` from ${minimum}` : '';
  const above = exclusiveMinimum !== undefined ? ` above ${exclusiveMinimum}` : '';
  const high = maximum !== undefined ? ` to ${maximum}` : '';
  const below = exclusiveMaximum !== undefined ? ` and below ${exclusiveMaximum}` : '';
  const article = type === 'integer' ? 'an' : 'a';
  const step = multipleOf !== undefined ? `, a multiple of ${multipleOf}` : '';
  return `${article} ${type}${low}${above}${above && high ? ' and up' : ''}${high}${below}${step}`;
}
