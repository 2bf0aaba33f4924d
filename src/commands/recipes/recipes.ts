/** `npm run recipes`: writes what documents say of the recipes; with --check, fails when they say something else. */
import { readFile } from 'node:fs/promises';
import { writeAtomically } from '../../atomic-files.ts';
import { UsageError } from '../../errors.ts';
import { recipeDocuments } from '../../runs/recipe-documents.ts';
import type { GivenTo } from '../define-command.ts';
import type { recipes as description } from './command.ts';

export async function writeRecipes({ flags }: GivenTo<typeof description>): Promise<void> {
  for (const [path, text] of await recipeDocuments()) {
    if ((await readFile(path, 'utf8')) === text) continue;
    if (flags.check) throw new UsageError(`${path} differs from the recipes. Run "npm run recipes".`);
    await writeAtomically(path, text);
  }
}
