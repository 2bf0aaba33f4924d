import Type from 'typebox';
import { NAME, NamedEnum } from '../../../plugins/schema-names.ts';
import { EXPECTED } from '../../../plugins/validation.ts';
import { LARGEST_SEED } from '../../../random.ts';
import { EXAMPLE_PICTURE, recordFields } from '../../pictures.ts';

const MOST_CHOICES = 8;
export const MOST_PICTURES = 8;

const Part = Type.Object(
  {
    type: Type.String({ description: '`text` or `image_url`; others cannot be read.' }),
    text: Type.Optional(Type.String({ maxLength: 4000 })),
    image_url: Type.Optional(
      Type.Object({
        url: Type.String({ description: 'A data URL, or an address on a host that the operator allows.' }),
      }),
    ),
  },
  { [NAME]: 'ChatPart', [EXPECTED]: 'a part such as {"type": "text", "text": "…"}' },
);

const Message = Type.Object(
  {
    role: Type.String({ description: '`user` asks; what others say is not read.' }),
    content: Type.Optional(
      Type.Union([Type.String({ maxLength: 4000 }), Type.Array(Part, { maxItems: 64 }), Type.Null()], {
        [EXPECTED]: 'a text of at most 4000 characters, or a list of parts',
      }),
    ),
  },
  { [NAME]: 'ChatMessage', [EXPECTED]: 'a message such as {"role": "user", "content": […]}' },
);

/** Fields that are not here are let through, as OpenAI does; these models have no use for them. */
export const ChatBody = Type.Object(
  {
    model: Type.Optional(Type.String({ maxLength: 100, [EXPECTED]: 'the id of a model' })),
    messages: Type.Array(Message, { minItems: 1, maxItems: 1000, [EXPECTED]: 'a list of messages' }),
    n: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: MOST_CHOICES }), Type.Null()], {
        description: 'Choices, of captions.',
        [EXPECTED]: `a whole number from 1 to ${MOST_CHOICES}`,
      }),
    ),
    seed: Type.Optional(
      Type.Union([Type.Integer({ minimum: 0, maximum: LARGEST_SEED }), Type.Null()], {
        [EXPECTED]: `a whole number from 0 to ${LARGEST_SEED}`,
      }),
    ),
    temperature: Type.Optional(
      Type.Union([Type.Number({ minimum: 0, maximum: 2 }), Type.Null()], {
        description: 'Of captions.',
        [EXPECTED]: 'a number from 0 to 2',
      }),
    ),
    logprobs: Type.Optional(
      Type.Union([Type.Boolean(), Type.Null()], {
        description: 'With the logarithm of the probability of the answer.',
        [EXPECTED]: 'true or false',
      }),
    ),
    top_logprobs: Type.Optional(
      Type.Union([Type.Integer({ minimum: 0, maximum: 20 }), Type.Null()], {
        description: 'And of so many others.',
        [EXPECTED]: 'a whole number from 0 to 20',
      }),
    ),
    stream: Type.Optional(Type.Union([Type.Boolean(), Type.Null()], { [EXPECTED]: 'true or false' })),
    stream_options: Type.Optional(
      Type.Union([Type.Object({ include_usage: Type.Optional(Type.Boolean()) }), Type.Null()], {
        [EXPECTED]: 'an object such as {"include_usage": true}',
      }),
    ),
  },
  {
    [NAME]: 'ChatCompletionRequest',
    examples: [
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'what colour is the car?' },
              { type: 'image_url', image_url: { url: EXAMPLE_PICTURE } },
            ],
          },
        ],
      },
    ],
  },
);
export type ChatBody = Type.Static<typeof ChatBody>;

const Logprob = Type.Object({ token: Type.String(), logprob: Type.Number(), bytes: Type.Null() });

export const ChatCompletion = Type.Object(
  {
    id: Type.String({ description: '`chatcmpl-` and the id of the run, if it is on record.' }),
    object: Type.Literal('chat.completion'),
    created: Type.Integer(),
    model: Type.String(),
    system_fingerprint: Type.String({ description: 'The beginning of the revision of the model.' }),
    choices: Type.Array(
      Type.Object({
        index: Type.Integer(),
        message: Type.Object({
          role: Type.Literal('assistant'),
          content: Type.String(),
          refusal: Type.Null(),
        }),
        logprobs: Type.Union([
          Type.Object({
            content: Type.Array(
              Type.Object({
                token: Type.String(),
                logprob: Type.Number(),
                bytes: Type.Null(),
                top_logprobs: Type.Array(Logprob),
              }),
            ),
            refusal: Type.Null(),
          }),
          Type.Null(),
        ]),
        finish_reason: NamedEnum('FinishReason', ['stop']),
      }),
    ),
    usage: Type.Object({
      prompt_tokens: Type.Integer({ description: 'Words: these models have tokens of their own.' }),
      completion_tokens: Type.Integer(),
      total_tokens: Type.Integer(),
    }),
    recorded: recordFields.recorded,
  },
  {
    $id: 'ChatCompletion',
    examples: [
      {
        id: 'chatcmpl-run_01m8kmg7aw3k45z4mz3wbq0dp7',
        object: 'chat.completion',
        created: 1795955367,
        model: 'x-lxmert-vqa-scenes',
        system_fingerprint: 'fp_bb10150684b8',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'red', refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
      },
    ],
  },
);
export type ChatCompletion = Type.Static<typeof ChatCompletion>;
