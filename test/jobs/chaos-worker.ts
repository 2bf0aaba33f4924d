/** `worker` with the tiny kind: what chaos-server.ts starts. */
import { command } from '../../src/commands/define-command.ts';
import { worker as description } from '../../src/commands/worker/command.ts';
import { worker } from '../../src/commands/worker/worker.ts';

const tiny = command(
  async () => description,
  async () => (given) =>
    worker(given, { trainingModule: new URL('./tiny-training-child.ts', import.meta.url), niceness: 0 }),
);

await tiny(process.argv.slice(3));
