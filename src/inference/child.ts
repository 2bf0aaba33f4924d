/** The inference process: `child.ts <json of ChildOptions>`, forked by `child-process.ts`. */
import { getPriority, setPriority } from 'node:os';
import { openEngine } from '../engines/choose.ts';
import { restrictDecoders } from '../pictures/decode-picture.ts';
import { startTracing } from '../tracing.ts';
import { createEncodedPictures } from './encoded-pictures.ts';
import { loadModel } from './load-model.ts';
import type { ChildOptions } from './protocol.ts';
import { createRouter } from './route-pictures.ts';
import { serveModels } from './serve-models.ts';
import { tracedSessions } from './traced-sessions.ts';

/**
 * The server, which answers everybody, comes before the computation for one: on a machine with more to do than cores
 * its event loop was half as late. Computing threads are made later, and inherit it.
 */
const NICENESS = 5;
if (getPriority() < NICENESS) setPriority(NICENESS);

const {
  threads,
  engine: choice,
  maxBatch,
  heartbeatMs,
  router,
} = JSON.parse(process.argv[2] ?? '{}') as ChildOptions;
const endTracing = await startTracing('inference');
const engine = tracedSessions(await openEngine(choice, threads));
const passes: Record<number, number> = {};
const onPass = (rows: number) => {
  passes[rows] = (passes[rows] ?? 0) + 1;
};
const stages: Record<string, number> = {};
const onStage = (stage: string, ms: number) => {
  stages[stage] = (stages[stage] ?? 0) + ms;
};
const pictures = createEncodedPictures(engine, {
  maxBatch,
  onPass: (stage, rows, ms) => {
    onStage(stage, ms);
    if (stage !== 'decode') onPass(rows);
  },
});
restrictDecoders();

serveModels(process, {
  heartbeatMs,
  engine: engine.name,
  passes: () => passes,
  stages: () => stages,
  pictures: () => pictures.counts(),
  ...(router && { route: createRouter(router, pictures) }),
  end: endTracing,
  load: (source) => loadModel(engine, source, pictures, { maxBatch, onPass, onStage }),
});
