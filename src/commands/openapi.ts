/** `npm run openapi`: writes openapi/openapi.json; with --check, fails when it differs from the routes. */

import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeAtomically } from '../atomic-files.ts';
import { UsageError } from '../errors.ts';
import { openapiDocument } from '../openapi-document.ts';

const FILE = fileURLToPath(new URL('../../openapi/openapi.json', import.meta.url));

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { check: { type: 'boolean' } } });
  const document = await openapiDocument();
  if (values.check === true) {
    if ((await readFile(FILE, 'utf8')) === document) return;
    throw new UsageError(
      'openapi/openapi.json differs from the routes. Run "npm run openapi" and commit it.',
    );
  }
  await mkdir(dirname(FILE), { recursive: true });
  await writeAtomically(FILE, document);
}
