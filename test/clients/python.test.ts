/**
 * A client for Python, made of the contract as it is by openapi-python-client: it warns of nothing, and what it makes
 * works. Needs an interpreter that has it, named by GENERATOR_PYTHON: .ci/run makes one where it can; skipped elsewhere.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picture } from '../pictures/sample-pictures.ts';
import { type OpenAiServer, openAiServer } from '../routes/openai/server.ts';

const PYTHON = process.env.GENERATOR_PYTHON;
if (PYTHON === undefined)
  console.warn('skipped: GENERATOR_PYTHON names no Python that has "openapi-python-client"');

const run = promisify(execFile);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

describe.skipIf(PYTHON === undefined)('a generated client for Python', () => {
  let server: OpenAiServer;
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'python-client-'));
    await writeFile(join(root, 'picture.png'), await picture(60, 40, 0).png().toBuffer());
    server = await openAiServer();
  });
  afterAll(async () => {
    await server?.close();
    await rm(root, { recursive: true });
  });

  it('is made without a warning, and works', async () => {
    const made = join(root, 'client_of_zoo');
    const options = ['--path', here('../../openapi/openapi.json'), '--output-path', made, '--meta', 'none'];
    const config = ['--config', here('../../clients/python/generator.yml'), '--fail-on-warning'];
    const generator = ['-m', 'openapi_python_client', 'generate', ...options, ...config];
    await run(PYTHON!, generator).catch((error) => expect.fail(`${error.stdout}${error.stderr}`));
    const asked = [
      here('python-client.py'),
      root,
      server.baseUrl.replace(/\/v1$/, ''),
      join(root, 'picture.png'),
    ];
    const { stdout } = await run(PYTHON!, asked);
    expect(stdout).toBe('generated client works\n');
  });
});
