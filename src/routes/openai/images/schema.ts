import Type from 'typebox';
import { NAME, NamedEnum } from '../../../plugins/schema-names.ts';
import { EXPECTED } from '../../../plugins/validation.ts';
import { LARGEST_SEED } from '../../../random.ts';
import { FORMATS, MOST_PER_PROMPT, Sampled, Sampler } from '../../generate-image/schema.ts';
import { SIZE } from '../../picture-size.ts';
import { PictureFile, recordFields } from '../../pictures.ts';

const prompt = Type.String({
  minLength: 1,
  maxLength: 4000,
  pattern: '\\S',
  [EXPECTED]: 'a text of 1 to 4000 characters that is not blank',
});

/** Name → schema, what it must be, and what is to be said of it. What both ways to paint have. */
const FIELDS = {
  model: [Type.String({ maxLength: 100 }), 'the id of a model', ''],
  n: [
    Type.Integer({ minimum: 1, maximum: MOST_PER_PROMPT }),
    `a whole number from 1 to ${MOST_PER_PROMPT}`,
    '',
  ],
  size: [
    Type.String({ pattern: SIZE.source }),
    '"auto" or a size such as "512x512", up to 2048',
    'Pictures are painted in the size of the model and resized to this one. Default: the size of the model.',
  ],
  response_format: [NamedEnum('ImageResponseFormat', ['b64_json', 'url']), 'b64_json or url', ''],
  output_format: [NamedEnum('ImageFormat', FORMATS), `one of ${FORMATS.join(', ')}`, ''],
  output_compression: [
    Type.Integer({ minimum: 0, maximum: 100 }),
    'a whole number from 0 to 100',
    'Quality of a JPEG or WebP file.',
  ],
  stream: [Type.Boolean(), 'true or false', ''],
  partial_images: [
    Type.Integer({ minimum: 0, maximum: 3 }),
    'a whole number from 0 to 3',
    'Of a stream: pictures of sampling steps before the last.',
  ],
  seed: [
    Type.Integer({ minimum: 0, maximum: LARGEST_SEED }),
    `a whole number from 0 to ${LARGEST_SEED}`,
    'Beyond OpenAI: of the first picture; the next ones count up.',
  ],
} as const satisfies Record<string, readonly [Type.TSchema, string, string]>;

const describedAs = (expected: string, description: string) => ({
  ...(description !== '' && { description }),
  [EXPECTED]: expected,
});

type Fields = typeof FIELDS;
/** In JSON, where null stands for what is left out. */
const inJson = Object.fromEntries(
  Object.entries(FIELDS).map(([name, [schema, expected, description]]) => [
    name,
    Type.Optional(Type.Union([schema, Type.Null()], describedAs(expected, description))),
  ]),
) as unknown as { [Name in keyof Fields]: Type.TOptional<Type.TUnion<[Fields[Name][0], Type.TNull]>> };
const inForm = Object.fromEntries(
  Object.entries(FIELDS).map(([name, [schema, expected, description]]) => [
    name,
    Type.Optional({ ...schema, ...describedAs(expected, description) } as typeof schema),
  ]),
) as unknown as { [Name in keyof Fields]: Type.TOptional<Fields[Name][0]> };

/** Fields that are not here are let through, as OpenAI does; these models have no use for them. */
export const ImagesBody = Type.Object(
  { prompt, ...inJson, sampler: Type.Optional(Sampler) },
  {
    [NAME]: 'ImagesRequest',
    examples: [{ prompt: 'a giraffe standing on grass next to a red car', size: '256x256', seed: 1 }],
  },
);
export type ImagesBody = Type.Static<typeof ImagesBody>;

export const ImageEditForm = Type.Object(
  {
    image: PictureFile,
    mask: Type.Optional({
      ...PictureFile,
      description:
        'A file of the size of the image, transparent where it is to be painted anew. Default: the transparency of the image itself.',
    } as typeof PictureFile),
    prompt,
    ...inForm,
    codes: Type.Optional(
      Type.String({
        pattern: '^\\d{1,6}(,\\d{1,6}){0,4095}$',
        description:
          'Beyond OpenAI: the visual codes that the image was painted with, as the answer listed them, with commas between. What is kept then has exactly these, and not those that the model sees in the file.',
        [EXPECTED]: 'the codes of a painted image: whole numbers with commas between',
      }),
    ),
    sampler: Type.Optional(Sampler),
  },
  { [NAME]: 'ImageEditUpload' },
);
export type ImageEditForm = Type.Static<typeof ImageEditForm>;

export const ImagesAnswer = Type.Object(
  {
    created: Type.Integer(),
    data: Type.Array(
      Type.Object({
        b64_json: Type.Optional(Type.String()),
        url: Type.Optional(Type.String()),
        revised_prompt: Type.Optional(
          Type.String({
            description: 'What was read, where the prompt leaves out what goes without saying.',
          }),
        ),
        seed: Type.Integer({
          description: 'Beyond OpenAI: painting with it and `sampler` gives the same picture.',
        }),
        codes: Type.Array(Type.Integer(), {
          description: 'Beyond OpenAI: the visual codes of the picture, row by row.',
        }),
      }),
    ),
    background: Type.Literal('opaque'),
    output_format: NamedEnum('ImageFormat', FORMATS),
    quality: Type.Literal('auto'),
    size: Type.String(),
    ...recordFields,
    model: Type.String({ description: 'Beyond OpenAI: what painted.' }),
    sampler: Sampled,
    repainted: Type.Optional(
      Type.Array(Type.Integer(), {
        description:
          'Beyond OpenAI, of an edit: the cells that were painted anew. The others keep their codes.',
      }),
    ),
  },
  { $id: 'ImagesAnswer' },
);
export type ImagesAnswer = Type.Static<typeof ImagesAnswer>;
