/** JSON bodies are UTF-8 (RFC 8259, 8.1) and not compressed: anything else is refused, never read as something else. */
import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { CodedError } from '../errors.ts';
import { JSON_TYPE } from './media-types.ts';

export const NOT_UTF8 = 'The body is not valid UTF-8. Send JSON in UTF-8.';

export const jsonBodies = fp(async (app) => {
  app.addHook('preParsing', async (request, reply) => {
    const { headers, method } = request;
    // Nobody reads a body there, whatever it is.
    if (method === 'GET' || method === 'HEAD') return;
    if (headers['transfer-encoding'] === undefined && !(Number(headers['content-length']) > 0)) return;
    const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
    if (coding !== '' && coding !== 'identity') {
      reply.header('accept-encoding', 'identity');
      const message = `Bodies with "content-encoding: ${coding.slice(0, 40)}" are not read. Send it uncompressed.`;
      throw new CodedError('unsupported_media_type', message);
    }
    const charset = request.mediaType === JSON_TYPE ? charsetOf(request) : undefined;
    if (charset !== undefined && !READ_AS_UTF8.includes(charset)) {
      const message = `The body must be UTF-8; its content type says "charset=${charset.slice(0, 40)}".`;
      throw new CodedError('unsupported_media_type', message);
    }
  });

  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(JSON_TYPE);
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (!isUtf8(body)) done(new CodedError('invalid_json', NOT_UTF8));
    else void parse(request, body.toString('utf8'), done);
  });
});

/** ASCII is UTF-8. */
const READ_AS_UTF8 = ['utf-8', 'utf8', 'us-ascii', 'ascii'];

const charsetOf = ({ headers }: FastifyRequest): string | undefined =>
  /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
