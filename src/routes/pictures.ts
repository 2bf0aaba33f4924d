/** What the routes that look at pictures have in common: their fields, and how a run remembers a picture. */
import Type, { type TSchema } from 'typebox';
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

/** A red square on green: small enough for a page of documentation. */
export const EXAMPLE_PICTURE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAIAAAACAAgMAAAC+UIlYAAAABlBMVEV8s0LlOTVI483VAAAACXBIWXMAAAsTAAALEwEAmpwYAAAAJ0lEQVRYw+3KIQEAAAgDsJekfxUcAgMBNr0EgJdaBEEQBEEQrgCMBgBZVBB63qxSAAAAAElFTkSuQmCC';

export const ModelField = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'Default: see `default_for` in GET /v1/models.',
  // Swagger UI would fill in "string".
  examples: [''],
  [EXPECTED]: 'the id of a model',
});

/** Answers of every task begin and end like this. */
export const servedFields = {
  id: Type.String({ description: 'Of the run: GET /v1/runs/{id}.' }),
  model: Type.String(),
  revision: Type.String({ description: 'Content hash of the checkpoint and its components.' }),
  engine: Type.String(),
};
export const Timing = Type.Object({ queue_ms: Type.Number(), compute_ms: Type.Number() });

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

/** A route's body: a form with files, or JSON. */
export function formOrJson(form: TSchema, json: TSchema) {
  return { content: { 'multipart/form-data': { schema: form }, 'application/json': { schema: json } } };
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
