import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { CodedError } from '../../../errors.ts';
import { changeErrorResponses } from '../../../plugins/errors.ts';
import { JSON_TYPE } from '../../../plugins/media-types.ts';
import { picturesBodyLimit } from '../../../plugins/uploads.ts';
import type { Services } from '../../../services.ts';
import { idempotencyHeader } from '../../pictures.ts';
import { runContext } from '../../recorded-run.ts';
import { wordsOf } from '../chat-completions/index.ts';
import {
  answerConversation,
  type ConversationAnswer,
  lastOfId,
  lastQuestion,
  type Turn,
} from '../conversation.ts';
import { EVENTS_TYPE, typedLine } from '../event-lines.ts';
import { seconds } from '../model-name.ts';
import { countWords } from '../usage.ts';
import { MOST_PICTURES, Response, ResponseBody } from './schema.ts';

const PICTURES = 'input[].content[].image_url';

export const responses: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(Response);
  app.post(
    '/v1/responses',
    {
      bodyLimit: picturesBodyLimit(MOST_PICTURES),
      config: { scope: 'infer', pictures: { [PICTURES]: MOST_PICTURES } },
      schema: {
        tags: ['openai'],
        operationId: 'createResponse',
        summary: 'Talk about images, as OpenAI’s Responses have it',
        description:
          'The same as /v1/chat/completions in the newer form. Answers are not kept: `previous_response_id` is refused.',
        headers: idempotencyHeader,
        body: ResponseBody,
        response: {
          200: {
            description: 'Answered.',
            content: {
              [JSON_TYPE]: { schema: Type.Unsafe<Response>({ $ref: 'Response#' }) },
              [EVENTS_TYPE]: { schema: Type.String() },
            },
          },
          ...changeErrorResponses(401, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { body } = request;
      if (typeof body.previous_response_id === 'string') {
        const message = 'Answers are not kept. Send the image again instead of previous_response_id.';
        throw new CodedError('impossible_request', message, { param: '/previous_response_id' });
      }
      const { model, temperature } = body;
      const answer = await answerConversation(
        runContext(services, app, request),
        turnsOf(body),
        await request.pictures(PICTURES),
        { model, field: '/input', ...(typeof temperature === 'number' && { temperature }) },
      );
      const response = respond(body, answer);
      if (!body.stream) return reply.send(response);
      return reply.type(EVENTS_TYPE).send(eventsOf(response));
    },
  );
};

function turnsOf({ input }: ResponseBody): Turn[] {
  if (typeof input === 'string') return [{ ofUser: true, text: input, pictures: 0 }];
  return input.map(({ role, content = '' }) => {
    const ofUser = role === 'user';
    if (typeof content === 'string') return { ofUser, text: content, pictures: 0 };
    const texts = content.flatMap(({ text }) => (text === undefined ? [] : [text]));
    const pictures = content.filter((part) => typeof part.image_url === 'string').length;
    return { ofUser, text: texts.join(' '), pictures };
  });
}

function respond(body: ResponseBody, answer: ConversationAnswer): Response {
  const text = answer.texts[0]!;
  const usage = countWords(lastQuestion(turnsOf(body)), text);
  const id = lastOfId(answer);
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: seconds(),
    status: 'completed',
    model: answer.model,
    output: [
      {
        type: 'message',
        id: `msg_${id}`,
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
      },
    ],
    output_text: text,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: false,
    previous_response_id: null,
    store: false,
    temperature: body.temperature ?? null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage.input + usage.output,
    },
    ...(answer.recorded === false && { recorded: answer.recorded }),
  };
}

/** In the order and with the fields that OpenAI's SDKs put together again. */
function eventsOf(response: Response): string {
  const [message] = response.output;
  const [part] = message!.content;
  const begun: Response = { ...response, status: 'in_progress', output: [], output_text: '', usage: null };
  const place = { item_id: message!.id, output_index: 0, content_index: 0 };
  const events: { type: string; [field: string]: unknown }[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...message, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
    ...wordsOf(part!.text).map((delta) => ({
      type: 'response.output_text.delta',
      ...place,
      delta,
      logprobs: [],
    })),
    { type: 'response.output_text.done', ...place, text: part!.text, logprobs: [] },
    { type: 'response.content_part.done', ...place, part },
    { type: 'response.output_item.done', output_index: 0, item: message },
    { type: 'response.completed', response },
  ];
  return events.map((event, i) => typedLine({ ...event, sequence_number: i })).join('');
}
