import Type from 'typebox';
import { STRIP_STEPS } from '../../inference/strip.ts';
import { NAME, NamedEnum } from '../../plugins/schema-names.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { LARGEST_SEED } from '../../random.ts';
import { DEFAULT_SAMPLER, MOST_PASSES, MOST_SHOWN_STEPS, STRATEGIES } from '../../sampling/sampler.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { recordFields, Timing, Truncated, UnknownWords } from '../pictures.ts';

export const FORMATS = ['png', 'jpeg', 'webp'] as const;
const MOST_PROMPTS = 8;
export const MOST_PER_PROMPT = 8;
/** As many characters as OpenAI's dall-e-3 takes. A model reads MAX_TEXT_TOKENS of them and says that it cut the rest. */
const LONGEST_PROMPT = 4000;

const Prompt = Type.String({ minLength: 1, maxLength: LONGEST_PROMPT, pattern: '\\S' });
const promptExpected = `a text of 1 to ${LONGEST_PROMPT} characters that is not blank, or a list of 1 to ${MOST_PROMPTS} such texts`;

export const Sampler = Type.Object(
  {
    strategy: Type.Optional(
      NamedEnum('SamplingStrategy', STRATEGIES, {
        description:
          'In which order the grid positions get their codes. Default: the model’s own (`sampler` in GET /v1/models), else the paper’s `mask-predict`. `adaptive-easy-first` writes in each pass as many positions as the model is sure of together.',
        [EXPECTED]: `one of ${STRATEGIES.join(', ')}`,
      }),
    ),
    steps: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1024,
        description: `Passes of the model; adaptive-easy-first may need fewer. Default: the model’s own, of a strategy that is named 4 for mask-predict, 6 for adaptive-easy-first, 1 for parallel, else one per grid position. Prompts × n × steps may be ${MOST_PASSES}, and ${MOST_SHOWN_STEPS} with \`intermediate\` or as events.`,
        [EXPECTED]: 'a whole number from 1 to 1024',
      }),
    ),
    temperature: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 10,
        description:
          '0 takes the likeliest code, whatever the seed. Default 0; 0.5 for n above 1; 1 with top_k.',
        [EXPECTED]: 'a number from 0 to 10',
      }),
    ),
    top_k: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: 'Draw among this many of the likeliest codes. Default: all.',
        [EXPECTED]: 'a whole number from 1 to 100000',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: `Default: the model’s own, else ${DEFAULT_SAMPLER}, 4 steps.`,
    [NAME]: 'Sampler',
  },
);

export const PaintBody = Type.Object(
  {
    prompt: Type.Union([Prompt, Type.Array(Prompt, { minItems: 1, maxItems: MOST_PROMPTS })], {
      description: `What to paint. What is longer than the ${MAX_TEXT_TOKENS} tokens that the model reads is cut.`,
      [EXPECTED]: promptExpected,
    }),
    model: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'Default: see `default` in GET /v1/models.',
        [EXPECTED]: 'the id of a model',
      }),
    ),
    n: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_PER_PROMPT,
        default: 1,
        description: 'Images per prompt.',
        [EXPECTED]: `a whole number from 1 to ${MOST_PER_PROMPT}`,
      }),
    ),
    sampler: Type.Optional(Sampler),
    seed: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: LARGEST_SEED,
        description: 'Of the first image of each prompt; the next ones count up. Default: drawn anew.',
        [EXPECTED]: `a whole number from 0 to ${LARGEST_SEED}`,
      }),
    ),
    format: Type.Optional(
      NamedEnum('ImageFormat', FORMATS, { default: 'png', [EXPECTED]: `one of ${FORMATS.join(', ')}` }),
    ),
    intermediate: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Return the picture after every sampling step as well.',
        [EXPECTED]: 'true or false',
      }),
    ),
    store: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Keep the images at GET /v1/runs/{id}/image, and go on when the client hangs up.',
        [EXPECTED]: 'true or false',
      }),
    ),
  },
  {
    additionalProperties: false,
    [NAME]: 'PaintRequest',
    examples: [{ prompt: 'a giraffe standing on grass next to a red car', seed: 1, store: true }],
  },
);
export type PaintBody = Type.Static<typeof PaintBody>;

const Image = Type.Object(
  {
    prompt: Type.String(),
    revised_prompt: Type.Optional(
      Type.String({
        description: 'What was read, where the prompt leaves out what goes without saying: "a yellow bus".',
      }),
    ),
    truncated: Truncated('prompt'),
    unknown_words: UnknownWords('prompt'),
    seed: Type.Integer({ description: 'Painting one image with this seed gives the same bytes.' }),
    width: Type.Integer(),
    height: Type.Integer(),
    format: NamedEnum('ImageFormat', FORMATS),
    b64_json: Type.String({ description: 'The file, base64.' }),
    url: Type.Optional(Type.String({ description: 'With `store`.' })),
    codes: Type.Array(Type.Integer(), { description: 'Visual codes of the grid, row by row.' }),
    intermediate: Type.Optional(
      Type.Array(Type.String(), { description: 'With `intermediate`: the file after every step, base64.' }),
    ),
  },
  { [NAME]: 'PaintedImage' },
);

