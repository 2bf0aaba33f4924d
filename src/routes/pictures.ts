/** What the routes that look at pictures have in common: their fields, and how a run remembers a picture. */
import Type, { type TSchema } from 'typebox';
import { FORM_TYPE, JSON_TYPE } from '../plugins/media-types.ts';
import { NAME, nullable } from '../plugins/schema-names.ts';
import type { Upload } from '../plugins/uploads.ts';
import { EXPECTED } from '../plugins/validation.ts';
import type { Reading } from '../tokenizer.ts';

/** A file field of a form; in the body stands its hash. */
export const PictureFile = Type.String({
  format: 'binary',
  description: 'PNG, JPEG, WebP, GIF (its first frame) or AVIF; at most 20 MB and 40 megapixels.',
  [EXPECTED]: 'an image file',
});

export const PictureText = Type.String({
  description:
    'base64, bare or as a data URL; or an http(s) address, on a host that the operator allows. PNG, JPEG, WebP, GIF (its first frame) or AVIF; at most 20 MB and 40 megapixels.',
  [EXPECTED]: 'an image in base64, bare or as a data URL',
});

/** A giraffe on grass beside a red car, which x-lxmert-scenes painted: 1.2 KB, small enough for a page of documentation. */
export const EXAMPLE_PICTURE =
  'data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA';

export const ModelField = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'Default: see `default_for` in GET /v1/models.',
  [EXPECTED]: 'the id of a model',
});
/** In a form, where a field that was left empty is sent all the same. */
export const FormModelField = Type.String({
  maxLength: 100,
  // Swagger UI would fill in "string".
  default: '',
  description: 'Default: see `default_for` in GET /v1/models.',
  [EXPECTED]: 'the id of a model',
});

const RUN_ID = 'Of the run: GET /v1/runs/{id}.';
const UNRECORDED = 'when a full disk has kept it from being recorded.';
const RECORDED = '`false` when a full disk has kept the result from being recorded; else left out.';
/** What an answer says of its record. */
export const recordFields = {
  id: nullable(Type.String({ description: `${RUN_ID} Null ${UNRECORDED}` })),
  recorded: Type.Optional(Type.Literal(false, { description: RECORDED })),
};
/** The same beside a file. */
export const recordHeaderSchemas = {
  'x-run-id': { type: 'string', description: `${RUN_ID} Left out ${UNRECORDED}` },
  'x-recorded': { type: 'boolean', description: RECORDED },
};

/** Answers of every task begin and end like this. */
export const servedFields = {
  ...recordFields,
  model: Type.String(),
  revision: Type.String({ description: 'Content hash of the checkpoint and its components.' }),
  engine: Type.String(),
};
export const Timing = Type.Object(
  { queue_ms: Type.Number(), compute_ms: Type.Number() },
  { [NAME]: 'Timing' },
);

export const Truncated = (what: string) =>
  Type.Boolean({ description: `The ${what} was longer than the model reads and was cut.` });

export const UnknownWords = (what: string) =>
  Type.Array(Type.String(), {
    description: `Words of the ${what}, in lower case, that the model's vocabulary has neither whole nor in longer pieces: it cannot know what they mean.`,
  });

/** What every answer says of the text that was read. */
export const showReading = ({ truncated, unknownWords }: Reading) => ({
  truncated,
  unknown_words: unknownWords,
});

/** A picture as the body of an answer. */
export const pictureContent = { schema: { type: 'string', format: 'binary' } };

/** A route's body: a form with files, or JSON. */
export function formOrJson(form: TSchema, json: TSchema) {
  return { content: { [FORM_TYPE]: { schema: form }, [JSON_TYPE]: { schema: json } } };
}

/** What the record keeps of a picture. */
export const recordOf = ({ hash, bytes, format, width, height, from }: Upload) => ({
  sha256: hash,
  bytes: bytes.length,
  format,
  width,
  height,
  ...(from === undefined ? {} : { from }),
});

export const idempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: 'The same key and body give the stored answer.' }),
  ),
});
