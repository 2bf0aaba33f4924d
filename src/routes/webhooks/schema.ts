import Type from 'typebox';
import { NAME, NamedEnum, nullable } from '../../plugins/schema-names.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { WEBHOOK_EVENTS } from '../../webhooks/webhooks.ts';

const Time = Type.String({ format: 'date-time' });
const LONGEST_URL = 2000;

const events = (options: object = {}) =>
  Type.Array(NamedEnum('WebhookEvent', WEBHOOK_EVENTS), { uniqueItems: true, ...options });

export const WebhookBody = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: LONGEST_URL,
      description: 'An http or https address on its own port, at a host with public addresses.',
      examples: ['https://example.org/hooks/xlxmert'],
      [EXPECTED]: `an address of at most ${LONGEST_URL} characters`,
    }),
    events: Type.Optional(
      events({
        minItems: 1,
        maxItems: WEBHOOK_EVENTS.length,
        description: 'Of what it is told. Default: of all.',
        [EXPECTED]: `a list of ${WEBHOOK_EVENTS.join(', ')}`,
      }),
    ),
  },
  {
    additionalProperties: false,
    [NAME]: 'WebhookRequest',
    examples: [{ url: 'https://example.org/hooks/xlxmert', events: ['run.succeeded', 'job.succeeded'] }],
  },
);

const fields = {
  id: Type.String(),
  object: Type.Literal('webhook'),
  created_at: Time,
  url: Type.String(),
  events: events(),
  disabled_at: nullable(
    Type.Unsafe<string>({
      ...Time,
      description: 'Since when nothing is sent: the receiver answered that it is gone (410).',
    }),
  ),
};
export const Webhook = Type.Object(fields, { $id: 'Webhook' });
export type Webhook = Type.Static<typeof Webhook>;

export const NewWebhook = Type.Object(
  {
    ...fields,
    secret: Type.String({
      description: 'What messages are signed with, shown this once: `whsec_` and 32 bytes in base64.',
    }),
  },
  { $id: 'NewWebhook' },
);

export const WebhookParams = Type.Object({
  id: Type.String({
    maxLength: 100,
    description: 'The id of a webhook.',
    [EXPECTED]: 'the id of a webhook',
  }),
});

export const Delivery = Type.Object(
  {
    id: Type.String({ description: 'The `webhook-id` that the receiver sees.' }),
    event: NamedEnum('WebhookEvent', WEBHOOK_EVENTS),
    created_at: Time,
    status: NamedEnum('DeliveryStatus', ['due', 'delivered', 'given_up']),
    attempts: Type.Integer(),
    next_attempt_at: nullable(Time),
    delivered_at: nullable(Time),
    error: nullable(Type.String({ description: 'What came of the last attempt.' })),
    body: Type.String({ description: 'As it is sent and signed.' }),
  },
  { [NAME]: 'WebhookDelivery' },
);
