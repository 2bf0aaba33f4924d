/** Requests are checked against their TypeBox schemas; the first fault becomes a sentence that says what to do. */
import type { FastifyServerOptions } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { CodedError } from '../errors.ts';

/** In a schema: the end of the sentence "prompt must be …". Covers everything below it. */
export const EXPECTED = 'x-expected';

interface Node {
  [EXPECTED]?: string;
  type?: string;
  properties?: Record<string, Node>;
  items?: Node;
}

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;
/** Fastify types it after Ajv's own; what it calls is `(data) => {value} | {error}`. */
type BuildValidator = NonNullable<NonNullable<SchemaController['compilersFactory']>['buildValidator']>;

interface Fault {
  keyword: string;
  instancePath: string;
  message: string;
  params: object;
}

/**
 * For Fastify's `schemaController`; a compiler set on an instance would be replaced by Fastify's own wherever a
 * plugin adds a schema.
 */
export const buildValidator = (() => {
  return ({ schema, httpPart }: { schema: unknown; httpPart?: string }) => {
    const validator = Compile(schema as TSchema);
    return (data: unknown) => {
      // Everything in an address or a header is text; in a body, "1" is not 1.
      const value = httpPart === 'body' ? data : Value.Convert(schema as TSchema, data);
      if (validator.Check(value)) return { value };
      const [fault] = validator.Errors(value) as Fault[];
      return { error: describe(schema as Node, fault!, httpPart === 'body' ? 'The body' : 'The request') };
    };
  };
}) as unknown as BuildValidator;

function describe(root: Node, fault: Fault, whole: string): CodedError {
  const names = Object.values(fault.params).flat();
  const parts = fault.instancePath.split('/').slice(1);
  const name = typeof names[0] === 'string' ? names[0] : '';

  let node: Node | undefined = root;
  const path: string[] = [];
  for (const part of parts) {
    if (node?.[EXPECTED] !== undefined) break;
    node = node?.properties?.[part] ?? node?.items;
    path.push(part);
  }
  const pointer = (extra: string[] = []) => [...path, ...extra].map((part) => `/${part}`).join('');
  const subject = path.length === 0 ? whole : path.join('.');

  if (fault.keyword === 'additionalProperties') {
    const known = Object.keys(node?.properties ?? {}).join(', ');
    const message = `There is no field "${[...path, name].join('.')}". ${known === '' ? 'No fields are taken.' : `Known ones: ${known}.`}`;
    return new CodedError('invalid_request', message, { param: pointer([name]) });
  }
  if (fault.keyword === 'required') {
    const expected = node?.properties?.[name]?.[EXPECTED];
    const message = `The field "${[...path, name].join('.')}" is missing${expected === undefined ? '.' : `; it must be ${expected}.`}`;
    return new CodedError('invalid_request', message, { param: pointer([name]) });
  }
  if (node?.[EXPECTED] !== undefined) {
    return new CodedError('invalid_request', `${subject} must be ${node[EXPECTED]}.`, { param: pointer() });
  }
  if (path.length === 0 && node?.type === 'object') {
    return new CodedError(
      'invalid_request',
      `${whole} must be a JSON object, sent with "content-type: application/json".`,
      {
        param: '',
      },
    );
  }
  return new CodedError('invalid_request', `${subject} ${fault.message}.`, { param: pointer() });
}
