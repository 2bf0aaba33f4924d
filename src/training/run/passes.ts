/** A batch in parts, each for a pass of its own. */
import { type HostData, type HostTensor, type HostTensors, int32 } from '../../tensor.ts';

/** The rows of a batch from `first` on; tensors without rows go along. @param rows of the whole batch */
function partOf(batch: HostTensors, first: number, count: number, rows: number): HostTensors {
  return Object.fromEntries(
    Object.entries(batch).map(([name, tensor]): [string, HostTensor] => {
      const { shape, data } = tensor;
      if (shape[0] !== rows) return [name, tensor];
      const size = data.length / rows;
      const part = data.subarray(first * size, (first + count) * size) as HostData;
      return [name, { ...tensor, shape: [count, ...shape.slice(1)], data: part }];
    }),
  );
}

/** Each pass drops others. */
const otherSeed = ({ dropout_seed: seed }: HostTensors, pass: number): HostTensors =>
  seed ? { dropout_seed: int32([(seed.data[0]! + pass * 7919) | 0], []) } : {};

/** Steps `<task>/more` and, for the last, `<task>/last`, over parts of `count` rows. */
export function passesOf(
  task: string,
  batch: HostTensors,
  rows: number,
  count: number,
): { task: string; batch: HostTensors }[] {
  return Array.from({ length: rows / count }, (_, i) => ({
    task: `${task}/${(i + 1) * count === rows ? 'last' : 'more'}`,
    batch: { ...partOf(batch, i * count, count, rows), ...otherSeed(batch, i) },
  }));
}