/** Sampler of an answer: what was left to the server is said. */
export const Sampled = {
  ...Sampler,
  description: 'How they were sampled: with it, its seed and the model, one image is painted again alone.',
  [NAME]: 'Sampled',
} as typeof Sampler;

export const PaintAnswer = Type.Object(
  {
    ...recordFields,
    model: Type.String(),
    revision: Type.String({ description: 'Content hash of the checkpoint and its components.' }),
    engine: Type.String(),
    sampler: Sampled,
    images: Type.Array(Image, { description: 'Prompt by prompt.' }),
    timing: Timing,
  },
  {
    $id: 'PaintAnswer',
    examples: [
      {
        id: 'run_01m8kmg2k97mz53f5qbb0rqh00',
        model: 'x-lxmert-scenes',
        revision: '88e46f70b7d9865618e28f8d56fb7ca979942ce6b693d886ce84e40900fd1082',
        engine: 'onnxruntime-cpu-auto',
        sampler: { strategy: 'adaptive-easy-first', steps: 6 },
        images: [
          {
            prompt: 'a giraffe standing on grass next to a red car',
            truncated: false,
            unknown_words: [],
            seed: 1,
            width: 128,
            height: 128,
            format: 'png',
            b64_json: 'iVBORw0KGgoAAAANSUhEUgAAAIAAAACACAIAAABM…',
            codes: [
              825, 825, 825, 825, 825, 825, 825, 545, 10, 229, 229, 1919, 1919, 1919, 229, 229, 284, 284, 284,
              284, 284, 284, 284, 284, 1114, 1114, 1745, 1745, 1745, 1745, 1745, 693, 1744, 1864, 1114, 1562,
              1114, 1114, 1114, 1973, 1186, 280, 992, 1147, 1271, 1271, 1271, 1973, 107, 1615, 292, 1147, 193,
              1699, 373, 1973, 1212, 1123, 77, 76, 1123, 1123, 1123, 1123,
            ],
          },
        ],
        timing: { queue_ms: 0.06, compute_ms: 428.17 },
      },
    ],
  },
);
export type PaintAnswer = Type.Static<typeof PaintAnswer>;

/** Data of the server-sent event `step`; `completed` carries a PaintAnswer, `error` an Error. */
export const StepEvent = Type.Object(
  {
    image: Type.Integer({ description: 'Index of the image in the answer.' }),
    step: Type.Integer({ description: 'From 1.' }),
    steps: Type.Integer({ description: 'At most; of the last step, how many there were.' }),
    b64_json: Type.String({ description: 'The picture after this step. Cells without a code yet are grey.' }),
    updated: Type.Array(Type.Integer(), { description: 'Grid positions that got a code in this step.' }),
  },
  { $id: 'PaintStep' },
);
export type StepEvent = Type.Static<typeof StepEvent>;

const MOST_FRAMES = 20;
/** A picture in the making, as in the paper's Figure 4. */
export const StripBody = Type.Object(
  {
    prompt: Type.String({
      minLength: 1,
      maxLength: LONGEST_PROMPT,
      pattern: '\\S',
      [EXPECTED]: `a text of 1 to ${LONGEST_PROMPT} characters that is not blank`,
    }),
    model: PaintBody.properties.model,
    sampler: PaintBody.properties.sampler,
    seed: PaintBody.properties.seed,
    steps: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 1024 }), {
        minItems: 1,
        maxItems: MOST_FRAMES,
        uniqueItems: true,
        description: `The steps that are shown. Default: ${STRIP_STEPS.join(', ')}, those alone that there are.`,
        [EXPECTED]: `1 to ${MOST_FRAMES} different whole numbers from 1 to 1024`,
      }),
    ),
    unwritten: Type.Optional(
      NamedEnum('UnwrittenCells', ['generator', 'grey'], {
        default: 'generator',
        description:
          'Cells that are not written yet: what the generator makes of the masked feature, as the authors do, or grey.',
        [EXPECTED]: 'generator or grey',
      }),
    ),
    format: PaintBody.properties.format,
  },
  {
    additionalProperties: false,
    [NAME]: 'StripRequest',
    examples: [{ prompt: 'a giraffe standing on grass next to a red car', seed: 1 }],
  },
);
