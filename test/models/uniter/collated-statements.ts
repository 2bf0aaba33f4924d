/**
 * What UNITER's NLVR2 models say, by the parts that the fixtures hold, on batches laid out as the authors' collate
 * functions do (data/nlvr2.py): padding at the end of each row, a gather index, types and masks as inputs.
 */

import type * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../../src/engines/engine.ts';
import type { Nlvr2Setup } from '../../../src/models/finetuning-choices.ts';
import {
  attendedPairScores,
  pairScores,
  tripletScores,
  type UniterConfig,
  type UniterOutput,
  uniter,
} from '../../../src/models/uniter/index.ts';
import { float32, type HostTensor, type HostTensors, int32 } from '../../../src/tensor.ts';
import { evaluate } from '../../fixtures/golden.ts';

/** Names of the fixtures. */
export const FIXTURES: Record<Nlvr2Setup, string> = {
  pair: 'nlvr2-paired',
  'pair-attention': 'nlvr2-paired-attn',
  triplet: 'nlvr2-triplet',
};

type Head = (config: UniterConfig, w: Tensors, output: UniterOutput, mask: tf.Tensor) => tf.Tensor;
const HEADS: Record<Nlvr2Setup, Head> = {
  pair: (_, w, { pooled }) => pairScores(w, pooled),
  'pair-attention': (config, w, { states }, mask) => attendedPairScores(config, w, states, mask),
  triplet: (_, w, { pooled }) => tripletScores(w, pooled),
};

/**
 * @param ids token ids of each statement, padded with 0 to one length
 * @param pictures [B, 2, V, F]
 * @param places [V, 7], the same for every picture
 * @returns logits of [false, true], [B, 2]
 */
export async function collatedLogits(
  setup: Nlvr2Setup,
  config: UniterConfig,
  weights: HostTensors,
  ids: readonly (readonly number[])[],
  pictures: HostTensor,
  places: HostTensor,
): Promise<HostTensor> {
  const [B, , V, F] = pictures.shape as [number, number, number, number];
  const T = ids[0]!.length;
  const triplet = setup === 'triplet';
  const rows = triplet ? B : 2 * B;
  const positions = triplet ? 2 * V : V;
  const L = T + positions;
  const textOf = (row: number) => ids[triplet ? row : Math.floor(row / 2)]!;
  const each = <T>(make: (row: number) => T[]): T[] =>
    Array.from({ length: rows }, (_, row) => make(row)).flat();
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  const typeOf = (row: number, place: number) => (triplet ? (place < V ? 1 : 2) : 1 + (row % 2));
  const { logits } = await evaluate(
    (w, inputs) => ({ logits: HEADS[setup](config, w, uniter(config, w, inputs), inputs.attn_masks!) }),
    weights,
    {
      input_ids: int32(
        each((row) => [...textOf(row)]),
        [rows, T],
      ),
      position_ids: int32(range(0, T), [1, T]),
      img_feat: float32(pictures.data as Float32Array, [rows, positions, F]),
      img_pos_feat: float32(
        each(() => range(0, positions / V).flatMap(() => [...places.data])),
        [rows, positions, 7],
      ),
      img_type_ids: int32(
        each((row) => range(0, positions).map((place) => typeOf(row, place))),
        [rows, positions],
      ),
      attn_masks: int32(
        each((row) => {
          const seen = textOf(row).filter((id) => id !== 0).length + positions;
          return range(0, L).map((place) => Number(place < seen));
        }),
        [rows, L],
      ),
      gather_index: int32(
        each((row) => {
          const words = textOf(row).filter((id) => id !== 0).length;
          return [...range(0, words), ...range(T, L), ...range(words + positions, L)];
        }),
        [rows, L],
      ),
    },
  );
  return logits!;
}
