// Writes src/contract.ts from the server's contract. openapi-typescript wants TypeScript 5, and so has a package of its own.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const contract = new URL('../../openapi/openapi.json', import.meta.url);
const BLOB = ts.factory.createTypeReferenceNode(ts.factory.createIdentifier('Blob'));

const document = JSON.parse(await readFile(contract, 'utf8'));
// Only who sends `Prefer: respond-async` gets a 202: with it every answer would be one of two.
for (const operations of Object.values(document.paths)) {
  for (const { responses } of Object.values(operations)) delete responses?.['202'];
}

const types = await openapiTS(document, {
  enum: false,
  // A field with a default may be left out of a request.
  defaultNonNullable: false,
  // Files: what fetch sends and answers.
  transform: (schema) => (schema.format === 'binary' ? BLOB : undefined),
});
const header = '// Written by `npm run generate` from openapi/openapi.json. Do not change it here.\n';
await writeFile(new URL('src/contract.ts', import.meta.url), header + astToString(types));
