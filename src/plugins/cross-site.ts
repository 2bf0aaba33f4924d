/**
 * Keeps the web pages of other sites from steering a server that needs no keys: any page that a browser shows can send
 * requests to 127.0.0.1.
 *
 * - A page whose name is made to mean this machine (DNS rebinding) is told by its `Host`: 421 unless that is a loopback
 *   name, as HOST is one then, or one of ALLOWED_HOSTS.
 * - A page of another origin is told by `Sec-Fetch-Site`, and by `Origin` where a browser sends no such header: 403 for
 *   every method that may change something, as in Go's net/http.CrossOriginProtection. Programs send neither.
 * - No page may show an answer in a frame, where a click meant for it would press a button of the documentation, nor,
 *   unless CORS_ORIGINS opens the server to some, a picture of it.
 * - CORS_ORIGINS opens the server to pages by the names of their origins, with or without keys.
 *
 * Where keys are needed, a page that has none can do nothing, and `Host` is not looked at.
 */
import cors from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { isLoopback } from '../config.ts';
import { CodedError } from '../errors.ts';
import type { Services } from '../services.ts';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];
const METHODS = ['GET', 'HEAD', 'POST', 'DELETE'];
/** What a page may read of an answer beside its body. */
const EXPOSED = [
  'allow',
  'content-disposition',
  'etag',
  'idempotent-replayed',
  'location',
  'preference-applied',
  'retry-after',
  'x-request-id',
  'x-run-id',
  'x-recorded',
  'x-model',
  'x-revision',
  'x-engine',
  'x-seed',
  'x-truncated',
  'x-unknown-words',
  'x-revised-prompt',
  'x-codes',
  'x-steps',
  'x-queue-ms',
  'x-compute-ms',
];
/** Seconds that a browser may remember a preflight for. */
const PREFLIGHT_AGE = 600;

const HOST = /^(?:\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i;

export const crossSite = fp<{ services: Services }>(async (app, { services }) => {
  const { keysNeeded = false, allowedHosts = [], corsOrigins = [] } = services.access ?? {};
  const openToAll = corsOrigins.includes('*');
  const openTo = (origin: string | undefined) =>
    origin !== undefined && (openToAll || corsOrigins.includes(origin.toLowerCase()));

  app.addHook('onRequest', async (request) => {
    const host = hostOf(request);
    if (keysNeeded || host === undefined) return;
    const name = nameOf(host);
    // RFC 6761: every name below localhost is one of this machine.
    if (isLoopback(name) || name.endsWith('.localhost') || allowedHosts.includes(name)) return;
    throw new CodedError(
      'host_not_allowed',
      `This server needs no keys, so it answers to the names of this machine alone, and not to "${name}". ` +
        `If that name is yours, start the server with ALLOWED_HOSTS=${name}.`,
    );
  });

  const headers = {
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': corsOrigins.length === 0 ? 'same-origin' : 'cross-origin',
  };
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    // A page of the web asks first whether it may reach into a local network.
    const { origin, 'access-control-request-private-network': local } = request.headers;
    if (local !== undefined && openTo(origin)) reply.header('access-control-allow-private-network', 'true');
  });

  await app.register(cors, {
    origin: async (origin: string | undefined) => openTo(origin),
    methods: METHODS,
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_AGE,
  });

  if (keysNeeded) return;
  app.addHook('onRequest', async (request) => {
    const { method, headers } = request;
    const { origin, 'sec-fetch-site': site } = headers;
    if (SAFE_METHODS.includes(method) || openTo(origin)) return;
    if (site === undefined ? isOwn(request, origin) : site === 'same-origin' || site === 'none') return;
    throw new CodedError(
      'origin_not_allowed',
      `A page of ${origin === undefined || origin === 'null' ? 'another site' : origin} may not change anything here. ` +
        'If that page is yours, start the server with its origin in CORS_ORIGINS.',
    );
  });
});

/**
 * The address that the client knows this server by, "https://zoo.example.org": what proxies say of it where TRUST_PROXY
 * trusts them, else the `Host` of the request.
 */
export function ownOrigin(request: FastifyRequest): string {
  const { protocol, host, socket } = request;
  const { localAddress = '127.0.0.1', localPort } = socket;
  const address = localAddress.includes(':') ? `[${localAddress}]` : localAddress;
  const known = [host, request.raw.headers.host].find((one) => one !== undefined && HOST.test(one));
  const scheme = ['http', 'https'].includes(protocol) ? protocol : 'http';
  return `${scheme}://${known ?? `${address}:${localPort}`}`;
}

/**
 * The `Host` that came over the wire: a page can send whatever else proxies send, but not this.
 * @returns undefined where HTTP/1.0 has none
 * @throws CodedError invalid_request
 */
function hostOf({ raw }: FastifyRequest): string | undefined {
  const hosts = raw.rawHeaders.filter(
    (_, i) => raw.rawHeaders[i - 1]?.toLowerCase() === 'host' && i % 2 === 1,
  );
  const [host] = hosts;
  if (host === undefined && raw.httpVersionMajor === 1 && raw.httpVersionMinor === 0) return undefined;
  if (hosts.length === 1 && host !== undefined && HOST.test(host)) return host;
  const found = hosts.length === 0 ? 'none' : hosts.length > 1 ? 'several' : 'one that cannot be read';
  throw new CodedError('invalid_request', `A request has one Host header, and this one has ${found}.`);
}

/** Without port and brackets. */
const nameOf = (host: string) =>
  host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/\.$|^\[|\]$/g, '');

/** Without an `Origin` it is no page. Schemes are not compared: a proxy may speak TLS for this server. */
function isOwn(request: FastifyRequest, origin: string | undefined): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  const own = [request.host, request.raw.headers.host].filter((one) => one !== undefined && HOST.test(one));
  return own.some((one) => new URL(`${protocol}//${one}`).host === host);
}
