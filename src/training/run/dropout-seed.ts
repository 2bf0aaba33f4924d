/** What a step drops follows from the seed of the run and the step. */
import type { InputSpec } from '../../engines/engine.ts';
import { hash32 } from '../../random.ts';
import { type HostTensors, int32 } from '../../tensor.ts';

/** The input of a step that drops; none of one that does not. */
export const dropoutSpec = (rate: number): Record<string, InputSpec> =>
  rate > 0 ? { dropout_seed: { dtype: 'int32', shape: [] } } : {};

export const dropoutSeed = (rate: number, key: string): HostTensors =>
  rate > 0 ? { dropout_seed: int32([hash32(key) | 0], []) } : {};
