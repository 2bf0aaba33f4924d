/**
 * Who asks, and what they may: API keys with scopes, and what belongs to whom.
 *
 * On a loopback address no key is needed, and everybody may do everything; a key that is sent all the same is ignored.
 * A route says which scope it takes; one of /v1 that says nothing takes `admin`, so that a forgotten scope opens
 * nothing.
 */
import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Quota, Scope } from '../database/api-keys.ts';
import { countRequest } from '../database/rate-counts.ts';
import type { Owner } from '../database/runs.ts';
import { CodedError } from '../errors.ts';
import type { Services } from '../services.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose runs and jobs the request sees. */
    owner(): Owner;
    /** Of the API key that asks; undefined where there is none. */
    quota(): Quota | undefined;
  }
  interface FastifyContextConfig {
    /** `any`: every key will do. */
    scope?: Scope | 'any';
  }
}

const ANYBODY: Owner = { keyId: null, all: true };
const NOBODY: Owner = { keyId: null, all: false };
const MINUTE = 60_000;

export const access = fp<{ services: Services }>(async (app, { services }) => {
  const { keysNeeded = false, rateLimit: max = 600 } = services.access ?? {};
  const owners = new WeakMap<FastifyRequest, Owner>();
  app.decorateRequest('owner', function (this: FastifyRequest) {
    return owners.get(this) ?? NOBODY;
  });

  const quotas = new WeakMap<FastifyRequest, Quota>();
  app.decorateRequest('quota', function (this: FastifyRequest) {
    return quotas.get(this);
  });

  app.addHook('onRequest', async (request, reply) => {
    if (!keysNeeded) {
      owners.set(request, ANYBODY);
      return;
    }
    const scope = scopeOf(request);
    // Documentation and health are there for everybody, and when the database is away.
    if (scope === 'open') return;
    const key = keyOf(request);
    if (key === undefined) {
      reply.header('www-authenticate', 'Bearer');
      throw new CodedError('api_key_missing');
    }
    const found = await services.records.apiKeys.verify(key);
    if (found === undefined) {
      reply.header('www-authenticate', 'Bearer error="invalid_token"');
      throw new CodedError('api_key_invalid');
    }
    const admin = found.scopes.includes('admin');
    // Also of one who may not do this: it is on record who tried.
    owners.set(request, { keyId: found.id, all: admin });
    quotas.set(request, found.quota);
    if (scope !== 'any' && !admin && !found.scopes.includes(scope)) {
      throw new CodedError('scope_missing', `This takes an API key with the scope "${scope}".`);
    }
  });

  const mostOf = (request: FastifyRequest) => request.quota()?.requestsPerMinute ?? max;
  await app.register(rateLimit, {
    max: mostOf,
    timeWindow: MINUTE,
    store: countingIn(services.records.database),
    keyGenerator: (request) => request.owner().keyId ?? '',
    allowList: (request) => request.owner().keyId === null,
    errorResponseBuilder: (request, { ttl }) =>
      new CodedError(
        'rate_limited',
        `This API key may ask ${mostOf(request)} times a minute. Try again later.`,
        {
          retryAfter: Math.max(1, Math.ceil(ttl / 1000)),
        },
      ),
  });
});

/** Counts on all servers together: a key may not ask more because there are more of them. */
function countingIn(database: Services['records']['database']) {
  return class RateStore {
    incr(
      key: string,
      callback: (error: Error | null, result?: { current: number; ttl: number }) => void,
      timeWindow: number,
    ): void {
      countRequest(database, key, timeWindow).then(
        ({ count, left }) => callback(null, { current: count, ttl: left }),
        (error) => {
          // Who needs no record is not refused for one of ours.
          const full = error instanceof CodedError && error.code === 'storage_full';
          if (full) callback(null, { current: 1, ttl: timeWindow });
          else callback(error);
        },
      );
    }
    child(): RateStore {
      return this;
    }
  };
}

function scopeOf({ routeOptions: { url = '', config } }: FastifyRequest): Scope | 'any' | 'open' {
  return config.scope ?? (url.startsWith('/v1/') ? 'admin' : url === '/metrics' ? 'metrics' : 'open');
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
}
