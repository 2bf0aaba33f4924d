import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CodedError, ERRORS, isMistake, UsageError } from '../src/errors.ts';
import { Fault } from '../src/fault.ts';

describe('a coded error', () => {
  it('takes what it is not told from the table', () => {
    const error = new CodedError('queue_full');
    expect(error).toMatchObject({ status: 429, type: 'rate_limit_error', param: null, retryAfter: 2 });
    expect(error.message).toBe(ERRORS.queue_full.message);
  });

  it('keeps its cause to itself', () => {
    const cause = new Error('underneath');
    const error = new CodedError('internal_error', undefined, { cause });
    expect(error.cause).toBe(cause);
    expect(error.message).not.toContain('underneath');
  });
  it('tells a fault that was found below of a field, and can be told of another one', () => {
    const fault = new Fault('parallel takes exactly 1 step.', { subject: 'steps' });
    const error = CodedError.of('impossible_request', fault, `/sampler/${fault.subject}`);
    expect(error).toMatchObject({
      status: 422,
      message: fault.message,
      param: '/sampler/steps',
      cause: fault,
    });
    expect(error.at('/image')).toMatchObject({ ...error, param: '/image' });
  });
});

it('whoever asked can mend a fault, and what HTTP answers below 500', () => {
  const mistakes = [new Fault('x'), new UsageError('x'), new CodedError('image_damaged')];
  expect(mistakes.every(isMistake)).toBe(true);
  expect([new CodedError('internal_error'), new Error('x'), undefined].some(isMistake)).toBe(false);
});

it('nobody cuts a message, or mends its end', () => {
  const source = fileURLToPath(new URL('../src', import.meta.url));
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('generated'),
  );
  const cuts = /\.message\)?\s*\.(replace|split|substring|startsWith|endsWith|match)\b/;
  expect(files.filter((file) => cuts.test(readFileSync(join(source, file), 'utf8')))).toEqual([]);
});
