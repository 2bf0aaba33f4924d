/**
 * OpenAI's own SDK for Python. Needs an interpreter that has it, named by OPENAI_PYTHON: .ci/run makes one where it can;
 * skipped elsewhere.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenAiServer, openAiServer } from './server.ts';

const PYTHON = process.env.OPENAI_PYTHON;
if (PYTHON === undefined) console.warn('skipped: OPENAI_PYTHON names no Python that has "openai"');

describe.skipIf(PYTHON === undefined)('the SDK for Python', () => {
  let server: OpenAiServer;
  beforeAll(async () => {
    server = await openAiServer();
  });
  afterAll(() => server.close());

  it('paints, looks, sends files and tunes', async () => {
    const script = fileURLToPath(new URL('python-sdk.py', import.meta.url));
    const { stdout } = await promisify(execFile)(PYTHON!, [script, server.baseUrl]);
    expect(stdout).toMatch(/^openai \d/);
  });
});
