/** The inference process: `child.ts <json of ChildOptions>`, forked by `child-process.ts`. */
import { createOnnxRuntimeEngine } from '../engines/onnxruntime.ts';
import { loadPaintCheckpoint } from '../zoo/paint-checkpoint.ts';
import { createPaintPipeline } from './pipelines/paint.ts';
import type { ChildOptions } from './protocol.ts';
import { serveModels } from './serve-models.ts';

const { threads, maxBatch, heartbeatMs } = JSON.parse(process.argv[2] ?? '{}') as ChildOptions;
const engine = createOnnxRuntimeEngine({ threads });
const runs: Record<number, number> = {};

serveModels(process, {
  heartbeatMs,
  engine: engine.name,
  runs: () => runs,
  load: async (source) =>
    createPaintPipeline(engine, await loadPaintCheckpoint(source), {
      maxBatch,
      onRun: (stage, rows) => {
        if (stage === 'step' || stage === 'generator') runs[rows] = (runs[rows] ?? 0) + 1;
      },
    }),
});
