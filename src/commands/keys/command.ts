import { defineCommand } from '../define-command.ts';
import { text } from '../flag.ts';

export const keys = defineCommand({
  name: 'keys',
  usage: {
    'keys create --scope <scope,…> [--name <text>]': 'make a key and print it, this once',
    'keys list': 'the keys, without their secrets',
    'keys revoke <id>': 'a key that is not to be used any more',
  },
  about:
    'Scopes: infer (paint, caption, answer; its own runs), train (jobs of its own), metrics (/metrics\n' +
    'alone), admin (everything, of everybody). Send a key as "authorization: Bearer <key>".',
  flags: {
    scope: text('what a new key may do', { value: 'scope,…' }),
    name: text('to know it by', { fallback: '' }),
  },
  settings: ['data-dir', 'database-url'],
  words: true,
});
