import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { tensorFlowHere } from './test/engines/installed.ts';

/** Tests that kill, flood and mutate for minutes. */
const CHAOS = [
  'test/fuzz/**/*.test.ts',
  'test/jobs/chaos.test.ts',
  'test/routes/{fuzz,mixed-load}.test.ts',
  'test/zoo/import/mutated-files.test.ts',
];

/**
 * Quick tests of functions: no process, no Postgres, no training. `npm run check` runs them before a commit. They run one
 * after another in the same processes, which load what they share once: half the work of a process for each.
 */
const UNIT = [
  'test/{answers,articles,config,end-signals,errors,layers,make-folder,random,text,tokenizer}.test.ts',
  'test/compile/**/*.test.ts',
  'test/datasets/{caption-questions,directory,sent}/**/*.test.ts',
  'test/datasets/scenes/questions.test.ts',
  'test/documents/{links,tables}.test.ts',
  'test/engines/{choose,no-telemetry}.test.ts',
  'test/evaluation/{caption-metrics,detections,distances,question-kinds,r-precision}.test.ts',
  'test/inference/{batcher,distinct-captions,picture-routing,unsaid}.test.ts',
  'test/jobs/{job-recorder,needs}.test.ts',
  'test/pictures/picture-header.test.ts',
  'test/plugins/{idle-memory,request-log}.test.ts',
  'test/routes/accept.test.ts',
  'test/runs/publish.test.ts',
  'test/sampling/{sampling,text,regression}.test.ts',
  'test/training/**/{code-facts,code-patches,grounded-words,hyperparameters,kmeans}.test.ts',
  'test/zoo/{discovery,file-hashes,remove-checkpoint,weights}.test.ts',
  'test/zoo/import/{npz,torch-save}.test.ts',
];

/**
 * Tests of what engines must agree on, golden values above all: run on every engine that is installed. Not those of
 * pipelines, which expect batches: where rows depend on their batch, as some do on TensorFlow, none are made.
 */
const ENGINE_TESTS = [
  'test/compile/{ops,gradients}.test.ts',
  'test/models/**/*.test.ts',
  'test/sampling/**/*.test.ts',
  'test/training/{vocabulary/engine-assignment,generator/generator-step,run/optimizer}.test.ts',
];

const tensorflow = tensorFlowHere();

const project = (name: string, include: string[], exclude: string[] = [], isolate = true) => ({
  extends: true as const,
  test: { name, include, exclude: ['**/node_modules/**', ...exclude], isolate },
});

export default defineConfig({
  test: {
    globalSetup: 'test/global-setup.ts',
    // onnxruntime-node crashes when more than one worker thread uses it: one process per file.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/generated/**'] },
    projects: [
      project('unit', UNIT, [], false),
      project('process', ['test/**/*.test.ts'], [...UNIT, ...CHAOS]),
      project('chaos', CHAOS),
      ...(tensorflow.folder
        ? [
            {
              extends: true as const,
              // These tests ask for the default engine; here they get the other one under its name.
              resolve: {
                alias: [
                  {
                    find: /^(\.\.\/)+src\/engines\/onnxruntime\.ts$/,
                    replacement: fileURLToPath(
                      new URL('test/engines/in-place-of-onnxruntime.ts', import.meta.url),
                    ),
                  },
                ],
              },
              // Eager steps of the small models cost several times the compiled ones.
              test: { name: 'tensorflow', include: ENGINE_TESTS, testTimeout: 300_000 },
            },
          ]
        : []),
    ],
  },
});
