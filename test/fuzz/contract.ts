/** What the OpenAPI document promises of answers, held against those that came. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer, Outcome, Sent } from './exchange.ts';

export interface Operation {
  parameters?: { in: 'path' | 'query' | 'header'; name: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description?: string; content?: Record<string, unknown> }>;
}
export interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  maxItems?: number;
}
export interface Document {
  paths: Record<string, Record<string, Operation>>;
}

/** The same without references: none of the document's schemas holds itself. */
export function dereferenced(document: Document): Document {
  const resolve = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(resolve);
    if (typeof node !== 'object' || node === null) return node;
    const { $ref, ...own } = node as Record<string, unknown> & { $ref?: string };
    const inner = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, resolve(value)]));
    if ($ref === undefined) return inner;
    const found = $ref
      .split('/')
      .slice(1)
      .reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], document);
    return { ...(resolve(found) as object), ...inner };
  };
  return resolve(document) as Document;
}

/** By their names, `GET /v1/models/{id}`. */
export const operationsOf = ({ paths }: Document): Map<string, Operation> =>
  new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    ),
  );

/** A 5xx that the server may answer: it says when to come back. */
const UNAVAILABLE = [503, 507];

/** @returns what is wrong with an outcome; nothing, for one that keeps what the document promises */
export function createContract(document: Document): (sent: Sent, outcome: Outcome) => string[] {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');
  const operations = operationsOf(document);
  const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
  const pointer = (...parts: string[]) => `openapi#/${parts.map(escaped).join('/')}`;

  function matches(reference: string, body: Buffer): string[] {
    let value: unknown;
    try {
      value = JSON.parse(body.toString());
    } catch {
      return ['a body that says it is JSON and is not'];
    }
    const validate = ajv.getSchema(reference) ?? ajv.compile({ $ref: reference });
    return validate(value) ? [] : [`a body that its schema refuses: ${ajv.errorsText(validate.errors)}`];
  }

  function checkDocumented(sent: Sent, operation: string, { status, headers, body }: Answer): string[] {
    const [method = '', path = ''] = operation.split(' ');
    const { responses } = operations.get(operation)!;
    const family = `${Math.floor(status / 100)}XX`;
    const documented = responses[status] ?? responses[family];
    if (documented === undefined) return [`status ${status}, which the document does not have`];
    if (responses[status] === undefined && !documented.description?.includes(`- ${status}: `))
      return [`status ${status}, which its description does not have`];
    const types = Object.keys(documented.content ?? {});
    const type = headers['content-type']?.split(';')[0] ?? '';
    if (sent.method === 'HEAD' || (types.length === 0 && body.length === 0)) return [];
    if (!types.includes(type)) {
      // Of an address that answers several types, the others are those of the addresses below it.
      const below = [...operations]
        .filter(([name]) => name.startsWith(`${operation}/`))
        .flatMap(([, one]) => Object.keys(one.responses[status]?.content ?? {}));
      if (below.includes(type)) return body.length > 0 ? [] : ['an empty body'];
      return [`type "${type}", which the document does not have for ${status}`];
    }
    // A text may be empty, a file or a stream may not.
    if (type !== 'application/json') return body.length > 0 || type === 'text/plain' ? [] : ['an empty body'];
    return matches(
      pointer(
        ...['paths', path, method.toLowerCase(), 'responses'],
        ...[status in responses ? String(status) : family, 'content', type, 'schema'],
      ),
      body,
    );
  }

  function checkError({ headers, body }: Answer): string[] {
    const faults = matches(pointer('components', 'schemas', 'Error'), body);
    if (faults.length > 0) return faults;
    const { error } = JSON.parse(body.toString());
    return error.request_id === headers['x-request-id'] ? [] : ['a request_id that is not x-request-id'];
  }

  return (sent, outcome) => {
    if (outcome === 'hung') return ['no answer and no end'];
    if (outcome === 'nonsense') return ['something that is no HTTP'];
    if (outcome === 'closed') return sent.after === 'wait' ? ['an end without an answer'] : [];
    const { status, headers } = outcome;
    const faults: string[] = [];
    if (status >= 500 && !UNAVAILABLE.includes(status)) faults.push(`status ${status}`);
    if (headers['x-request-id'] === undefined) faults.push('no x-request-id');
    if ([405, 503].includes(status) && sent.method !== 'HEAD') {
      const needed = status === 405 ? 'allow' : 'retry-after';
      if (headers[needed] === undefined) faults.push(`a ${status} without ${needed}`);
    }
    if (status >= 400 && sent.method !== 'HEAD') faults.push(...checkError(outcome));
    if (sent.operation !== undefined) faults.push(...checkDocumented(sent, sent.operation, outcome));
    return faults;
  };
}
