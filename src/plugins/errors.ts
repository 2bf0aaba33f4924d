/** One error shape for everything that can go wrong between the socket and a handler. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import Type from 'typebox';
import { isConnectionLoss } from '../database/connection-loss.ts';
import { isStorageFull } from '../database/storage.ts';
import { CodedError, ERRORS, type ErrorCode } from '../errors.ts';
import { routeNotFound } from './methods.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];

const ErrorAnswer = Type.Object(
  {
    error: Type.Object({
      code: Type.Unsafe<ErrorCode>({
        type: 'string',
        enum: codes,
        description: codes
          .map((code) => `- \`${code}\` (${ERRORS[code].status}): ${ERRORS[code].message}`)
          .join('\n'),
      }),
      message: Type.String({ description: 'What happened and what to do.' }),
      param: Type.Union([Type.String(), Type.Null()], { description: 'JSON pointer of the bad field.' }),
      type: Type.String({ description: 'The family of the code.' }),
      request_id: Type.String(),
    }),
  },
  { $id: 'Error', description: 'Every error has this shape.' },
);

/** Prompts are short; routes that take images set their own. */
export const BODY_LIMIT = 2 ** 20;

const HEADERS = {
  'x-request-id': { type: 'string' },
  'retry-after': { type: 'integer', description: 'Seconds. With 409, 429, 503 and 507.' },
};

/** What every request may be answered: see cross-site.ts, broken-requests.ts and app.ts. */
const EVERYWHERE = [400, 417, 421, 431, 500, 503, 507];
/** And every POST and DELETE: see cross-site.ts, uploads.ts and idempotency.ts. */
const ON_CHANGE = [403, 408, 409, 413, 415, 422];

/** The same for a route that changes something. */
export const changeErrorResponses = (...statuses: number[]) => errorResponses(...ON_CHANGE, ...statuses);

/** `response` entries for the errors of a route: one for all of a family, so that an operation stays readable. */
export function errorResponses(...statuses: number[]) {
  const all = [...new Set([...EVERYWHERE, ...statuses])].sort();
  const block = (what: string, family: number) => {
    const lines = all
      .filter((status) => Math.floor(status / 100) === family)
      .map((status) => {
        const able = codes.filter((code) => ERRORS[code].status === status);
        return `- ${status}: ${able.map((code) => `\`${code}\``).join(', ')}`;
      });
    return { $ref: 'Error#', description: `${what}\n${lines.join('\n')}`, headers: HEADERS };
  };
  return {
    '4xx': block('Something is wrong with the request:', 4),
    '5xx': block('The server cannot answer now:', 5),
  };
}

export function errorBody(error: CodedError, requestId: string) {
  const { code, message, param, type } = error;
  return { error: { code, message, param, type, request_id: requestId } };
}

/** Whatever was thrown → what the client may know of it. */
export function toCodedError(error: unknown, bodyLimit = BODY_LIMIT): CodedError {
  if (error instanceof CodedError) return error;
  if (isStorageFull(error)) return new CodedError('storage_full', undefined, { cause: error });
  if (isConnectionLoss(error)) return new CodedError('database_unavailable', undefined, { cause: error });
  const { code, statusCode, message } = error as Partial<FastifyError>;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new CodedError(
        'payload_too_large',
        `The body is too large: at most ${Math.floor(bodyLimit / 2 ** 20)} MB.`,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new CodedError('unsupported_media_type');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new CodedError('invalid_json');
  }
  if (error instanceof SyntaxError && statusCode === 400) return new CodedError('invalid_json');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new CodedError('invalid_request', message, { cause: error });
  }
  return new CodedError('internal_error', undefined, { cause: error });
}

/** Bytes of a body that is refused, but read to its end so that its sender gets to read the answer. */
const DRAINED = 100_000_000;

function drain({ raw, headers }: FastifyRequest, reply: FastifyReply): void {
  if (raw.complete || Number(headers['content-length'] ?? 0) > DRAINED) return;
  // Fastify closes the connection; many clients would then see a broken pipe instead of the answer.
  reply.removeHeader('connection');
  let left = DRAINED;
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) raw.destroy();
  });
  raw.resume();
}

export function sendError(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
  const error = toCodedError(thrown, request.routeOptions?.bodyLimit);
  // No fault: a probe asks again and again while the server starts.
  if (error.code === 'not_ready') request.log.debug(error.message);
  else if (error.status >= 500)
    request.log.error({ err: error.cause ?? error, code: error.code }, error.message);
  if (error.status === 413 || error.status === 429) drain(request, reply);
  if (error.code === 'request_timeout') reply.header('connection', 'close');
  if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter);
  return reply.code(error.status).type('application/json; charset=utf-8').send(errorBody(error, request.id));
}

export const errors = fp(async (app) => {
  app.addSchema(ErrorAnswer);
  app.setErrorHandler((error, request, reply) => sendError(request, reply, error));
  app.setNotFoundHandler((request, reply) => sendError(request, reply, routeNotFound(request)));
});
