import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { changeErrorResponses } from '../../../plugins/errors.ts';
import { JSON_TYPE } from '../../../plugins/media-types.ts';
import { picturesBodyLimit } from '../../../plugins/uploads.ts';
import type { Services } from '../../../services.ts';
import { idempotencyHeader } from '../../pictures.ts';
import { runContext } from '../../recorded-run.ts';
import {
  answerConversation,
  type ConversationAnswer,
  lastOfId,
  lastQuestion,
  logprob,
  type Turn,
} from '../conversation.ts';
import { DONE, dataLine, EVENTS_TYPE } from '../event-lines.ts';
import { seconds } from '../model-name.ts';
import { countWords } from '../usage.ts';
import { ChatBody, ChatCompletion, MOST_PICTURES } from './schema.ts';

const PICTURES = 'messages[].content[].image_url';

const DESCRIPTION = `As OpenAI has it, for its SDKs and what is written for them: an image and a question (VQA), an image alone, or "describe
it" (a caption), two images and a statement (NLVR2: "true" or "false"). Unknown fields are let through, and names of OpenAI's
models mean the default model. With \`stream\`, chunks as server-sent events.`;

export const chatCompletions: FastifyPluginAsyncTypebox<{ services: Services }> = async (
  app,
  { services },
) => {
  app.addSchema(ChatCompletion);
  app.post(
    '/v1/chat/completions',
    {
      bodyLimit: picturesBodyLimit(MOST_PICTURES),
      config: { scope: 'infer', pictures: { [PICTURES]: MOST_PICTURES } },
      schema: {
        tags: ['openai'],
        operationId: 'createChatCompletion',
        summary: 'Talk about images, as OpenAI has it',
        description: DESCRIPTION,
        headers: idempotencyHeader,
        body: ChatBody,
        response: {
          200: {
            description: 'Answered.',
            content: {
              [JSON_TYPE]: { schema: Type.Unsafe<ChatCompletion>({ $ref: 'ChatCompletion#' }) },
              [EVENTS_TYPE]: { schema: Type.String() },
            },
          },
          ...changeErrorResponses(401, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { model, n, seed, temperature, stream } = body;
      const turns = turnsOf(body);
      const answer = await answerConversation(
        runContext(services, app, request),
        turns,
        await request.pictures(PICTURES),
        {
          ...{ model, field: '/messages' },
          ...(typeof n === 'number' && { n }),
          ...(typeof seed === 'number' && { seed }),
          ...(typeof temperature === 'number' && { temperature }),
        },
      );
      const completion = complete(body, answer);
      if (!stream) return reply.send(completion);
      return reply.type(EVENTS_TYPE).send(chunksOf(completion, body.stream_options?.include_usage ?? false));
    },
  );
};

function turnsOf({ messages }: ChatBody): Turn[] {
  return messages.map(({ role, content }) => {
    const ofUser = role === 'user';
    if (!Array.isArray(content)) return { ofUser, text: content ?? '', pictures: 0 };
    const texts = content.flatMap(({ text }) => (text === undefined ? [] : [text]));
    return { ofUser, text: texts.join(' '), pictures: content.filter((part) => part.image_url).length };
  });
}

function complete(body: ChatBody, answer: ConversationAnswer): ChatCompletion {
  const { recorded, model, revision, texts, scores } = answer;
  const prompt = lastQuestion(turnsOf(body));
  const usage = countWords(prompt, texts.join(' '));
  return {
    id: `chatcmpl-${lastOfId(answer)}`,
    object: 'chat.completion',
    created: seconds(),
    model,
    system_fingerprint: `fp_${revision.slice(0, 12)}`,
    choices: texts.map((content, index) => ({
      index,
      message: { role: 'assistant', content, refusal: null },
      logprobs: body.logprobs && scores.length > 0 ? logprobsOf(scores, body.top_logprobs ?? 0) : null,
      finish_reason: 'stop' as const,
    })),
    usage: {
      prompt_tokens: usage.input,
      completion_tokens: usage.output,
      total_tokens: usage.input + usage.output,
    },
    ...(recorded === false && { recorded }),
  };
}

function logprobsOf(scores: ConversationAnswer['scores'], most: number) {
  const tokens = scores.map(({ text, probability }) => ({
    ...{ token: text, logprob: logprob(probability), bytes: null },
  }));
  return { content: [{ ...tokens[0]!, top_logprobs: tokens.slice(0, most) }], refusal: null };
}

/** The whole is known before its first word, so all of them come at once. */
function chunksOf({ choices, usage, ...completion }: ChatCompletion, withUsage: boolean): string {
  const common = { ...completion, object: 'chat.completion.chunk' as const };
  const chunk = (
    choice: { index: number; delta: object; logprobs?: unknown; finish_reason?: 'stop' } | undefined,
    last = false,
  ) =>
    dataLine({
      ...common,
      choices: choice === undefined ? [] : [{ logprobs: null, finish_reason: null, ...choice }],
      ...(withUsage && { usage: last ? usage : null }),
    });
  const lines = choices.flatMap(({ index, message, logprobs }) => [
    chunk({ index, delta: { role: 'assistant', content: '', refusal: null } }),
    ...wordsOf(message.content).map((content, i) =>
      chunk({ index, delta: { content }, ...(i === 0 && logprobs !== null && { logprobs }) }),
    ),
    chunk({ index, delta: {}, finish_reason: 'stop' }),
  ]);
  return [...lines, ...(withUsage ? [chunk(undefined, true)] : []), DONE].join('');
}

/** With the spaces before them: put together they are the text. */
export const wordsOf = (text: string): string[] => text.match(/\s*\S+\s*$|\s*\S+/g) ?? [text];
