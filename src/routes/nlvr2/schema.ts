import Type from 'typebox';
import { NAME } from '../../plugins/schema-names.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { type Occlusion, occlusionField } from '../occlusion.ts';
import {
  EXAMPLE_PICTURE,
  FormModelField,
  ModelField,
  PictureFile,
  PictureText,
  servedFields,
  Timing,
  Truncated,
  UnknownWords,
} from '../pictures.ts';

const LONGEST_STATEMENT = 4000;
const EXAMPLE_STATEMENT = 'both images contain a giraffe';

const options = {
  statement: Type.String({
    minLength: 1,
    maxLength: LONGEST_STATEMENT,
    pattern: '\\S',
    description: `What is longer than the ${MAX_TEXT_TOKENS} tokens that the model reads is cut.`,
    examples: [EXAMPLE_STATEMENT],
    [EXPECTED]: `a text of 1 to ${LONGEST_STATEMENT} characters that is not blank`,
  }),
  ...occlusionField,
};
const two = { minItems: 2, maxItems: 2, [EXPECTED]: 'two images, the left one first' };

export const Nlvr2Form = Type.Object(
  {
    images: Type.Array(PictureFile, {
      ...two,
      description: 'Two files under this name, the left one first.',
    }),
    ...options,
    model: Type.Optional(FormModelField),
  },
  { additionalProperties: false, [NAME]: 'Nlvr2Upload' },
);
export const Nlvr2Body = Type.Object(
  {
    images: Type.Array(PictureText, { ...two, description: 'The left one first.' }),
    ...options,
    model: Type.Optional(ModelField),
  },
  {
    additionalProperties: false,
    [NAME]: 'Nlvr2Request',
    examples: [{ images: [EXAMPLE_PICTURE, EXAMPLE_PICTURE], statement: EXAMPLE_STATEMENT }],
  },
);
export type Nlvr2Body = Type.Static<typeof Nlvr2Body>;

export const Nlvr2Answer = Type.Object(
  {
    ...servedFields,
    label: Type.Boolean({ description: 'The statement is true of the two images.' }),
    score: Type.Number({ description: 'Probability that it is true.' }),
    occlusion: Type.Optional(Type.Unsafe<Occlusion>({ $ref: 'Occlusion#' })),
    truncated: Truncated('statement'),
    unknown_words: UnknownWords('statement'),
    timing: Timing,
  },
  {
    $id: 'Nlvr2Answer',
    examples: [
      {
        id: 'run_01m8kmg2k97mz53f5qbb0rqh00',
        model: 'x-lxmert-nlvr2-scenes',
        revision: 'e9c0e0c81d4b06b19747db077ca173d952fc65f8b105fc540dab26f56a4d0b37',
        engine: 'onnxruntime-cpu-auto',
        label: true,
        score: 0.99,
        truncated: false,
        unknown_words: [],
        timing: { queue_ms: 0.06, compute_ms: 96.48 },
      },
    ],
  },
);
export type Nlvr2Answer = Type.Static<typeof Nlvr2Answer>;
