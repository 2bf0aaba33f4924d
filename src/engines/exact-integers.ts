/**
 * Whether products of 8-bit integers are exact here. Processors without instructions for them (AVX-512 VNNI, AVX-VNNI,
 * ARM's dot products) add pairs in 16 bits, which saturate: results are then wrong, and no faster.
 */
// First: see there.
import './no-telemetry.ts';
import ort from 'onnxruntime-node';
import { encodeModel } from '../compile/encode.ts';

/** More than any register holds, so that every part of a kernel is met. */
const TERMS = 192;
const COLUMNS = 48;
const [LARGEST_ROW, LARGEST_COLUMN] = [255, 127];

let exact: Promise<boolean> | undefined;

/** Tried once in a process; takes milliseconds. */
export const integersAreExact = (): Promise<boolean> => {
  exact ??= tryThem();
  return exact;
};

async function tryThem(): Promise<boolean> {
  const model = encodeModel({
    name: 'exact integers',
    nodes: [{ op: 'MatMulInteger', domain: '', inputs: ['a', 'w', 'zero'], outputs: ['y'], attributes: {} }],
    constants: new Map([
      [
        'w',
        { dtype: 'int8', shape: [TERMS, COLUMNS], data: new Int8Array(TERMS * COLUMNS).fill(LARGEST_COLUMN) },
      ],
      ['zero', { dtype: 'uint8', shape: [], data: Uint8Array.of(0) }],
    ]),
    inputs: [{ name: 'a', dtype: 'uint8', shape: [2, TERMS] }],
    outputs: [{ name: 'y', dtype: 'int32', shape: [2, COLUMNS] }],
  });
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    const a = new ort.Tensor('uint8', new Uint8Array(2 * TERMS).fill(LARGEST_ROW), [2, TERMS]);
    const { y } = await session.run({ a });
    return (y!.data as Int32Array).every((sum) => sum === TERMS * LARGEST_ROW * LARGEST_COLUMN);
  } finally {
    await session.release();
  }
}
