import { defineCommand } from '../define-command.ts';
import { switchFlag } from '../flag.ts';

export const recipes = defineCommand({
  name: 'recipes',
  usage: { recipes: 'write the recipes into docs/training.md and the cards of checkpoints/' },
  flags: { check: switchFlag('write nothing; fail when a document differs from the recipes') },
});
