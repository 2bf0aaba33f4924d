/** The OpenAPI document, made from the route schemas, and Swagger UI on it. */

import { readFile } from 'node:fs/promises';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';
import { VERSION } from '../version.ts';
import { contentPolicy } from './content-policy.ts';
import { documented, forGenerators } from './document-for-generators.ts';
import { mark } from './web-page.ts';

/** Swagger UI styles its elements in place; all else is as on the page. */
const POLICY = contentPolicy("'unsafe-inline'");

const own = (name: string): Promise<string> => readFile(new URL(`docs/${name}`, import.meta.url), 'utf8');

const DESCRIPTION = `Paint images, caption them, and answer questions about them with X-LXMERT (*X-LXMERT: Paint, Caption and
Answer Questions with Multi-Modal Transformers*, EMNLP 2020). Every example below runs: press "Execute"; what changes a job or a
model wants its id first. Files are chosen at \`…/upload\`.

Every answer carries \`x-request-id\`. Lists are pages: \`?after=<id>&limit=<1..100>\` gives
\`{"data": [...], "first_id", "last_id", "has_more": bool}\`. Every POST takes an \`Idempotency-Key\` header: the same key and body give
the stored answer (kept for a day, while there is room).`;

export const openapi = fp(async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'xlxmert-zoo',
        version: VERSION,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      // Relative: right for every host, port and proxy.
      servers: [{ url: '/' }],
      tags: [
        { name: 'tasks', description: 'What the models do.' },
        {
          name: 'openai',
          description: 'The same as OpenAI calls it: its SDKs work with `base_url` set to `/v1`.',
        },
        { name: 'training', description: 'Jobs that make models.' },
        { name: 'models', description: 'What is hosted.' },
        { name: 'studies', description: 'What people say of pictures.' },
        { name: 'records', description: 'What was asked, and how it ended.' },
        { name: 'webhooks', description: 'Who is told when work ends.' },
        { name: 'operations', description: 'For whoever runs the server.' },
      ],
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key, where the server wants one.' },
        },
      },
      security: [{}, { key: [] }],
    },
    transform: ({ schema, url, route }) => ({ schema: documented(schema, route.config ?? {}), url }),
    transformObject: (document) =>
      'openapiObject' in document ? forGenerators(document.openapiObject) : document.swaggerObject,
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `schema-${i}`) },
  });
  const content = await mark();
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    logo: { type: 'image/svg+xml', content, href: '/', target: '_self' },
    theme: {
      title: 'xlxmert-zoo: API',
      js: [{ filename: 'pictures.js', content: await own('pictures.js') }],
      css: [{ filename: 'theme.css', content: await own('theme.css') }],
      favicon: [{ filename: 'mark.svg', rel: 'icon', sizes: 'any', type: 'image/svg+xml', content }],
    },
    staticCSP: POLICY,
    uiConfig: {
      docExpansion: 'list',
      deepLinking: true,
      displayRequestDuration: true,
      tryItOutEnabled: true,
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
});
