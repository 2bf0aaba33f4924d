/**
 * What generators of clients want of the OpenAPI document beside what @fastify/swagger makes of the routes' schemas:
 * names, types, and one media type an operation.
 *
 * Schemas stay inline in the routes, where validation and serialisation read them; here those that have a name move to
 * `components.schemas`, and a reference stands in their place.
 */
import type { FastifyContextConfig } from 'fastify';
import { KINDS, NAME } from './schema-names.ts';
import { EXPECTED } from './validation.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Media types that the document shows of this operation. It reads or answers others too, which have operations of
     * their own there: a generator takes one of several, and nobody can say which.
     */
    documents?: readonly string[];
    /** The same of its answers, where they differ. */
    answers?: readonly string[];
  }
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Node = { [key: string]: Json };

interface Part {
  content?: Record<string, unknown>;
}

/** The route's schema with the media types that its configuration keeps. */
export function documented<S>(schema: S, { documents, answers = documents }: FastifyContextConfig): S {
  const { body, response, ...rest } = schema as { body?: Part; response?: Record<string, Part> };
  const kept = <T extends Part>(part: T, types: readonly string[] | undefined): T[] => {
    if (part.content === undefined || types === undefined) return [part];
    const entries = Object.entries(part.content).filter(([type]) => types.includes(type));
    return entries.length === 0 ? [] : [{ ...part, content: Object.fromEntries(entries) }];
  };
  return {
    ...rest,
    ...(body !== undefined && { body: kept(body, documents)[0] ?? body }),
    ...(response !== undefined && {
      response: Object.fromEntries(
        Object.entries(response).flatMap(([status, one]) =>
          kept(one, answers).map((part) => [status, part] as const),
        ),
      ),
    }),
  } as S;
}

/** The finished document, for generators. */
export function forGenerators<D extends object>(document: D): D {
  const named: Node = {};
  const { components, ...rest } = withNames(withNotModified(document as unknown as Node), named) as Node;
  const { schemas = {}, ...others } = (components ?? {}) as Node;
  const all = { ...(schemas as Node), ...named };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...rest, components: { ...others, schemas: sorted } } as unknown as D;
}

/** What smaller-answers.ts adds to every read of what is no stream of events. */
function withNotModified({ paths, ...rest }: Node): Node {
  const more = { '304': { description: 'What `If-None-Match` names: nothing is sent again.' } };
  const documented = Object.entries((paths ?? {}) as Record<string, Node>).map(([path, methods]) => {
    const get = methods.get as { responses: Record<string, { content?: Node }> } | undefined;
    const whole = get?.responses['200'];
    if (!get || !whole || 'text/event-stream' in (whole.content ?? {})) return [path, methods];
    return [path, { ...methods, get: { ...get, responses: { ...get.responses, ...more } } }];
  });
  return { ...rest, paths: Object.fromEntries(documented) };
}

function withNames(node: Json, named: Node): Json {
  if (Array.isArray(node)) return node.map((one) => withNames(one, named));
  if (typeof node !== 'object' || node === null) return node;
  const { [NAME]: name, [EXPECTED]: _, ...own } = node;
  const inner = Object.fromEntries(
    Object.entries(own).map(([key, value]) => [key, withNames(value, named)]),
  ) as Node;
  const whole = withMapping(withType(inner));
  if (typeof name !== 'string') return whole;
  // What is said of one place stays there.
  const { description, default: preset, examples, ...schema } = whole;
  const isText = Array.isArray(schema.enum);
  const known = isText ? schema : whole;
  if (named[name] !== undefined && JSON.stringify(named[name]) !== JSON.stringify(known)) {
    throw new Error(`Two schemas have the name ${name}.`);
  }
  named[name] = known;
  const $ref = `#/components/schemas/${name}`;
  if (!isText) return { $ref };
  return Object.fromEntries(
    Object.entries({ $ref, description, default: preset, examples }).filter(([, one]) => one !== undefined),
  ) as Node;
}

/** TypeBox leaves the type of an enum to its values. */
function withType(node: Node): Node {
  const { enum: values, type } = node;
  if (!Array.isArray(values) || type !== undefined) return node;
  const types = [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))];
  return types.length === 1 ? { type: types[0]!, ...node } : node;
}

/** Named kinds of a body, by the value of the field that tells them apart. */
function withMapping(node: Node): Node {
  const { oneOf, discriminator } = node as {
    oneOf?: { $ref?: string }[];
    discriminator?: { propertyName: string };
  };
  const names = (node[KINDS] ?? []) as string[];
  const { [KINDS]: _, ...rest } = node;
  if (oneOf === undefined || discriminator === undefined || names.length !== oneOf.length) return rest;
  const mapping = Object.fromEntries(names.map((name, i) => [name, oneOf[i]!.$ref!]));
  return { ...rest, discriminator: { ...discriminator, mapping } };
}
