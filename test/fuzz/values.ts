/** Values that a schema takes, and values that nobody meant. */
import fc from 'fast-check';
import type { Schema } from './contract.ts';

type Json = unknown;

/** Small values of fields of which the schema takes more than a test has time for. */
const SMALL: Record<string, fc.Arbitrary<Json>> = {
  n: fc.integer({ min: 1, max: 2 }),
  steps: fc.integer({ min: 1, max: 6 }),
  max_tokens: fc.integer({ min: 3, max: 5 }),
};

/**
 * @param known by the names of fields: values that mean something to the server
 */
export function valuesOf(
  schema: Schema,
  known: Record<string, fc.Arbitrary<Json>>,
  name = '',
): fc.Arbitrary<Json> {
  const given = known[name] ?? SMALL[name];
  if (given !== undefined) return given;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => valuesOf(choice, known, name)));
  switch (schema.type) {
    case 'integer':
    case 'number':
      return numbersOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'array': {
      const { items = {}, minItems = 0, maxItems = 3 } = schema;
      return fc.array(valuesOf(items, known), {
        minLength: minItems,
        maxLength: Math.min(maxItems, minItems + 2),
      });
    }
    case 'object':
      return name === 'hyperparameters' || name === 'components'
        ? // Few of them go together.
          fc.oneof(
            { weight: 2, arbitrary: fc.constant({}) },
            { weight: 1, arbitrary: objectsOf(schema, known) },
          )
        : objectsOf(schema, known);
    case 'string':
      return textsOf(schema);
    default:
      return fc.jsonValue();
  }
}

function numbersOf({ type, minimum, exclusiveMinimum, maximum = 1e6 }: Schema): fc.Arbitrary<number> {
  const least = minimum ?? (exclusiveMinimum ?? 0) + (type === 'integer' ? 1 : 1e-9);
  const edges = fc.constantFrom(least, maximum);
  if (type === 'integer')
    return fc.oneof(edges, fc.integer({ min: least, max: Math.min(maximum, 2 ** 31 - 1) }));
  return fc.oneof(edges, fc.double({ min: least, max: maximum, noNaN: true }));
}

function textsOf({ pattern, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  const texts = fc.string({
    minLength,
    maxLength: Math.max(minLength, Math.min(maxLength, 40)),
    unit: 'grapheme',
  });
  const longest = fc.constant('a'.repeat(maxLength));
  if (pattern === undefined)
    return fc.oneof({ weight: 5, arbitrary: texts }, { weight: 1, arbitrary: longest });
  const form = new RegExp(pattern, 'u');
  const words = ['a', 'first', 'my-model_2.0', 'two red cars', '7'].filter((word) => form.test(word));
  // fast-check makes texts of a pattern, but none that looks ahead.
  return words.length > 0 ? fc.constantFrom(...words) : fc.stringMatching(form, { maxLength });
}

function objectsOf(schema: Schema, known: Record<string, fc.Arbitrary<Json>>): fc.Arbitrary<Json> {
  const { properties = {}, required = [], additionalProperties } = schema;
  if (Object.keys(properties).length === 0 && typeof additionalProperties === 'object') {
    return fc.dictionary(fc.string({ maxLength: 10 }), valuesOf(additionalProperties, known), { maxKeys: 3 });
  }
  const fields = Object.entries(properties).map(
    ([name, inner]) => [name, valuesOf(inner, known, name)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: required });
}

export const STRANGE_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u0001',
  '\ud800',
  'x\udfff',
  '\ufeff',
  '\ufffe',
  '\u202e',
  'é',
  '🦒'.repeat(30),
  'ﷺ'.repeat(200),
  'x'.repeat(5_000),
  '../../../../etc/passwd',
  '..%2f..%2f',
  'C:\\windows\\win.ini',
  "'; DROP TABLE runs; --",
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'toString',
  'latest',
  'null',
  'NaN',
  '-1',
  '1e999',
  '01',
  '+1',
  '0x10',
  'true',
  'a\r\nx-injected: 1',
  `data:image/png;base64,${'A'.repeat(50)}`,
  'data:,',
  'http://127.0.0.1:1/x.png',
  'file:///etc/passwd',
];

const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as Json;

export const STRANGE_VALUES: readonly Json[] = [
  ...STRANGE_TEXTS,
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  -1e308,
  5e-324,
  [],
  {},
  [[]],
  [null],
  nested(200),
  Array.from({ length: 2_000 }, (_, i) => i),
  Object.fromEntries([['__proto__', { isAdmin: true }]]),
  { constructor: { prototype: { isAdmin: true } } },
  { toString: 1, valueOf: 2, hasOwnProperty: 3 },
  { length: -1 },
];

type Place = { holder: Record<string, Json>; name: string };

function placesOf(value: Json, places: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return places;
  for (const name of Object.keys(value)) {
    const holder = value as Record<string, Json>;
    places.push({ holder, name });
    placesOf(holder[name], places);
  }
  return places;
}

/** A value with something in it changed, left out, or added. */
export const confused = (values: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc
    .tuple(
      values,
      fc.nat(),
      fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'repeat', 'all'),
      fc.constantFrom(...STRANGE_VALUES),
      fc.constantFrom(...STRANGE_TEXTS),
    )
    .map(([value, which, how, strange, name]) => {
      const whole = { whole: structuredClone(value) };
      const places = placesOf(whole);
      const { holder, name: key } = places[which % places.length]!;
      if (how === 'all') return strange;
      if (how === 'remove' && key !== 'whole') delete holder[key];
      else if (how === 'repeat') holder[key] = [holder[key], holder[key]];
      else if (how === 'add')
        Object.defineProperty(holder, name, { value: strange, enumerable: true, configurable: true });
      else holder[key] = strange;
      return whole.whole;
    });
