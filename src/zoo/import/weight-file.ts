/** The weights of a foreign file: names and shapes at once, numbers one tensor at a time. */
import type { LazyTensor, StoredType } from '../../safetensors.ts';
import type { DType } from '../../tensor.ts';

export interface StoredTensor extends LazyTensor {
  /** As the file holds it, before it is widened. */
  stored: StoredType;
}

export interface WeightFile {
  tensors: Map<string, StoredTensor>;
  close(): Promise<void>;
}

/** What a stored type is widened or narrowed to. */
export const DTYPE_OF = {
  F64: 'float32',
  F32: 'float32',
  F16: 'float32',
  BF16: 'float32',
  I32: 'int32',
  I64: 'int32',
  BOOL: 'bool',
  U8: 'bool',
} as const satisfies Record<StoredType, DType>;

/** More axes than any weight has. */
export const MAX_RANK = 8;
/** Longer than any name of a weight. */
export const MAX_NAME = 512;
