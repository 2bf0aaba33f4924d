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

export const DEFAULT_TOP_K = 5;
const MOST_ANSWERS = 100;
const LONGEST_QUESTION = 4000;
const EXAMPLE_QUESTION = 'what colour is the car?';

const options = {
  question: Type.String({
    minLength: 1,
    maxLength: LONGEST_QUESTION,
    pattern: '\\S',
    description: `What is longer than the ${MAX_TEXT_TOKENS} tokens that the model reads is cut.`,
    examples: [EXAMPLE_QUESTION],
    [EXPECTED]: `a text of 1 to ${LONGEST_QUESTION} characters that is not blank`,
  }),
  top_k: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MOST_ANSWERS,
      default: DEFAULT_TOP_K,
      description: 'How many answers to return, the best first.',
      [EXPECTED]: `a whole number from 1 to ${MOST_ANSWERS}`,
    }),
  ),
  ...occlusionField,
};

export const VqaForm = Type.Object(
  { image: PictureFile, ...options, model: Type.Optional(FormModelField) },
  { additionalProperties: false, [NAME]: 'VqaUpload' },
);
export const VqaBody = Type.Object(
  { image: PictureText, ...options, model: Type.Optional(ModelField) },
  {
    additionalProperties: false,
    [NAME]: 'VqaRequest',
    examples: [{ image: EXAMPLE_PICTURE, question: EXAMPLE_QUESTION }],
  },
);
export type VqaBody = Type.Static<typeof VqaBody>;

export const VqaAnswer = Type.Object(
  {
    ...servedFields,
    answer: Type.String({ description: 'The best of the answers.' }),
    answers: Type.Array(Type.Object({ answer: Type.String(), score: Type.Number() }), {
      description:
        'The best first, with their probabilities (of a VQA model, each of its own; of a GQA model, together 1).',
    }),
    occlusion: Type.Optional(Type.Unsafe<Occlusion>({ $ref: 'Occlusion#' })),
    truncated: Truncated('question'),
    unknown_words: UnknownWords('question'),
    timing: Timing,
  },
  {
    $id: 'VqaAnswer',
    examples: [
      {
        id: 'run_01m8kmg2k97mz53f5qbb0rqh00',
        model: 'x-lxmert-vqa-scenes',
        revision: 'bb10150684b853873a13524d8e6f14e7e37b8a9fa549df1174e6240c51abad2e',
        engine: 'onnxruntime-cpu-auto',
        answer: 'red',
        answers: [
          { answer: 'red', score: 0.986 },
          { answer: 'purple', score: 0.0058 },
        ],
        truncated: false,
        unknown_words: [],
        timing: { queue_ms: 0.06, compute_ms: 32.15 },
      },
    ],
  },
);
export type VqaAnswer = Type.Static<typeof VqaAnswer>;
