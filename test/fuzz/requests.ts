/** Requests that the OpenAPI document describes, and every way of getting them wrong. */
import fc from 'fast-check';
import type { Document, Operation, Schema } from './contract.ts';
import { operationsOf } from './contract.ts';
import type { Sent } from './exchange.ts';
import { confused, STRANGE_TEXTS, valuesOf } from './values.ts';

/** What the server has meanwhile: ids of its answers. */
export interface World {
  runs: readonly string[];
  jobs: readonly string[];
  files: readonly string[];
  studies: readonly string[];
}
/** Made when it is sent: only then is it known which ids there are. */
export type Plan = (world: World) => Sent;

export interface Vocabulary {
  models: readonly string[];
  datasets: readonly string[];
  /** Files of pictures, small. */
  pictures: readonly Buffer[];
}

type Header = readonly [name: string, value: string];
interface Draft {
  kind: string;
  operation?: string;
  method: string;
  target: string;
  headers?: readonly Header[];
  body?: Buffer | undefined;
  chunked?: boolean;
}

/** Stand for ids that only the server knows. */
const RUN = '{run}';
const JOB = '{job}';
const FILE = '{file}';
const STUDY = '{study}';

function toSent({ kind, operation, method, target, headers = [], body, chunked = false }: Draft): Plan {
  return ({ runs, jobs, files, studies }) => {
    const pick = (ids: readonly string[]) => ids[(kind.length + target.length) % ids.length] ?? 'none';
    const address = target
      .replaceAll(encodeURIComponent(RUN), pick(runs))
      .replaceAll(encodeURIComponent(JOB), pick(jobs))
      .replaceAll(encodeURIComponent(FILE), pick(files))
      .replaceAll(encodeURIComponent(STUDY), pick(studies));
    const lines = [`${method} ${address} HTTP/1.1`];
    const given = headers.map(([name]) => name.toLowerCase());
    if (!given.includes('host')) lines.push('Host: localhost');
    lines.push(...headers.map(([name, value]) => `${name}: ${value}`), 'Connection: close');
    if (chunked) lines.push('Transfer-Encoding: chunked');
    else if (body !== undefined && !given.includes('content-length'))
      lines.push(`Content-Length: ${body.length}`);
    const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8');
    const sent = body === undefined ? [] : chunked ? inChunks(body) : [body];
    return {
      kind,
      method,
      bytes: Buffer.concat([head, ...sent]),
      after: 'wait',
      ...(operation !== undefined && { operation }),
    };
  };
}

function inChunks(body: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += 1_000) {
    const piece = body.subarray(at, at + 1_000);
    chunks.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return [...chunks, Buffer.from('0\r\n\r\n')];
}

