import { defineCommand } from '../define-command.ts';
import { text } from '../flag.ts';

export const worker = defineCommand({
  name: 'worker',
  usage: { 'worker [options]': 'take training jobs from the queue, one at a time, until it is stopped' },
  about:
    "The server starts one (WORKERS); more take more jobs at a time. On another machine it needs the\nserver's " +
    'DATABASE_URL, the same CHECKPOINTS_DIR, and STORE_URL or a DATA_DIR that both machines see. A job\n' +
    'computes with --train-threads (half of the cores). Of jobs that need labels or memory it takes those whose\n' +
    'needs it has: its device (cpu, or cuda and gpu) and WORKER_LABELS, the memory of the device or WORKER_MEMORY_MB.',
  flags: { id: text('its name, given by the server that starts it', { hidden: true }) },
  settings: [
    'worker-labels',
    'worker-memory-mb',
    'train-threads',
    'data-dir',
    'checkpoints-dir',
    'database-url',
    'store-url',
    'log-level',
  ],
});
