import { describe, expect, it } from 'vitest';
import { CodedError, ERRORS } from '../src/errors.ts';

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
});
