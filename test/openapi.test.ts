import { readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../src/errors.ts';
import { openapiDocument } from '../src/openapi-document.ts';
import { PaintBody } from '../src/routes/generate-image/schema.ts';

const committed = readFileSync(new URL('../openapi/openapi.json', import.meta.url), 'utf8');

describe('openapi/openapi.json', () => {
  it('is what the routes say (npm run openapi writes it)', async () => {
    expect(await openapiDocument()).toBe(committed);
  });

  it('names every error code under the statuses it comes with', () => {
    const { components, paths } = JSON.parse(committed);
    expect(components.schemas.Error.properties.error.properties.code.enum).toEqual(Object.keys(ERRORS));
    const { responses } = paths['/v1/generate-image'].post;
    for (const [code, { status }] of Object.entries(ERRORS)) {
      // 499 is written into records only.
      if (status !== 499) expect(responses[status].description).toContain(`\`${code}\``);
    }
  });

  it('shows examples that its own schema accepts', () => {
    const { paths } = JSON.parse(committed);
    const { example } = paths['/v1/generate-image'].post.requestBody.content['application/json'];
    expect(Value.Check(PaintBody, example)).toBe(true);
  });
});
