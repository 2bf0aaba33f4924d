import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { WebhookDelivery, Webhook as WebhookRow } from '../../generated/prisma/client.ts';
import { changeErrorResponses, errorResponses } from '../../plugins/errors.ts';
import { JSON_TYPE } from '../../plugins/media-types.ts';
import type { Services } from '../../services.ts';
import { checkWebhookUrl } from '../../webhooks/address.ts';
import { createWebhooks, WEBHOOK_EVENTS, type WebhookEvent } from '../../webhooks/webhooks.ts';
import { DEFAULT_LIMIT, Page, PageQuery, page } from '../page.ts';
import { idempotencyHeader } from '../pictures.ts';
import { ref } from '../ref.ts';
import { Delivery, NewWebhook, Webhook, WebhookBody, WebhookParams } from './schema.ts';

const tags = ['webhooks'];
const config = { scope: 'infer', audited: true } as const;

const CREATE = `From now on it is told of the ends of training jobs, and of runs that go on without their client (\`Prefer: respond-async\`, or
\`store\`). Messages are those of the Standard Webhooks specification: \`webhook-id\`, \`webhook-timestamp\` and
\`webhook-signature\` (v1, HMAC-SHA256), which its libraries verify with the \`secret\`. One that is not answered with 2xx is
sent again after 5 s, 30 s, 5 min, 30 min, and so on for a day and a half; redirects are not followed.`;

export const webhooks: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const store = createWebhooks(services.records);
  for (const schema of [Webhook, NewWebhook]) app.addSchema(schema);
  const reading = errorResponses(401, 403, 404, 429);

  app.post(
    '/v1/webhooks',
    {
      config,
      schema: {
        tags,
        operationId: 'createWebhook',
        summary: 'Be told when work ends',
        description: CREATE,
        headers: idempotencyHeader,
        body: WebhookBody,
        response: {
          201: {
            description: 'Created.',
            headers: { location: { type: 'string' } },
            content: { [JSON_TYPE]: { schema: ref(NewWebhook) } },
          },
          ...changeErrorResponses(401, 429),
        },
      },
    },
    async (request, reply) => {
      const { url, events = [...WEBHOOK_EVENTS] } = request.body;
      checkWebhookUrl(url, services.webhookHosts ?? []);
      const webhook = await store.create({ url, events, keyId: request.owner().keyId });
      return reply
        .code(201)
        .header('location', `/v1/webhooks/${webhook.id}`)
        .send({ ...show(webhook), secret: webhook.secret });
    },
  );

  app.get(
    '/v1/webhooks',
    {
      config,
      schema: {
        tags,
        operationId: 'listWebhooks',
        summary: 'List webhooks, newest first',
        querystring: PageQuery,
        response: { 200: Page('WebhookList', ref(Webhook)), ...errorResponses(401, 403, 429) },
      },
    },
    async (request) => {
      const { after, limit = DEFAULT_LIMIT } = request.query;
      return page((await store.list(request.owner(), after, limit + 1)).map(show), limit);
    },
  );

  app.get(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getWebhook',
        summary: 'One webhook',
        params: WebhookParams,
        response: { 200: ref(Webhook), ...reading },
      },
    },
    async (request) => show(await store.find(request.params.id, request.owner())),
  );

  app.delete(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook',
        description: 'What is due to it is not sent any more.',
        params: WebhookParams,
        response: { 204: Type.Null({ description: 'Deleted.' }), ...changeErrorResponses(401, 404, 429) },
      },
    },
    async (request, reply) => {
      await store.remove(request.params.id, request.owner());
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/v1/webhooks/:id/deliveries',
    {
      config,
      schema: {
        tags,
        operationId: 'listWebhookDeliveries',
        summary: 'What was sent to a webhook, newest first',
        params: WebhookParams,
        querystring: PageQuery,
        response: { 200: Page('WebhookDeliveryList', Delivery), ...reading },
      },
    },
    async (request) => {
      const { after, limit = DEFAULT_LIMIT } = request.query;
      const { id } = await store.find(request.params.id, request.owner());
      return page((await store.deliveries(id, after, limit + 1)).map(showDelivery), limit);
    },
  );
};

const show = ({ id, createdAt, url, events, disabledAt }: WebhookRow): Webhook => ({
  ...{ id, object: 'webhook', created_at: createdAt.toISOString(), url, events: events as WebhookEvent[] },
  disabled_at: disabledAt?.toISOString() ?? null,
});

function showDelivery(row: WebhookDelivery): Type.Static<typeof Delivery> {
  const { id, event, createdAt, attempts, nextAt, deliveredAt, error, body } = row;
  return {
    ...{ id, event: event as WebhookEvent, created_at: createdAt.toISOString(), attempts, error, body },
    status: deliveredAt !== null ? 'delivered' : nextAt !== null ? 'due' : 'given_up',
    next_attempt_at: nextAt?.toISOString() ?? null,
    delivered_at: deliveredAt?.toISOString() ?? null,
  };
}
