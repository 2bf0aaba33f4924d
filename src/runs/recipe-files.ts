/** The recipes of recipes/ by name. */
import { readdirSync } from 'node:fs';
import type { Recipe } from './recipe.ts';

const FOLDER = new URL('../../recipes/', import.meta.url);

export const recipeNames = (): string[] =>
  readdirSync(FOLDER).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));

export async function loadRecipe(name: string): Promise<Recipe> {
  const { default: recipe } = (await import(new URL(`${name}.ts`, FOLDER).href)) as { default: Recipe };
  return recipe;
}
