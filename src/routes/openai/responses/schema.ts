import Type from 'typebox';
import { NAME, NamedEnum } from '../../../plugins/schema-names.ts';
import { EXPECTED } from '../../../plugins/validation.ts';
import { EXAMPLE_PICTURE, recordFields } from '../../pictures.ts';

export const MOST_PICTURES = 8;

const Part = Type.Object(
  {
    type: Type.String({ description: '`input_text` or `input_image`; others cannot be read.' }),
    text: Type.Optional(Type.String({ maxLength: 4000 })),
    image_url: Type.Optional(
      Type.Union([Type.String(), Type.Null()], {
        description: 'A data URL, or an address on a host that the operator allows.',
        [EXPECTED]: 'a data URL',
      }),
    ),
  },
  { [NAME]: 'ResponsePart', [EXPECTED]: 'a part such as {"type": "input_text", "text": "…"}' },
);

const Item = Type.Object(
  {
    role: Type.Optional(Type.String({ description: '`user` asks; what others say is not read.' })),
    content: Type.Optional(
      Type.Union([Type.String({ maxLength: 4000 }), Type.Array(Part, { maxItems: 64 })], {
        [EXPECTED]: 'a text of at most 4000 characters, or a list of parts',
      }),
    ),
  },
  { [NAME]: 'ResponseItem', [EXPECTED]: 'an item such as {"role": "user", "content": […]}' },
);

/** Fields that are not here are let through, as OpenAI does; these models have no use for them. */
export const ResponseBody = Type.Object(
  {
    model: Type.Optional(Type.String({ maxLength: 100, [EXPECTED]: 'the id of a model' })),
    input: Type.Union([Type.String({ maxLength: 4000 }), Type.Array(Item, { minItems: 1, maxItems: 1000 })], {
      [EXPECTED]: 'a text, or a list of items',
    }),
    temperature: Type.Optional(
      Type.Union([Type.Number({ minimum: 0, maximum: 2 }), Type.Null()], {
        description: 'Of captions.',
        [EXPECTED]: 'a number from 0 to 2',
      }),
    ),
    stream: Type.Optional(Type.Union([Type.Boolean(), Type.Null()], { [EXPECTED]: 'true or false' })),
    previous_response_id: Type.Optional(
      Type.Union([Type.String(), Type.Null()], {
        description: 'Answers are not kept: send the image again.',
        [EXPECTED]: 'left out',
      }),
    ),
    metadata: Type.Optional(
      Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()], { [EXPECTED]: 'texts by names' }),
    ),
  },
  {
    [NAME]: 'ResponseRequest',
    examples: [
      {
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'what colour is the car?' },
              { type: 'input_image', image_url: EXAMPLE_PICTURE },
            ],
          },
        ],
      },
    ],
  },
);
export type ResponseBody = Type.Static<typeof ResponseBody>;

export const Response = Type.Object(
  {
    id: Type.String({ description: '`resp_` and the id of the run, if it is on record.' }),
    object: Type.Literal('response'),
    created_at: Type.Integer(),
    status: NamedEnum('ResponseStatus', ['in_progress', 'completed']),
    model: Type.String(),
    output: Type.Array(
      Type.Object({
        type: Type.Literal('message'),
        id: Type.String(),
        status: NamedEnum('ResponseStatus', ['in_progress', 'completed']),
        role: Type.Literal('assistant'),
        content: Type.Array(
          Type.Object({
            type: Type.Literal('output_text'),
            text: Type.String(),
            annotations: Type.Array(Type.Object({})),
            logprobs: Type.Array(Type.Object({})),
          }),
        ),
      }),
    ),
    output_text: Type.String(),
    error: Type.Null(),
    incomplete_details: Type.Null(),
    instructions: Type.Null(),
    max_output_tokens: Type.Null(),
    metadata: Type.Record(Type.String(), Type.String()),
    parallel_tool_calls: Type.Boolean(),
    previous_response_id: Type.Null(),
    store: Type.Boolean(),
    temperature: Type.Union([Type.Number(), Type.Null()]),
    text: Type.Object({ format: Type.Object({ type: Type.Literal('text') }) }),
    tool_choice: Type.Literal('auto'),
    tools: Type.Array(Type.Object({})),
    top_p: Type.Null(),
    truncation: Type.Literal('disabled'),
    usage: Type.Union([
      Type.Object({
        input_tokens: Type.Integer(),
        input_tokens_details: Type.Object({ cached_tokens: Type.Integer() }),
        output_tokens: Type.Integer(),
        output_tokens_details: Type.Object({ reasoning_tokens: Type.Integer() }),
        total_tokens: Type.Integer(),
      }),
      Type.Null(),
    ]),
    recorded: recordFields.recorded,
  },
  { $id: 'Response' },
);
export type Response = Type.Static<typeof Response>;
