import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { listAudit } from '../../database/audit.ts';
import { errorResponses } from '../../plugins/errors.ts';
import { nullable } from '../../plugins/schema-names.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import type { Services } from '../../services.ts';
import { CREATED, createdBetween } from '../created.ts';
import { DEFAULT_LIMIT, FilteredQuery, Page, page } from '../page.ts';
import { ref } from '../ref.ts';

const AuditEvent = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('audit_event'),
    created_at: Type.String({ format: 'date-time' }),
    key_id: nullable(Type.String({ description: 'Null on a server without keys, and on the command line.' })),
    request_id: nullable(
      Type.String({ description: 'Under which the log has it; null on the command line.' }),
    ),
    method: Type.String({ description: 'Of HTTP, or `CLI`.' }),
    action: Type.String({ description: 'The operation by its name in this document.' }),
    object_id: nullable(Type.String({ description: 'What it was done to.' })),
    made_id: nullable(Type.String({ description: 'What came of it, where that is something else.' })),
    status: nullable(Type.Integer({ description: 'Of HTTP.' })),
    error_code: nullable(Type.String()),
  },
  { $id: 'AuditEvent' },
);

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 200, description, [EXPECTED]: 'a text' }));
const AuditQuery = FilteredQuery({
  key_id: text('Of this API key.'),
  action: text('The name of an operation, such as `deleteModel`.'),
  object_id: text('What it was done to.'),
  ...CREATED,
});

export const audit: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(AuditEvent);
  app.get(
    '/v1/audit',
    {
      config: { scope: 'admin' },
      schema: {
        tags: ['records'],
        operationId: 'listAudit',
        summary: 'Who changed what, newest first',
        description:
          'Every request that changed models, jobs, data sets, files, studies or webhooks, or deleted runs, and those that ' +
          'were refused (403, 409, 422) or failed; keys that were made and revoked on the command line. Kept for `KEEP_DAYS`.',
        querystring: AuditQuery,
        response: { 200: Page('AuditEventList', ref(AuditEvent)), ...errorResponses(401, 403, 429) },
      },
    },
    async ({ query }) => {
      const { after, limit = DEFAULT_LIMIT, key_id, action, object_id } = query;
      const filter = {
        createdAt: createdBetween(query),
        ...(key_id !== undefined && { keyId: key_id }),
        ...(action !== undefined && { action }),
        ...(object_id !== undefined && { objectId: object_id }),
      };
      const rows = await listAudit(services.records.database, filter, after, limit + 1);
      const shown = rows.map((row) => ({
        ...{ id: row.id, object: 'audit_event' as const, created_at: row.createdAt.toISOString() },
        ...{ key_id: row.keyId, request_id: row.requestId, method: row.method, action: row.action },
        ...{ object_id: row.objectId, made_id: row.madeId, status: row.status, error_code: row.errorCode },
      }));
      return page(shown, limit);
    },
  );
};
