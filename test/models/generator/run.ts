/** Model functions and training steps through the default engine. */
import type { InputSpec, ModelFunction } from '../../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import type { HostTensors } from '../../../src/tensor.ts';

export const engine = createOnnxRuntimeEngine({ threads: 2 });

/** The types and shapes of these tensors as they are: no symbolic dimension. */
export function specsOf(tensors: HostTensors): Record<string, InputSpec> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape }]) => [name, { dtype, shape }]),
  );
}

export async function evaluate(
  fn: ModelFunction,
  weights: HostTensors,
  inputs: HostTensors,
): Promise<HostTensors> {
  const compiled = await engine.compile({ name: 'test', fn, weights, inputs: specsOf(inputs) });
  try {
    return await compiled.run(inputs);
  } finally {
    await compiled.release();
  }
}
