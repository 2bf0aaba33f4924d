import { defineCommand } from '../define-command.ts';
import { type Flag, text, whole } from '../flag.ts';

/** A number, or `none` for what holds without a quota. */
function quota(about: string, least: number, most: number): Flag<number | 'none' | undefined> {
  const number = whole(about, { least, most, value: 'n | none' });
  return { ...number, read: (given, name) => (given === 'none' ? given : number.read(given, name)) };
}

export const keys = defineCommand({
  name: 'keys',
  usage: {
    'keys create --scope <scope,…> [--name <text>] [quotas]': 'make a key and print it, this once',
    'keys list': 'the keys, without their secrets',
    'keys change <id> [--scope …] [--name …] [quotas]':
      'what is given takes the place of what a key has, from its next request on',
    'keys revoke <id>': 'a key that is not to be used any more',
  },
  about:
    'Scopes: infer (paint, caption, answer; its own runs), train (jobs of its own), metrics (/metrics\n' +
    'alone), admin (everything, of everybody). Send a key as "authorization: Bearer <key>".',
  flags: {
    scope: text('what a key may do', { value: 'scope,…' }),
    name: text('to know it by'),
    rate: quota('requests a minute (RATE_LIMIT)', 1, 1_000_000),
    'images-per-day': quota('that it may have painted (any number)', 0, 100_000_000),
    'waiting-jobs': quota('training jobs that may wait at a time (any number)', 0, 1_000_000),
  },
  settings: ['data-dir', 'database-url'],
  words: true,
});
