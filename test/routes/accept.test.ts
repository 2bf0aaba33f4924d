import { expect, it } from 'vitest';
import { negotiate } from '../../src/routes/accept.ts';

const OFFERED = ['application/json', 'image/png', 'image/webp', 'text/event-stream'] as const;

it.each([
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['image/webp', 'image/webp'],
  ['IMAGE/PNG', 'image/png'],
  ['image/*', 'image/png'],
  ['image/png;q=0.5, image/webp', 'image/webp'],
  ['image/png;q=0.5, application/json;q=0.4', 'image/png'],
  ['text/event-stream, */*;q=0.1', 'text/event-stream'],
  ['application/json;q=0, */*', 'image/png'],
  ['text/html, application/xhtml+xml, */*;q=0.8', 'application/json'],
  ['image/tiff', undefined],
  ['image/png;q=0', undefined],
])('%s → %s', (accept, type) => {
  expect(negotiate(accept, OFFERED)).toBe(type);
});