/** @returns requests of every kind, each as often as it deserves */
export function requestsOf(document: Document, vocabulary: Vocabulary): fc.Arbitrary<Plan> {
  const operations = [...operationsOf(document)];
  const known = knownFields(vocabulary);
  const withBody = operations.filter(([, { requestBody }]) => requestBody !== undefined);
  const withForm = withBody.filter(([, { requestBody }]) => requestBody!.content[FORM] !== undefined);
  const any = (list: typeof operations) => fc.constantFrom(...list);
  const chain = (
    list: typeof operations,
    make: (name: string, operation: Operation) => fc.Arbitrary<Draft>,
  ) => any(list).chain(([name, operation]) => make(name, operation));

  const kinds: [weight: number, fc.Arbitrary<Plan>][] = [
    [6, chain(operations, (name, operation) => valid(name, operation, known, vocabulary)).map(toSent)],
    [6, chain(withBody, (name, operation) => wrongFields(name, operation, known)).map(toSent)],
    [3, chain(withBody, brokenJson).map(toSent)],
    [3, chain(operations, wrongType).map(toSent)],
    [4, chain(operations, (name, operation) => strangeParameters(name, operation, known)).map(toSent)],
    [
      3,
      chain(operations, (name, operation) => strangeHeaders(name, operation, known, vocabulary)).map(toSent),
    ],
    [3, chain(withForm, (name, operation) => brokenForm(name, operation, vocabulary)).map(toSent)],
    [2, chain(operations, wrongMethod).map(toSent)],
    [1, nowhere().map(toSent)],
    [2, rawRequests()],
  ];
  return fc.oneof(...kinds.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

const FORM = 'multipart/form-data';
const JSON_TYPE = 'application/json';

function knownFields({ models, datasets, pictures }: Vocabulary): Record<string, fc.Arbitrary<unknown>> {
  const picture = fc.constantFrom(
    ...pictures.map((file) => file.toString('base64')),
    `data:image/png;base64,${pictures[0]!.toString('base64')}`,
  );
  return {
    model: fc.constantFrom(...models),
    base_model: fc.constantFrom(...models, 'job_none'),
    dataset: fc.constantFrom(...datasets),
    image: picture,
    images: fc.array(picture, { minLength: 2, maxLength: 2 }),
    // The others do not run within a test.
    intermediate: fc.constantFrom(false, false, true),
  };
}

/** The address of an operation with values for its parameters. */
function addresses(
  name: string,
  { parameters = [] }: Operation,
  value: (name: string, schema: Schema, place: 'path' | 'query') => fc.Arbitrary<string>,
): fc.Arbitrary<{ method: string; target: string }> {
  const [method = '', path = ''] = name.split(' ');
  const queries = parameters.filter((one) => one.in === 'query');
  const paths = parameters.filter((one) => one.in === 'path');
  const query = fc.record(
    Object.fromEntries(queries.map((q) => [q.name, value(q.name, q.schema, 'query')])),
    {
      requiredKeys: [],
    },
  );
  return fc
    .tuple(fc.record(Object.fromEntries(paths.map((p) => [p.name, value(p.name, p.schema, 'path')]))), query)
    .map(([inPath, inQuery]) => {
      // Without a part the address would be another's.
      const address = path.replaceAll(/\{(\w+)\}/g, (_, key: string) =>
        encodeURIComponent(wellFormed(inPath[key]! || '-')),
      );
      const pairs = Object.entries(inQuery).map(
        ([key, text]) => `${key}=${encodeURIComponent(wellFormed(text!))}`,
      );
      return { method, target: address + (pairs.length > 0 ? `?${pairs.join('&')}` : '') };
    });
}

/** encodeURIComponent takes no half of a pair. */
const wellFormed = (text: string) => text.replaceAll(/[\ud800-\udfff]/gu, '\ufffd');

const standInOf = (path: string): string =>
  path.includes('/runs/') ? RUN : path.includes('/files/') ? FILE : path.includes('/studies/') ? STUDY : JOB;

/** Ids that are there, mostly. */
function goodParameter(
  name: string,
  schema: Schema,
  path: string,
  known: Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<string> {
  if (name === 'id') {
    if (path.includes('/datasets/')) return fc.constantFrom('scenes', 'none');
    if (path.includes('/models/')) return fc.oneof(known.model as fc.Arbitrary<string>, fc.constant('none'));
    return fc
      .constantFrom(standInOf(path), 'latest', 'none')
      .filter((id) => schema.pattern === undefined || new RegExp(schema.pattern).test(id));
  }
  if (name === 'after') return fc.constantFrom(RUN, JOB, 'evt_1');
  return valuesOf(schema, {}, '').map(String);
}

const good = (name: string, operation: Operation, known: Record<string, fc.Arbitrary<unknown>>) =>
  addresses(name, operation, (parameter, schema) => goodParameter(parameter, schema, name, known));

const jsonBody = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '');
const jsonHeader: Header = ['Content-Type', JSON_TYPE];

function valid(
  name: string,
  operation: Operation,
  known: Record<string, fc.Arbitrary<unknown>>,
  vocabulary: Vocabulary,
): fc.Arbitrary<Draft> {
  const content = operation.requestBody?.content ?? {};
  const accepts = fc.constantFrom<Header[]>(
    [],
    [],
    [['Accept', '*/*']],
    [['Accept', 'text/event-stream, */*;q=0.1']],
  );
  const bodies: fc.Arbitrary<Pick<Draft, 'headers' | 'body'>>[] = [];
  if (content[JSON_TYPE]) {
    bodies.push(
      valuesOf(content[JSON_TYPE].schema, known).map((value) => ({
        headers: [jsonHeader],
        body: jsonBody(value),
      })),
    );
  }
  if (content[FORM]) {
    bodies.push(
      valuesOf(content[FORM].schema, { ...known, image: fc.constant(''), images: fc.constant('') }).chain(
        (value) =>
          fc
            .constantFrom(...vocabulary.pictures)
            .map((file) => formOf(partsOf(value as Record<string, unknown>, file))),
      ),
    );
  }
  if (bodies.length === 0) bodies.push(fc.constant({}));
  return fc
    .tuple(good(name, operation, known), fc.oneof(...bodies), accepts, fc.boolean())
    .map(([address, { headers = [], body }, accept, chunked]) => ({
      ...{ kind: 'valid', operation: name, ...address, headers: [...headers, ...accept], body },
      chunked: chunked && body !== undefined,
    }));
}

function wrongFields(
  name: string,
  operation: Operation,
  known: Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<Draft> {
  const { content } = operation.requestBody!;
  const values = valuesOf((content[JSON_TYPE] ?? content[FORM])!.schema, known);
  return fc
    .tuple(good(name, operation, known), confused(fc.oneof(values, confused(values))))
    .map(([address, value]) => ({
      ...{ kind: 'fields', operation: name, ...address },
      headers: [jsonHeader],
      body: jsonBody(value),
    }));
}

const BROKEN_JSON = [
  '',
  '{',
  '}',
  '[]',
  'null',
  '"text"',
  '{"prompt": "a",}',
  "{'prompt': 'a'}",
  '{"prompt": NaN}',
  '{"prompt": 1e999}',
  '{"prompt": "a"} trailing',
  '{"prompt": "a", "prompt": "b"}',
  '{"prompt": "\\ud800"}',
  '{"prompt": "\\u0000"}',
  '{"__proto__": {"isAdmin": true}, "prompt": "a"}',
  '{"constructor": {"prototype": {"x": 1}}, "prompt": "a"}',
  `${'['.repeat(20_000)}`,
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  `{"prompt": "${'a'.repeat(1_100_000)}"}`,
  '\ufeff{"prompt": "a"}',
  '// comment\n{"prompt": "a"}',
].map((text) => Buffer.from(text));
BROKEN_JSON.push(
  Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
  Buffer.from('{"prompt": "café"}', 'latin1'),
  Buffer.from('{"prompt": "a"}', 'utf16le'),
  Buffer.alloc(300),
  Buffer.from('{"prompt": "a"}').subarray(0, 9),
);

function brokenJson(name: string): fc.Arbitrary<Draft> {
  const [method = '', path = ''] = name.split(' ');
  const target = path.replaceAll(/\{\w+\}/g, 'none');
  return fc.tuple(fc.constantFrom(...BROKEN_JSON), fc.boolean()).map(([body, chunked]) => ({
    ...{ kind: 'json', operation: name, method, target, headers: [jsonHeader], body, chunked },
  }));
}

const TYPES = [
  'text/plain',
  'text/xml',
  'application/x-www-form-urlencoded',
  'application/json; charset=latin1',
  'application/json; charset=utf-16',
  'application/jsonp',
  'application/vnd.api+json',
  'APPLICATION/JSON',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  `multipart/form-data; boundary=${'b'.repeat(200)}`,
  'multipart/mixed; boundary=b',
  'image/png',
  'nonsense',
  '',
  ';;;',
  'a/b; c="',
];
const CODINGS: Header[][] = [[], [], [['Content-Encoding', 'gzip']], [['Content-Encoding', 'nonsense']]];

function wrongType(name: string): fc.Arbitrary<Draft> {
  const [method = '', path = ''] = name.split(' ');
  const target = path.replaceAll(/\{\w+\}/g, 'none');
  return fc
    .tuple(
      fc.constantFrom(...TYPES),
      fc.constantFrom(...CODINGS),
      fc.constantFrom('', '{}', '<x/>', 'a=1&b=2'),
      fc.boolean(),
    )
    .map(([type, coding, body, chunked]) => ({
      ...{ kind: 'type', operation: name, method, target, body: Buffer.from(body), chunked },
      headers: [['Content-Type', type] as const, ...coding],
    }));
}

const STRANGE_PARTS = [
  '..',
  '.',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '%00',
  '%ff',
  '%zz',
  '%',
  '%c0%ae',
  '%ed%a0%80',
  '*',
  ':id',
  '{id}',
  ' ',
  'a b',
  'é',
  '..;/x',
  '\\..\\x',
];
const STRANGE_QUERIES = [
  'limit=1&limit=2',
  'limit[]=1',
  'limit[a]=1',
  '__proto__[x]=1',
  'constructor=1',
  'limit=',
  '=',
  '&&&',
  '?',
  'limit',
  '%00=1',
  'limit=%00',
  'limit=%ff',
  'after=%zz',
  `after=${'x'.repeat(5_000)}`,
  'limit=1e2',
  'limit=0x1',
  'limit=+1',
  'limit=-1',
  'limit=1.0',
  'limit=99999999999999999999',
  '#',
  ';limit=1',
];

function strangeParameters(
  name: string,
  operation: Operation,
  known: Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<Draft> {
  const [method = '', path = ''] = name.split(' ');
  const strange = addresses(name, operation, (parameter, schema, place) =>
    fc.oneof(
      fc
        .constantFrom(...STRANGE_TEXTS)
        .filter((text) => place === 'query' || (text !== '' && text !== '.' && text !== '..')),
      goodParameter(parameter, schema, name, known),
    ),
  ).map((address): Draft => ({ kind: 'parameters', operation: name, ...address }));
  // As bytes: it may lead anywhere.
  const raw = fc.constantFrom(...STRANGE_PARTS).map(
    (part): Draft => ({
      kind: 'parameters',
      method,
      target: path.includes('{') ? path.replaceAll(/\{\w+\}/g, part) : `${path}/${part}`,
    }),
  );
  const query = fc.tuple(good(name, operation, known), fc.constantFrom(...STRANGE_QUERIES)).map(
    ([{ target }, text]): Draft => ({
      kind: 'query',
      operation: name,
      method,
      target: `${target.split('?')[0]}?${text}`,
    }),
  );
  return fc.oneof(strange, raw, query);
}

const HEADERS: Header[] = [
  ...[
    '',
    '*',
    'image/png',
    'image/png;q=0, */*',
    'text/event-stream',
    'image/*;q=0.5, application/json;q=0.4',
    ';;;,,,',
    'a'.repeat(3_000),
    '*/*;q=nan',
  ].map((value): Header => ['Accept', value]),
  ...['', 'x', 'a b', 'é', '\u0001', 'x'.repeat(256), 'x'.repeat(255), '__proto__'].map(
    (value): Header => ['Idempotency-Key', value],
  ),
  ...['', 'evt_1', '\u0001', '-1', 'x'.repeat(3_000)].map((value): Header => ['Last-Event-ID', value]),
  ...['http://evil.example', 'null', '', 'http://localhost', '://', 'x'.repeat(1_000)].map(
    (value): Header => ['Origin', value],
  ),
  ...['cross-site', 'same-origin', 'nonsense'].map((value): Header => ['Sec-Fetch-Site', value]),
  ...[
    'evil.example',
    'localhost:99999999',
    '[::1',
    'a b',
    '',
    '127.0.0.1:80',
    '[::1]:3000',
    'user@localhost',
  ].map((value): Header => ['Host', value]),
  ...['Bearer x', 'Basic x', 'Bearer', ''].map((value): Header => ['Authorization', value]),
  ...['a/b', 'é', '', '\u0001', 'x'.repeat(129), 'mine-1'].map((value): Header => ['X-Request-Id', value]),
  ...['bytes=0-1', 'bytes=-1', 'nonsense'].map((value): Header => ['Range', value]),
  ...['100-continue', 'nonsense'].map((value): Header => ['Expect', value]),
  ['If-None-Match', '*'],
  ['If-Modified-Since', 'nonsense'],
  ['Accept-Encoding', 'gzip;q=x'],
  ['X-Forwarded-For', '1.2.3.4'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Forwarded-Proto', 'javascript'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Upgrade', 'websocket'],
  ['Upgrade', 'h2c'],
  ['Cookie', 'a=b; __proto__=x'],
  ['Content-Length', '0'],
  ['X-Long', 'x'.repeat(20_000)],
  ['__proto__', 'x'],
  ['constructor', 'x'],
];

function strangeHeaders(
  name: string,
  operation: Operation,
  known: Record<string, fc.Arbitrary<unknown>>,
  vocabulary: Vocabulary,
): fc.Arbitrary<Draft> {
  const strange = fc.array(fc.constantFrom(...HEADERS), { minLength: 1, maxLength: 3 });
  return fc.tuple(valid(name, operation, known, vocabulary), strange).map(([draft, more]) => {
    // A body that is not announced would be taken for the next request.
    const fitting = more.filter(([header]) => draft.body === undefined || header !== 'Content-Length');
    return { ...draft, kind: 'headers', headers: [...(draft.headers ?? []), ...fitting] };
  });
}

function wrongMethod(name: string): fc.Arbitrary<Draft> {
  const path = name.split(' ')[1]!.replaceAll(/\{\w+\}/g, 'none');
  const methods = [
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'LOCK',
    'SEARCH',
    'QUERY',
    'PURGE',
    'M-SEARCH',
  ];
  return fc
    .tuple(fc.constantFrom(...methods), fc.constantFrom(undefined, '', '{}'))
    .map(([method, body]) => ({
      ...{ kind: 'method', method, target: path },
      ...(body !== undefined && { body: Buffer.from(body), headers: [jsonHeader] }),
    }));
}

const nowhere = (): fc.Arbitrary<Draft> =>
  fc
    .tuple(
      fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS'),
      fc.constantFrom(
        '/',
        '//',
        '/v1',
        '/v1/',
        '/v2/models',
        '/.env',
        '/docs/../../etc/passwd',
        '/docs/static/..%2f..%2fpackage.json',
        '/v1/models//x',
        '/V1/Models',
        '/*',
        '/openapi.json?x',
        `/${'a'.repeat(8_000)}`,
      ),
    )
    .map(([method, target]) => ({ kind: 'nowhere', method, target }));

interface Part {
  head: string;
  body: Buffer;
}
const part = (disposition: string, body: Buffer | string, more = ''): Part => ({
  head: `Content-Disposition: form-data; ${disposition}${more}`,
  body: Buffer.from(body),
});

function partsOf(value: Record<string, unknown>, file: Buffer): Part[] {
  return Object.entries(value).flatMap(([name, field]) => {
    if (name === 'file') return [part('name="file"; filename="x.jsonl"', linesOf(file))];
    if (name === 'image') return [part('name="image"; filename="x.png"', file)];
    if (name === 'images') return [1, 2].map(() => part('name="images"; filename="x.png"', file));
    return [part(`name="${name}"`, typeof field === 'string' ? field : JSON.stringify(field))];
  });
}

/** What OpenAI's models are tuned with: pictures that differ, with a question each. */
function linesOf(file: Buffer): string {
  const lines = [0, 1, 2, 3].map((i) => {
    // Bytes behind a picture are nobody's.
    const url = `data:image/png;base64,${Buffer.concat([file, Buffer.alloc(i)]).toString('base64')}`;
    const content = [
      { type: 'text', text: 'is it large?' },
      { type: 'image_url', image_url: { url } },
    ];
    return JSON.stringify({
      messages: [
        { role: 'user', content },
        { role: 'assistant', content: i % 2 === 0 ? 'yes' : 'no' },
      ],
    });
  });
  return lines.join('\n');
}

function formOf(parts: readonly Part[], { boundary = 'b-o-u-n-d', end = '--' } = {}) {
  const pieces = parts.flatMap(({ head, body }) => [
    Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
    body,
    Buffer.from('\r\n'),
  ]);
  return {
    headers: [['Content-Type', `${FORM}; boundary=b-o-u-n-d`] as const],
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}${end}\r\n`)]),
  };
}

function brokenForm(name: string, _operation: Operation, { pictures }: Vocabulary): fc.Arbitrary<Draft> {
  const [method = '', target = ''] = name.split(' ');
  const file = pictures[0]!;
  const image = part('name="image"; filename="x.png"', file);
  const images = part('name="images"; filename="x.png"', file);
  const text = part('name="question"', 'what is it');
  const strangeParts: Part[] = [
    image,
    images,
    text,
    part('name="statement"', 'two dogs'),
    part('name="image"', file),
    part('name="image"; filename=""', ''),
    part('name="file"; filename="x.jsonl"', linesOf(file)),
    part('name="file"; filename="x.jsonl"', linesOf(file).slice(0, 500)),
    part('name="file"; filename="x.zip"', 'PK\x03\x04 nonsense'),
    part('name="file"', Buffer.from('\ufefftext', 'utf16le'), '\r\nContent-Type: application/octet-stream'),
    part('name="image"; filename="x.png"', ''),
    part('name="image"; filename="../../etc/passwd"', file),
    part('name="image"; filename="x.png"', file.subarray(0, file.length / 2)),
    part('name="image"; filename="x.png"', 'no picture', '\r\nContent-Type: image/png'),
    part('name="image"; filename="x.png"', file.toString('base64'), '\r\nContent-Transfer-Encoding: base64'),
    part('filename="x.png"', file),
    part('name=""', 'x'),
    part('name="__proto__"', 'x'),
    part('name="constructor"', '{"prototype": 1}', '\r\nContent-Type: application/json'),
    part('name="question"; filename="q.txt"', 'x'),
    part('name="question"', Buffer.from([0xff, 0xfe, 0])),
    part('name="question"', 'a\0b'),
    part('name="question"', 'x'.repeat(70_000)),
    part(`name="${'n'.repeat(200)}"`, 'x'),
    part('name="sampler"', '{"strategy": "gibbs", "__proto__": {}}', '\r\nContent-Type: application/json'),
    part('name="sampler"', '{', '\r\nContent-Type: application/json'),
    part('name="top_k"', '1e9'),
    part('name="n"', '-1'),
    part('name="unknown"', 'x'),
    { head: 'X: y', body: Buffer.from('x') },
    { head: `X: ${'y'.repeat(20_000)}`, body: Buffer.from('x') },
    { head: '', body: Buffer.from('x') },
  ];
  return fc
    .tuple(
      fc
        .array(fc.constantFrom(...strangeParts), { maxLength: 40 })
        .map((parts) => parts.slice(0, parts.length % 7 === 0 ? 40 : 6)),
      fc.constantFrom({}, {}, {}, { boundary: 'other' }, { end: '' }, { end: '-' }),
      fc.constantFrom('whole', 'whole', 'whole', 'cut', 'half', 'preamble'),
      fc.boolean(),
    )
    .map(([parts, how, shape, chunked]) => {
      const { headers, body } = formOf(parts, how);
      const bytes =
        shape === 'cut'
          ? body.subarray(0, -3)
          : shape === 'half'
            ? body.subarray(0, body.length / 2)
            : shape === 'preamble'
              ? Buffer.concat([Buffer.from('preamble\r\n'), body])
              : body;
      return { kind: 'form', operation: name, method, target, headers, body: bytes, chunked };
    });
}

const H = 'Host: localhost\r\n';
const POST = `POST /v1/generate-image HTTP/1.1\r\n${H}Content-Type: application/json\r\n`;
const END = 'Connection: close\r\n\r\n';
/** Whatever comes back is an error in the one shape, or the end of the connection. */
const RAW = [
  '',
  '\r\n\r\n',
  'GET',
  'GET / HTTP/1.1\r\n',
  `GET /v1/models HTTP/1.1\r\n${H}X: y`,
  `GET /v1/models HTTP/0.9\r\n${H}\r\n`,
  'GET /v1/models\r\n\r\n',
  `GET /v1/models HTTP/1.2\r\n${H}${END}`,
  `GET /v1/models HTTP/2.0\r\n${H}${END}`,
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  `\x16\x03\x01\x02\x00\x01\x00`,
  `GET http://evil.example/v1/models HTTP/1.1\r\n${H}${END}`,
  `CONNECT localhost:80 HTTP/1.1\r\n${H}${END}`,
  `OPTIONS * HTTP/1.1\r\n${H}${END}`,
  `GET /v1/models HTTP/1.1\r\n${END}`,
  `GET /v1/models HTTP/1.1\r\n${H}${H}${END}`,
  `GET /v1/models HTTP/1.1\r\nHost : localhost\r\n${END}`,
  `GET /v1/models HTTP/1.1\r\n${H}X: a\r\n folded\r\n${END}`,
  `GET /v1/models HTTP/1.1\r\n${H}X: a\0b\r\n${END}`,
  `GET /v1/models HTTP/1.1\r\n${H}X\r\n${END}`,
  `GET /v1/models HTTP/1.1\n${H.replace('\r', '')}\n`,
  `GET  /v1/models  HTTP/1.1\r\n${H}${END}`,
  `GET /v1/mod els HTTP/1.1\r\n${H}${END}`,
  `GET /v1/\0 HTTP/1.1\r\n${H}${END}`,
  `${POST}Content-Length: 5\r\nContent-Length: 6\r\n${END}{"a":1}`,
  `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n${END}0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n${END}0\r\n\r\n`,
  `${POST}Transfer-Encoding: xchunked\r\n${END}0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n${END}zz\r\n{}\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n${END}-1\r\n{}\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n${END}ffffffffffffffffff\r\n{}\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n${END}2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n${END}2\r\n{}\r\n0\r\nX: y\r\n\r\n`,
  `${POST}Content-Length: -1\r\n${END}`,
  `${POST}Content-Length: 1e3\r\n${END}{}`,
  `${POST}Content-Length: 99999999999999999999\r\n${END}{}`,
  `${POST}Content-Length: 3\r\n${END}{}`,
  `${POST}Content-Length: 500\r\n${END}{"prompt":`,
  `${POST}Content-Length: 2\r\n\r\n{}GET /v1/models HTTP/1.1\r\n${H}${END}`,
  `GET /v1/models HTTP/1.1\r\n${H}\r\nGET /v1/runs HTTP/1.1\r\n${H}${END}`,
  `GET /v1/models HTTP/1.1\r\n${H}\r\nnonsense\r\n\r\n`,
  `${'GET /v1/models HTTP/1.1\r\n'}${H}${'X: y\r\n'.repeat(3_000)}${END}`,
];

function rawRequests(): fc.Arbitrary<Plan> {
  return fc
    .tuple(fc.constantFrom(...RAW), fc.constantFrom('end' as const, 'hang-up' as const))
    .map(([text, after]) => () => ({
      kind: 'raw',
      method: 'GET',
      bytes: Buffer.from(text, 'latin1'),
      after,
    }));
}
