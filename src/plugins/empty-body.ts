/**
 * An empty body is no body where none is needed, whatever its content type: clients send the one that they always send.
 * Fastify would have its parser read nothing, which is no JSON.
 */
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes a body, of which every field may be left out, and so may the body. */
    bodyOptional?: boolean;
  }
}

export const emptyBody = fp(async (app) => {
  app.addHook('preParsing', async (request, _reply, payload) => {
    const { schema, config } = request.routeOptions;
    const { headers } = request.raw;
    if (schema?.body !== undefined && config.bodyOptional !== true) return payload;
    if (headers['content-type'] === undefined && headers['transfer-encoding'] === undefined) return payload;
    if (Number(headers['content-length'] ?? 0) > 0 || !(await isEmpty(payload))) return payload;
    // Fastify reads a body where one of these announces it.
    delete headers['content-type'];
    delete headers['transfer-encoding'];
    return payload;
  });
  app.addHook('preValidation', async (request) => {
    if (request.routeOptions.config.bodyOptional === true) request.body ??= {};
  });
});

/** Looks for the first bytes, and puts them back. */
function isEmpty(payload: NodeJS.ReadableStream): Promise<boolean> {
  return new Promise((resolve, reject) => {
    payload.once('data', (chunk: Buffer) => {
      payload.pause();
      payload.unshift(chunk);
      resolve(false);
    });
    payload.once('end', () => resolve(true));
    payload.once('error', reject);
  });
}
