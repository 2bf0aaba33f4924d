import { defineCommand } from '../define-command.ts';
import { needed } from '../flag.ts';

export const restore = defineCommand({
  name: 'restore',
  usage: {
    'restore --from <folder>': 'what npm run backup wrote, into an empty DATA_DIR (and an empty database)',
  },
  about:
    'Backups of this and of older versions. Jobs that waited or ran wait again, and go on from their last\n' +
    'saved state. With DATABASE_URL the database goes there, whatever it was in before.',
  flags: { from: needed('a backup', { value: 'folder' }) },
  settings: ['data-dir', 'database-url', 'store-url'],
});
