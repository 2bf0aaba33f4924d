/** Requests are checked against their TypeBox schemas; the first fault becomes a sentence that says what to do. */
import type { FastifyServerOptions } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { CodedError } from '../errors.ts';
import { isStorable, storable } from '../text.ts';

/** In a schema: the end of the sentence "prompt must be …". Covers everything below it. */
export const EXPECTED = 'x-expected';

interface Node {
  [EXPECTED]?: string;
  type?: string;
  minLength?: number;
  default?: unknown;
  required?: string[];
  properties?: Record<string, Node>;
  items?: Node;
  /** Several kinds of body, told apart by the field that the discriminator names. */
  oneOf?: Node[];
  discriminator?: { propertyName: string };
  const?: string;
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
  return ({
    schema,
    httpPart,
    contentType,
  }: {
    schema: unknown;
    httpPart?: string;
    contentType?: string;
  }) => {
    const check = whenFirstUsed(() => checkerOf(schema as Node, httpPart, contentType));
    // Parts of a path are ids and names of files, which have none of these: the route says that there is no such thing.
    if (httpPart === 'params')
      return (data: unknown) => check(withStorableTexts(data as Record<string, string>));
    return (data: unknown) => {
      const checked = check(data);
      // Only now is it sure that it is not nested without end.
      const pointer = 'value' in checked ? unstorableText(checked.value) : undefined;
      return pointer === undefined ? checked : { error: unstorable(pointer) };
    };
  };
}) as unknown as BuildValidator;

/** Compiling all schemas takes longer than the rest of a start: each one waits for its first request. */
export function whenFirstUsed<Data, Result>(compile: () => (data: Data) => Result): (data: Data) => Result {
  let compiled: ((data: Data) => Result) | undefined;
  return (data) => {
    compiled ??= compile();
    return compiled(data);
  };
}

type Check = (data: unknown) => { value: unknown } | { error: CodedError };

function checkerOf(schema: Node, httpPart: string | undefined, contentType: string | undefined): Check {
  const { oneOf, discriminator } = schema;
  if (oneOf !== undefined && discriminator !== undefined)
    return oneOfKinds(oneOf, discriminator.propertyName);
  const validator = Compile(schema as TSchema);
  // Everything in an address, a header or a form is text; in JSON, "1" is not 1.
  const isText = httpPart !== 'body' || contentType === 'multipart/form-data';
  return (data: unknown) => {
    const value = isText ? fromText(schema, data, httpPart === 'body') : data;
    if (validator.Check(value)) return { value };
    const [fault] = validator.Errors(value) as Fault[];
    return { error: describe(schema, fault!, httpPart === 'body' ? 'The body' : 'The request') };
  };
}

const withStorableTexts = (params: Record<string, string>) =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, storable(value)]));

/** JSON pointer of the first text, or name of a field, that the database would not take. */
function unstorableText(value: unknown, pointer = ''): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : pointer;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    // The name itself could not be sent back.
    if (!isStorable(name)) return pointer;
    const found = unstorableText(inner, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function unstorable(pointer: string): CodedError {
  const where = pointer === '' ? 'The name of a field' : pointer.slice(1).replaceAll('/', '.');
  const what = 'has a character that no text has: NUL, or half of a surrogate pair';
  return new CodedError('invalid_request', `${where} ${what}.`, { param: pointer });
}

/** A body is checked against the kind that it says it is: the faults of the others would tell nobody anything. */
function oneOfKinds(kinds: Node[], field: string): Check {
  const validators = new Map(
    kinds.map((kind) => [kind.properties?.[field]?.const, { kind, validator: Compile(kind as TSchema) }]),
  );
  const names = [...validators.keys()].join(', ');
  return (value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return {
        error: describe(
          { type: 'object' },
          { keyword: 'type', instancePath: '', message: '', params: {} },
          'The body',
        ),
      };
    }
    const name = (value as Record<string, unknown>)[field];
    const found = validators.get(name as string);
    if (found === undefined) {
      const what = name === undefined ? `The field "${field}" is missing; it` : field;
      return {
        error: new CodedError('invalid_request', `${what} must be one of ${names}.`, { param: `/${field}` }),
      };
    }
    if (found.validator.Check(value)) return { value };
    const [fault] = found.validator.Errors(value) as Fault[];
    return { error: describe(found.kind, fault!, 'The body') };
  };
}

/**
 * TypeBox's own conversion would make 1 of 1.5 and of true.
 * @param form an optional field that was left empty counts as left out: browsers send it all the same
 */
function fromText({ properties = {}, required = [] }: Node, data: unknown, form: boolean): unknown {
  const entries = Object.entries(data as Record<string, unknown>).filter(([name, value]) => {
    const { type, minLength = 0, default: preset } = properties[name] ?? { type: 'string' };
    const mayBeEmpty = type === 'string' && minLength === 0 && preset !== '';
    return !(form && value === '' && !required.includes(name) && !mayBeEmpty);
  });
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const type = properties[name]?.type ?? '';
      if (typeof value !== 'string') return [name, value];
      if (type === 'object') return [name, fromJson(value)];
      if (type === 'boolean' && /^(true|false)$/i.test(value)) return [name, value.toLowerCase() === 'true'];
      const number = ['integer', 'number'].includes(type) && /^-?\d+(\.\d+)?$/.test(value);
      return [name, number ? Number(value) : value];
    }),
  );
}

/** The text itself when it is not JSON: the schema will refuse it. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function describe(root: Node, fault: Fault, whole: string): CodedError {
  const parts = fault.instancePath.split('/').slice(1);

  let node: Node | undefined = root;
  const path: string[] = [];
  for (const part of parts) {
    if (node?.[EXPECTED] !== undefined) break;
    node = node?.properties?.[part] ?? node?.items;
    path.push(part);
  }
  const pointer = (extra: string[] = []) => [...path, ...extra].map((part) => `/${part}`).join('');
  const subject = path.length === 0 ? whole : path.join('.');

  // TypeBox reports a field that is not there to be had as a value that its schema, `false`, refuses.
  if (fault.keyword === 'boolean') {
    const known = Object.keys(parentOf(root, parts)?.properties ?? {}).join(', ');
    const message = `There is no field "${parts.join('.')}". ${known === '' ? 'No fields are taken.' : `Known ones: ${known}.`}`;
    return new CodedError('invalid_request', message, { param: fault.instancePath });
  }
  if (fault.keyword === 'required') {
    const [name = ''] = (fault.params as { requiredProperties: string[] }).requiredProperties;
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

const parentOf = (root: Node, parts: string[]): Node | undefined =>
  parts.slice(0, -1).reduce<Node | undefined>((node, part) => node?.properties?.[part] ?? node?.items, root);
