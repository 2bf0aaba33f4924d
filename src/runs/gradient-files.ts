/**
 * Gradients from process to process of one machine, through files: hundreds of megabytes a step, which a channel
 * between processes would copy several times. Each process has two files and writes them by turns: when it writes one
 * again, everybody has read it.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensors } from '../tensor.ts';

export class GradientFiles {
  readonly #folder: string;
  readonly #rank: number;
  readonly #count: number;
  #turn = 0;
  /** Handles of each process's two files; opened when they are first used. */
  readonly #files = new Map<string, number>();

  constructor(folder: string, rank: number, count: number) {
    this.#folder = folder;
    this.#rank = rank;
    this.#count = count;
  }

  /** Bytes that all files of a run take. */
  static bytes(gradients: HostTensors, count: number): number {
    return 2 * count * Object.values(gradients).reduce((sum, { data }) => sum + data.byteLength, 0);
  }

  write(gradients: HostTensors): void {
    const file = this.#file(this.#rank, 'w+');
    let position = 0;
    for (const { data } of Object.values(gradients)) {
      position += writeWhole(file, data as Float32Array, position);
    }
  }

  /** Every process has written: the sums in the order of ranks, in new memory. */
  sum(own: HostTensors): HostTensors {
    const sums = Object.fromEntries(
      Object.entries(own).map(([name, tensor]) => [
        name,
        { ...tensor, data: new Float32Array(tensor.data.length) },
      ]),
    );
    for (let rank = 0; rank < this.#count; rank++) {
      let position = 0;
      for (const [name, tensor] of Object.entries(sums)) {
        const part =
          rank === this.#rank ? (own[name]!.data as Float32Array) : this.#read(rank, tensor.data, position);
        position += tensor.data.byteLength;
        // The first one is copied: 0 + -0 is another number.
        if (rank === 0) tensor.data.set(part);
        else for (let i = 0; i < part.length; i++) tensor.data[i]! += part[i]!;
      }
    }
    this.#turn = 1 - this.#turn;
    return sums;
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #read(rank: number, like: Float32Array, position: number): Float32Array {
    const part = new Float32Array(like.length);
    const bytes = new Uint8Array(part.buffer);
    const file = this.#file(rank, 'r');
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(file, bytes, done, bytes.length - done, position + done);
      if (read === 0) throw new Error(`the gradients of process ${rank} are cut short`);
      done += read;
    }
    return part;
  }

  #file(rank: number, flags: 'r' | 'w+'): number {
    const name = `${rank}-${this.#turn}.f32`;
    let file = this.#files.get(name);
    if (file === undefined) {
      file = openSync(join(this.#folder, name), flags);
      this.#files.set(name, file);
    }
    return file;
  }
}

function writeWhole(file: number, data: Float32Array, position: number): number {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
  return bytes.length;
}
