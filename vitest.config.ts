import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { tensorFlowHere } from './test/engines/installed.ts';

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

export default defineConfig({
  test: {
    globalSetup: 'test/global-setup.ts',
    // onnxruntime-node crashes when more than one worker thread uses it: one process per file.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      { extends: true, test: { name: 'default', include: ['test/**/*.test.ts'] } },
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
