/** The TensorFlow engine by the default engine's name: see vitest.config.ts. */
import type { Engine } from '../../src/engines/engine.ts';
import { createTensorFlowEngine } from '../../src/engines/tensorflow.ts';
import { tensorFlowHere } from './installed.ts';

export function createOnnxRuntimeEngine(): Engine {
  const { folder, reason } = tensorFlowHere();
  if (folder === undefined) throw new Error(reason);
  return createTensorFlowEngine({ folder, device: 'cpu', threads: 2 });
}
