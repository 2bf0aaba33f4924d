import { defineCommand } from '../define-command.ts';
import { needed } from '../flag.ts';

export const backup = defineCommand({
  name: 'backup',
  usage: {
    'backup --to <folder>':
      'copy the database and the files of DATA_DIR (and of the store), while servers run',
  },
  about:
    'The folder must not be there yet. The rows are those of one moment, the files as new or newer; npm run\n' +
    'restore checks all by hash. It holds what others must not read: signing keys of webhooks, pictures.',
  flags: { to: needed('where to; it appears when it is complete', { value: 'folder' }) },
  settings: ['data-dir', 'database-url', 'store-url'],
});
