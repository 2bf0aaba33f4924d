/** Tensors as plain memory: what crosses files, processes and engines. Row-major. */
export type DType = 'float32' | 'int32' | 'bool';

export type HostData = Float32Array | Int32Array | Uint8Array;

export interface HostTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Float32Array for float32, Int32Array for int32, Uint8Array (0 or 1) for bool. */
  readonly data: HostData;
  /** Where the same bytes lie in a file: `data` is read from there when it is first asked for. */
  readonly file?: FileSlice;
}

export interface FileSlice {
  readonly path: string;
  /** In bytes. */
  readonly offset: number;
  readonly length: number;
}

export type HostTensors = Record<string, HostTensor>;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

function checked(dtype: DType, data: HostData, shape: readonly number[]): HostTensor {
  if (data.length !== sizeOf(shape)) {
    throw new Error(`${dtype} tensor [${shape}] needs ${sizeOf(shape)} values, got ${data.length}`);
  }
  return { dtype, shape, data };
}

export function float32(data: Float32Array | readonly number[], shape: readonly number[]): HostTensor {
  return checked('float32', data instanceof Float32Array ? data : Float32Array.from(data), shape);
}

export function int32(data: Int32Array | readonly number[], shape: readonly number[]): HostTensor {
  return checked('int32', data instanceof Int32Array ? data : Int32Array.from(data), shape);
}

export function bool(data: Uint8Array, shape: readonly number[]): HostTensor {
  return checked('bool', data, shape);
}

/** One after another. @throws when one is not of that length; `what` says what they are */
export function joined(parts: readonly Float32Array[], length: number, what: string): Float32Array {
  const all = new Float32Array(parts.length * length);
  for (const [i, part] of parts.entries()) {
    if (part.length !== length) throw new Error(`${what}: ${part.length} numbers, wanted ${length}`);
    all.set(part, i * length);
  }
  return all;
}

/**
 * Pictures as every model of scenes sees them: [B, side, side, 3] in -1..1.
 * @param images bytes [side × side × 3] each
 */
export function imagesTensor(images: readonly Uint8Array[], side: number): HostTensor {
  const pixels = side * side * 3;
  const data = new Float32Array(images.length * pixels);
  for (const [b, image] of images.entries()) {
    if (image.length !== pixels)
      throw new Error(`an image of ${image.length} bytes, wanted ${side} × ${side} × 3`);
    for (let i = 0, at = b * pixels; i < pixels; i++, at++) data[at] = image[i]! / 127.5 - 1;
  }
  return float32(data, [images.length, side, side, 3]);
}
