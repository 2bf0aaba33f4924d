import Type from 'typebox';
import { NAME, NamedEnum } from '../../../plugins/schema-names.ts';
import { EXPECTED } from '../../../plugins/validation.ts';
import { LARGEST_SEED } from '../../../random.ts';
import { FORMATS, MOST_PER_PROMPT, Sampler } from '../../generate-image/schema.ts';
import { SIZE } from '../../picture-size.ts';

const optional = <T extends Type.TSchema>(schema: T, expected: string, description = '') =>
  Type.Optional(
    Type.Union([schema, Type.Null()], {
      ...(description !== '' && { description }),
      [EXPECTED]: expected,
    }),
  );

/** Fields that are not here are let through, as OpenAI does; these models have no use for them. */
export const ImagesBody = Type.Object(
  {
    prompt: Type.String({
      minLength: 1,
      maxLength: 4000,
      pattern: '\\S',
      [EXPECTED]: 'a text of 1 to 4000 characters that is not blank',
    }),
    model: optional(Type.String({ maxLength: 100 }), 'the id of a model'),
    n: optional(
      Type.Integer({ minimum: 1, maximum: MOST_PER_PROMPT }),
      `a whole number from 1 to ${MOST_PER_PROMPT}`,
    ),
    size: optional(
      Type.String({ pattern: SIZE.source }),
      '"auto" or a size such as "512x512", up to 2048',
      'Pictures are painted in the size of the model and resized to this one. Default: the size of the model.',
    ),
    response_format: optional(NamedEnum('ImageResponseFormat', ['b64_json', 'url']), 'b64_json or url'),
    output_format: optional(NamedEnum('ImageFormat', FORMATS), `one of ${FORMATS.join(', ')}`),
    output_compression: optional(
      Type.Integer({ minimum: 0, maximum: 100 }),
      'a whole number from 0 to 100',
      'Quality of a JPEG or WebP file.',
    ),
    stream: optional(Type.Boolean(), 'true or false'),
    partial_images: optional(
      Type.Integer({ minimum: 0, maximum: 3 }),
      'a whole number from 0 to 3',
      'Of a stream: pictures of sampling steps before the last.',
    ),
    seed: optional(
      Type.Integer({ minimum: 0, maximum: LARGEST_SEED }),
      `a whole number from 0 to ${LARGEST_SEED}`,
      'Beyond OpenAI: of the first picture; the next ones count up.',
    ),
    sampler: Type.Optional(Sampler),
  },
  {
    [NAME]: 'ImagesRequest',
    examples: [{ prompt: 'a giraffe standing on grass next to a red car', size: '256x256', seed: 1 }],
  },
);
export type ImagesBody = Type.Static<typeof ImagesBody>;

export const ImagesAnswer = Type.Object(
  {
    created: Type.Integer(),
    data: Type.Array(
      Type.Object({
        b64_json: Type.Optional(Type.String()),
        url: Type.Optional(Type.String()),
        seed: Type.Integer({ description: 'Beyond OpenAI: painting with it gives the same picture.' }),
      }),
    ),
    background: Type.Literal('opaque'),
    output_format: NamedEnum('ImageFormat', FORMATS),
    quality: Type.Literal('auto'),
    size: Type.String(),
    id: Type.String({ description: 'Beyond OpenAI: of the run.' }),
    model: Type.String({ description: 'Beyond OpenAI: what painted.' }),
  },
  { $id: 'ImagesAnswer' },
);
export type ImagesAnswer = Type.Static<typeof ImagesAnswer>;
