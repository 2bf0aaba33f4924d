import type { HostTensors } from '../tensor.ts';
import type { InputSpec } from './engine.ts';

/** @throws Error that names the tensor that is missing or does not fit, with both shapes. */
export function assertInputs(inputs: HostTensors, specs: Record<string, InputSpec>): void {
  const symbols = new Map<string, number>();
  for (const [key, { dtype, shape }] of Object.entries(specs)) {
    const tensor = inputs[key];
    if (!tensor) throw new Error(`input ${key} is missing`);
    const fits =
      tensor.dtype === dtype &&
      tensor.shape.length === shape.length &&
      shape.every((dimension, i) => {
        const size = tensor.shape[i]!;
        if (typeof dimension === 'number') return size === dimension;
        if (!symbols.has(dimension)) symbols.set(dimension, size);
        return symbols.get(dimension) === size;
      });
    if (!fits)
      throw new Error(`input ${key}: expected ${dtype} [${shape}], got ${tensor.dtype} [${tensor.shape}]`);
  }
}
