/** `worker` with the tiny kind: what chaos-server.ts starts. */
import { work } from '../../src/commands/worker.ts';

await work(process.argv.slice(3), {
  trainingModule: new URL('./tiny-training-child.ts', import.meta.url),
  niceness: 0,
});
