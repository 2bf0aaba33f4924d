import { readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../src/errors.ts';
import { openapiDocument } from '../src/openapi-document.ts';
import { decodePicture } from '../src/pictures/decode-picture.ts';
import { readPictureHeader } from '../src/pictures/picture-header.ts';
import { CaptionBody } from '../src/routes/caption/schema.ts';
import { PaintBody } from '../src/routes/generate-image/schema.ts';
import { Nlvr2Body } from '../src/routes/nlvr2/schema.ts';
import { EXAMPLE_PICTURE } from '../src/routes/pictures.ts';
import { JobBody } from '../src/routes/train-jobs/schema.ts';
import { VqaBody } from '../src/routes/vqa/schema.ts';
import { KINDS } from '../src/training/kinds.ts';
import { dereferenced } from './fuzz/contract.ts';

const committed = readFileSync(new URL('../openapi/openapi.json', import.meta.url), 'utf8');

const TASKS = ['/v1/generate-image', '/v1/caption', '/v1/vqa', '/v1/nlvr2'] as const;

/** Without references. */
const whole = dereferenced(JSON.parse(committed)) as unknown as {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as far as they like
  paths: Record<string, any>;
};

describe('openapi/openapi.json', () => {
  it('is what the routes say (npm run openapi writes it)', async () => {
    expect(await openapiDocument()).toBe(committed);
  });

  it('names every error code under the statuses it comes with', () => {
    const { components, paths } = JSON.parse(committed);
    expect(components.schemas.Error.properties.error.properties.code.enum).toEqual(Object.keys(ERRORS));
    for (const path of TASKS) {
      const { responses } = paths[path].post;
      for (const [code, { status }] of Object.entries(ERRORS)) {
        // 499 is written into records only; 405 has no operation; 406 is for those who can choose.
        if (status === 499 || status === 405 || (status === 406 && path !== '/v1/generate-image')) continue;
        const { description } = responses[`${Math.floor(status / 100)}XX`];
        expect(description).toMatch(new RegExp(`- ${status}: .*\`${code}\``));
      }
    }
  });

  it('has every hyperparameter of every kind of training with its range', () => {
    const { paths } = whole;
    const { oneOf } = paths['/v1/train-jobs'].post.requestBody.content['application/json'].schema;
    // A constant is written as a list of one.
    const named = oneOf.map(({ properties }: OfKind) => properties.kind.enum![0]);
    expect(named).toEqual(KINDS.map(({ name }) => name));
    for (const [i, kind] of KINDS.entries()) {
      const { properties } = oneOf[i].properties.hyperparameters;
      for (const [name, schema] of Object.entries(
        kind.hyperparameters.properties as Record<string, object>,
      )) {
        // The document writes one constant as a list of one.
        const { anyOf: choices, ...rest } = schema as { anyOf?: object[] };
        expect([kind.name, name, properties[name]]).toEqual([kind.name, name, expect.objectContaining(rest)]);
        expect([name, properties[name].anyOf?.length]).toEqual([name, choices?.length]);
        const { type, minimum, exclusiveMinimum, maximum, exclusiveMaximum, anyOf } = properties[name];
        const low = minimum ?? exclusiveMinimum;
        const high = maximum ?? exclusiveMaximum;
        if (type !== 'boolean' && anyOf === undefined) {
          expect([kind.name, name, typeof low, typeof high]).toEqual([kind.name, name, 'number', 'number']);
        }
      }
    }
  });

  it('shows examples that its own schema accepts', () => {
    const { paths } = JSON.parse(committed);
    for (const [path, body] of [
      ['/v1/generate-image', PaintBody],
      ['/v1/caption', CaptionBody],
      ['/v1/vqa', VqaBody],
      ['/v1/nlvr2', Nlvr2Body],
    ] as const) {
      const { example } = paths[path].post.requestBody.content['application/json'];
      expect([path, Value.Check(body, example)]).toEqual([path, true]);
    }
    const { example } = paths['/v1/train-jobs'].post.requestBody.content['application/json'];
    const { oneOf } = JobBody(KINDS) as unknown as { oneOf: OfKind[] };
    const body = oneOf.find(({ properties }) => properties.kind.const === example.kind) as unknown as TSchema;
    expect([...Value.Errors(body, example)]).toEqual([]);
  });

  it('has a picture for an example that can be decoded', async () => {
    const file = Buffer.from(EXAMPLE_PICTURE.split(',')[1]!, 'base64');
    expect(readPictureHeader(file)).toEqual({ format: 'webp', width: 128, height: 128 });
    expect(await decodePicture(file, 128)).toHaveLength(128 * 128 * 3);
  });

  it('offers file choosers in operations of their own', () => {
    const { paths } = whole;
    for (const path of TASKS.slice(1)) {
      expect(Object.keys(paths[path].post.requestBody.content)).toEqual(['application/json']);
      const { content } = paths[`${path}/upload`].post.requestBody;
      expect(Object.keys(content)).toEqual(['multipart/form-data']);
      const { image, images } = content['multipart/form-data'].schema.properties;
      expect(image ?? images.items).toMatchObject({ type: 'string', format: 'binary' });
    }
  });

  it('gives generators a name for every operation and body, and one type of body', () => {
    const { paths } = JSON.parse(committed) as { paths: Record<string, Record<string, Operation>> };
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    const names = operations.map(({ operationId }) => operationId);
    expect(names.filter((name) => !/^[a-z][A-Za-z0-9]+$/.test(name ?? ''))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    for (const { operationId, requestBody } of operations) {
      if (requestBody === undefined) continue;
      const [body, ...others] = Object.values(requestBody.content);
      expect([operationId, others]).toEqual([operationId, []]);
      expect([operationId, body!.schema.$ref]).toEqual([
        operationId,
        expect.stringMatching(/^#\/components\/schemas\/\w+$/),
      ]);
    }
  });

  it('says of every enum what type it has, and fills in nothing that changes the newest job', () => {
    const untyped: unknown[] = [];
    const look = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      if ('enum' in node && Array.isArray(node.enum) && !('type' in node)) untyped.push(node);
      for (const inner of Object.values(node)) look(inner);
    };
    look(JSON.parse(committed));
    expect(untyped).toEqual([]);
    for (const [path, methods] of Object.entries(whole.paths)) {
      for (const [method, { parameters = [] }] of Object.entries(methods) as [string, Operation][]) {
        if (method === 'get') continue;
        for (const parameter of parameters) expect([path, parameter.example]).toEqual([path, undefined]);
      }
    }
  });
});

interface Operation {
  operationId?: string;
  requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
  parameters?: { example?: unknown }[];
}

interface OfKind {
  properties: { kind: { const?: string; enum?: string[] } };
}
