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

it('docs/api.md has every address of the contract', () => {
  const document = read('docs/api.md');
  const { paths } = JSON.parse(read('openapi/openapi.json')) as { paths: Record<string, object> };
  // Written out, or as "…/pause" beside the resource.
  const missing = Object.keys(paths).filter((path) => {
    const [last] = path.split('/').slice(-1);
    return !document.includes(path) && !document.includes(`…/${last}`) && !document.includes(`/{id}/${last}`);
  });
  expect(missing).toEqual([]);
});

it('docs/operations.md has every setting', () => {
  const document = read('docs/operations.md');
  const settings = Object.keys(configFlags).map((flag) => flag.toUpperCase().replaceAll('-', '_'));
  expect(settings.filter((setting) => !document.includes(`\`${setting}\``))).toEqual([]);
});
