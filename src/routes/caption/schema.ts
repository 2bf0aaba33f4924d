import Type from 'typebox';
import { NAME, NamedEnum } from '../../plugins/schema-names.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { LARGEST_SEED } from '../../random.ts';
import { MOST_SWEEPS, TEXT_STRATEGIES } from '../../sampling/text.ts';
import { MAX_TEXT_TOKENS, MOST_LENGTH_PENALTY } from '../../text-lengths.ts';
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

const MOST_CAPTIONS = 8;
export const DEFAULT_PREFIX = 'A';
export const DEFAULT_MAX_TOKENS = MAX_TEXT_TOKENS;
const LONGEST_PREFIX = 1000;

const TextSampler = Type.Object(
  {
    strategy: Type.Optional(
      NamedEnum('CaptionStrategy', TEXT_STRATEGIES, {
        description:
          'In which order the words are written. Default: parallel (several words at a time, in all lengths at once); ' +
          'confidence (the surest word first) with steps above 1.',
        [EXPECTED]: `one of ${TEXT_STRATEGIES.join(', ')}`,
      }),
    ),
    steps: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_SWEEPS,
        description: 'How often every word is drawn. Default: 3 for gibbs, else 1.',
        [EXPECTED]: `a whole number from 1 to ${MOST_SWEEPS}`,
      }),
    ),
    temperature: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 10,
        description:
          '0 takes the likeliest word. Default: 1 for gibbs and with top_k; 0.5 for n above 1; else 0.',
        [EXPECTED]: 'a number from 0 to 10',
      }),
    ),
    top_k: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: 'Draw among this many of the likeliest words. Default: all.',
        [EXPECTED]: 'a whole number from 1 to 100000',
      }),
    ),
    length_penalty: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: MOST_LENGTH_PENALTY,
        description:
          "The power of its length that a caption's log probability is divided by where several lengths are compared: " +
          'more gives longer captions. Default: what suits the model for parallel; 1 for the others.',
        [EXPECTED]: `a number from 0 to ${MOST_LENGTH_PENALTY}`,
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'Default: parallel.',
    examples: [{ strategy: 'gibbs' }],
    [NAME]: 'CaptionSampler',
  },
);

const options = {
  prefix: Type.Optional(
    Type.String({
      maxLength: LONGEST_PREFIX,
      default: DEFAULT_PREFIX,
      description:
        'The words that the caption begins with. "What" and "Where" make it a question; may be empty. An "A" or ' +
        '"An" at its end becomes the one that the next word wants.',
      [EXPECTED]: `a text of at most ${LONGEST_PREFIX} characters`,
    }),
  ),
  n: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MOST_CAPTIONS,
      default: 1,
      description: 'Captions, each with a seed of its own.',
      [EXPECTED]: `a whole number from 1 to ${MOST_CAPTIONS}`,
    }),
  ),
  max_tokens: Type.Optional(
    Type.Integer({
      minimum: 3,
      maximum: MAX_TEXT_TOKENS,
      default: DEFAULT_MAX_TOKENS,
      description: 'Most tokens of a caption, its prefix and two that mark its ends among them.',
      [EXPECTED]: `a whole number from 3 to ${MAX_TEXT_TOKENS}`,
    }),
  ),
  sampler: Type.Optional(TextSampler),
  seed: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: LARGEST_SEED,
      description: 'Of the first caption; the next ones count up. Default: drawn anew.',
      [EXPECTED]: `a whole number from 0 to ${LARGEST_SEED}`,
    }),
  ),
};

export const CaptionForm = Type.Object(
  { image: PictureFile, ...options, model: Type.Optional(FormModelField) },
  { additionalProperties: false, [NAME]: 'CaptionUpload' },
);
export const CaptionBody = Type.Object(
  { image: PictureText, ...options, model: Type.Optional(ModelField) },
  {
    additionalProperties: false,
    [NAME]: 'CaptionRequest',
    examples: [{ image: EXAMPLE_PICTURE, prefix: 'A', n: 2, seed: 1 }],
  },
);
export type CaptionBody = Type.Static<typeof CaptionBody>;

const caption = {
  text: Type.String(),
  score: Type.Number({
    description: 'Captions of one image can be compared by it; higher is better, 0 the best there is.',
  }),
  seed: Type.Integer({ description: 'Captioning once with this seed gives the same text.' }),
};

/** Data of the server-sent event `caption`; `completed` carries a CaptionAnswer, `error` an Error. */
export const CaptionEvent = Type.Object(
  { index: Type.Integer({ description: 'Of the caption in the answer.' }), ...caption },
  { $id: 'CaptionEvent' },
);
export type CaptionEvent = Type.Static<typeof CaptionEvent>;

export const CaptionAnswer = Type.Object(
  {
    ...servedFields,
    captions: Type.Array(Type.Object(caption), { description: 'In the order of their seeds.' }),
    truncated: Truncated('prefix'),
    unknown_words: UnknownWords('prefix'),
    timing: Timing,
  },
  {
    $id: 'CaptionAnswer',
    examples: [
      {
        id: 'run_01m8kmg2nj3xxftttz2rd435gh',
        model: 'x-lxmert-scenes',
        revision: '88e46f70b7d9865618e28f8d56fb7ca979942ce6b693d886ce84e40900fd1082',
        engine: 'onnxruntime-cpu-auto',
        captions: [
          { text: 'A giraffe', score: -0.299, seed: 1 },
          { text: 'A giraffe and a car in a grass', score: -0.722, seed: 2 },
        ],
        truncated: false,
        unknown_words: [],
        timing: { queue_ms: 0.05, compute_ms: 4098.38 },
      },
    ],
  },
);
export type CaptionAnswer = Type.Static<typeof CaptionAnswer>;
