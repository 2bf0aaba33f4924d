/**
 * The page for people at `/`: what Vite built of web/, a handful of files that are read once and kept.
 *
 * Nothing in it is loaded from elsewhere and nothing is inline, which the policy holds browsers to: text of a model, of a
 * data set or of a run that looked like a script could do nothing.
 */

import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fp from 'fastify-plugin';
import { contentPolicy } from './content-policy.ts';

const BUILT = fileURLToPath(new URL('../../web/dist', import.meta.url));
const POLICY = contentPolicy();
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export const webPage = fp(async (app) => {
  const names = await readdir(BUILT, { recursive: true });
  for (const name of names.sort()) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const file = await readFile(join(BUILT, name));
    const path = name.replaceAll('\\', '/');
    // Their names change with what is in them.
    const caching = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    app.get(path === 'index.html' ? '/' : `/${path}`, { schema: { hide: true } }, async (_request, reply) =>
      reply
        .type(type)
        .headers({
          'cache-control': caching,
          'content-security-policy': POLICY,
          'referrer-policy': 'no-referrer',
        })
        .send(file),
    );
  }
});

/** The mark, for the documentation. */
export const mark = (): Promise<Buffer> => readFile(join(BUILT, 'mark.svg'));
