import { defineCommand } from '../define-command.ts';
import { text, whole } from '../flag.ts';

export const keys = defineCommand({
  name: 'keys',
  usage: {
    'keys create --scope <scope,…> [--name <text>] [quotas]': 'make a key and print it, this once',
    'keys list': 'the keys, without their secrets',
    'keys revoke <id>': 'a key that is not to be used any more',
  },
  about:
    'Scopes: infer (paint, caption, answer; its own runs), train (jobs of its own), metrics (/metrics\n' +
    'alone), admin (everything, of everybody). Send a key as "authorization: Bearer <key>".',
  flags: {
    scope: text('what a new key may do', { value: 'scope,…' }),
    name: text('to know it by', { fallback: '' }),
    rate: whole('requests a minute (RATE_LIMIT)', { least: 1, most: 1_000_000 }),
    'images-per-day': whole('that it may have painted (any number)', { least: 0, most: 100_000_000 }),
    'waiting-jobs': whole('training jobs that may wait at a time (any number)', {
      least: 0,
      most: 1_000_000,
    }),
  },
  settings: ['data-dir', 'database-url'],
  words: true,
});
