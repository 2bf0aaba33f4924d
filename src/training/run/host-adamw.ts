/**
 * AdamW in host memory, in place and in one pass over it: for what is too large for a compiled step. As operations of an
 * engine, each of a dozen would read and write all of it.
 *
 * The arithmetic is WebAssembly (adamw.wat), four numbers at a time: the root and the quotient of each number alone take
 * JavaScript six times as long. It is done in the module's own memory, part by part, as parts of one size stay in the
 * processor's cache and arrays of JavaScript cannot be lent to it.
 */
import { readFileSync } from 'node:fs';
import type { AdamWOptions } from './optimizer.ts';

/** A parameter with its slots in host memory: arrays of one length, and how often it was updated. */
export interface HostParameter {
  parameter: Float32Array;
  m: Float32Array;
  v: Float32Array;
  t: number;
}

export type HostAdamWOptions = Omit<AdamWOptions, 'learningRate' | 'rateFactor'> & { learningRate: number };

/** As every Node has it; TypeScript knows it of browsers alone. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** Numbers of a part: as adamw.wat has them. */
const PART = 8192;

interface Kernel {
  update(bytes: number, ...rates: number[]): void;
  /** Of parameter, m, v and gradient. */
  parts: readonly Float32Array[];
}

let kernel: Kernel | undefined;

function openKernel(): Kernel {
  const code = readFileSync(new URL('./adamw.wasm', import.meta.url));
  const { memory, update } = new WebAssembly.Instance(new WebAssembly.Module(code)).exports as {
    memory: { buffer: ArrayBuffer };
    update: Kernel['update'];
  };
  const parts = [0, 1, 2, 3].map((i) => new Float32Array(memory.buffer, 4 * i * PART, PART));
  return { update, parts };
}

/**
 * What `adamW` makes of one parameter and its slots.
 * @param gradNorm of all gradients
 */
export function adamWInPlace(
  name: string,
  own: HostParameter,
  gradient: Float32Array,
  gradNorm: number,
  options: HostAdamWOptions,
): void {
  const { kind, learningRate, epsilon, weightDecay, maxGradNorm } = options;
  const [beta1, beta2] = options.betas;
  own.t++;
  const scale = maxGradNorm === 0 ? 1 : Math.min(1, maxGradNorm / (gradNorm + 1e-6));
  const correction1 = -Math.expm1(own.t * Math.log(beta1));
  const correction2 = Math.sqrt(-Math.expm1(own.t * Math.log(beta2)));
  const keep = options.noDecay(name) ? 1 : 1 - learningRate * weightDecay;
  // hf: epsilon joins sqrt(v) before the correction, and the weight decays after the update; torch: the other way.
  const hf = kind === 'hf';
  const rate = (learningRate * (hf ? correction2 : 1)) / correction1;
  const root = hf ? 1 : 1 / correction2;
  const [before, after] = hf ? [1, keep] : [keep, 1];
  kernel ??= openKernel();
  const { update, parts } = kernel;
  const arrays = [own.parameter, own.m, own.v, gradient];
  for (let from = 0; from < gradient.length; from += PART) {
    const part = arrays.map((array) => array.subarray(from, from + PART));
    for (const [i, numbers] of part.entries()) parts[i]!.set(numbers);
    const bytes = 4 * part[0]!.length;
    update(bytes, scale, beta1, 1 - beta1, beta2, 1 - beta2, before, rate, root, epsilon, after);
    for (const [i, numbers] of part.slice(0, 3).entries()) numbers.set(parts[i]!.subarray(0, numbers.length));
  }
}

/** The sum of squares, as four sums that do not wait for one another. */
export function sumOfSquares(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += values[i]! * values[i]!;
    b += values[i + 1]! * values[i + 1]!;
    c += values[i + 2]! * values[i + 2]!;
    d += values[i + 3]! * values[i + 3]!;
  }
  for (let i = whole; i < values.length; i++) a += values[i]! * values[i]!;
  return a + b + c + d;
}
