/** `npm run openapi`: writes openapi/openapi.json; with --check, fails when it differs from the routes. */

import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeAtomically } from '../../atomic-files.ts';
import { UsageError } from '../../errors.ts';
import { openapiDocument } from '../../openapi-document.ts';
import type { GivenTo } from '../define-command.ts';
import type { openapi as description } from './command.ts';

const FILE = fileURLToPath(new URL('../../../openapi/openapi.json', import.meta.url));

export async function openapi({ flags }: GivenTo<typeof description>): Promise<void> {
  const document = await openapiDocument();
  if (flags.check) {
    if ((await readFile(FILE, 'utf8')) === document) return;
    throw new UsageError(
      'openapi/openapi.json differs from the routes. Run "npm run openapi" and commit it.',
    );
  }
  await mkdir(dirname(FILE), { recursive: true });
  await writeAtomically(FILE, document);
}
