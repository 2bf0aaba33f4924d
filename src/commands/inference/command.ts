import { defineCommand } from '../define-command.ts';

export const inference = defineCommand({
  name: 'inference',
  usage: { 'inference [options]': 'run the models of servers that have none in them (INFERENCE=remote)' },
  about:
    'On another machine it needs the servers’ DATABASE_URL, the same CHECKPOINTS_DIR, STORE_URL or a DATA_DIR that\n' +
    'all of them see, and a HOST that they reach. Servers find it by the database, and it answers them alone.',
  flags: {},
  settings: [
    ...['host', 'port', 'worker-address', 'data-dir', 'checkpoints-dir', 'database-url', 'store-url'],
    ...['models', 'device', 'engine', 'precision', 'threads', 'shutdown-grace', 'log-level'],
  ],
});
