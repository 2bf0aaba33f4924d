import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Not ours, or not in a clone. */
const ELSEWHERE = ['node_modules', '.git', 'data', 'engines'];

const documents = readdirSync(root, { withFileTypes: true })
  .filter(({ name }) => !ELSEWHERE.includes(name))
  .flatMap((entry) => {
    if (!entry.isDirectory()) return [entry.name];
    const inside = readdirSync(join(root, entry.name), { recursive: true, encoding: 'utf8' });
    return inside.map((name) => join(entry.name, name));
  })
  .filter((name) => name.endsWith('.md') && !name.includes('node_modules/'));

const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');

/** As GitHub makes them. */
function anchorsOf(file: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = readFileSync(file, 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#{1,6} +(.+?) *$/gm);
  return new Set(
    [...headings].map(([, heading]) => {
      const slug = heading!
        .toLowerCase()
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-');
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${times}`;
    }),
  );
}

it('every document is found', () => {
  expect(documents).toEqual(
    expect.arrayContaining(['README.md', 'docs/architecture.md', 'docs/decisions/README.md']),
  );
});

it.each(documents)('the links of %s lead somewhere', (document) => {
  const file = join(root, document);
  const links = [...withoutCode(readFileSync(file, 'utf8')).matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, link]) => link!,
  );
  const broken = links.filter((link) => {
    if (/^(https?|mailto):/.test(link)) return false;
    const [path, anchor] = link.split('#') as [string, string?];
    const target = path === '' ? file : join(dirname(file), path);
    // A clone has nothing outside of itself.
    if (relative(root, target).startsWith('..') || !existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(target).has(anchor);
  });
  expect(broken).toEqual([]);
});

it.each(documents)('the paths that %s names are there', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  const paths = [...text.matchAll(/`((?:src|test|docs|examples|recipes|prisma)\/[\w./-]+)`/g)].map(
    ([, path]) => path!,
  );
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it.each(['README.md', 'docs/architecture.md'])('what %s says to be in a file is in it', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  const places = [...text.matchAll(/`(\w+)` (?:in|of) \[[^\]]*\]\(([^)#]+\.ts)\)/g)];
  expect(places.length).toBeGreaterThan(0);
  const lost = places.filter(([, name, path]) => {
    const source = readFileSync(join(root, dirname(document), path!), 'utf8');
    return !new RegExp(`\\b${name}\\b`).test(source);
  });
  expect(lost.map(([place]) => place)).toEqual([]);
});
