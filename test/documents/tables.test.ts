import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configFlags } from '../../src/config.ts';
import { ERRORS } from '../../src/errors.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

it('docs/api.md has every code with its status and message, and no other', () => {
  const rows = read('docs/api.md').match(/^\| `[a-z_]+` \| \d{3} \| .+ \|$/gm);
  const expected = Object.entries(ERRORS).map(
    ([code, { status, message }]) => `| \`${code}\` | ${status} | ${message} |`,
  );
  expect(rows?.sort()).toEqual(expected.sort());
});

it('docs/api.md has every endpoint of the contract', () => {
  const document = read('docs/api.md');
  const { paths } = JSON.parse(read('openapi/openapi.json')) as { paths: Record<string, object> };
  const endpoints = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ written: `\`${method.toUpperCase()} ${path}\``, path })),
  );
  // Written out, or as "…/resume" after its neighbour.
  const missing = endpoints.filter(
    ({ written, path }) =>
      !document.includes(written) && !document.includes(`\`…${path.slice(path.lastIndexOf('/'))}\``),
  );
  expect(missing.map(({ written }) => written)).toEqual([]);
});

it('docs/operations.md has every setting', () => {
  const document = read('docs/operations.md');
  const settings = configFlags.map((flag) => flag.toUpperCase().replaceAll('-', '_'));
  expect(settings.filter((setting) => !document.includes(`\`${setting}\``))).toEqual([]);
});
