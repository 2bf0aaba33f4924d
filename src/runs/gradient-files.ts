/**
 * Gradients from process to process of one machine, through files: hundreds of megabytes a step, which a channel
 * between processes would copy several times. Each process has two files and writes them by turns: when it writes one
 * again, everybody has read it.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensors } from '../tensor.ts';

const TURNS = [0, 1] as const;

export class GradientFiles {
  readonly #folder: string;
  readonly #rank: number;
  /** Handles of each process, one for each turn. */
  readonly #files: number[][];
  #turn: 0 | 1 = 0;

  /** Makes this process's own. */
  constructor(folder: string, rank: number, count: number) {
    this.#folder = folder;
    this.#rank = rank;
    this.#files = Array.from({ length: count }, () => []);
    this.#open(rank, 'w+');
  }

  /** Every process has made its own. Once all have opened all, nobody needs their names. */
  openOthers(): void {
    for (const rank of this.#files.keys()) if (rank !== this.#rank) this.#open(rank, 'r');
  }

  write(gradients: HostTensors): void {
    const file = this.#files[this.#rank]![this.#turn]!;
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
    for (const rank of this.#files.keys()) {
      let position = 0;
      for (const [name, { data }] of Object.entries(sums)) {
        const part =
          rank === this.#rank ? (own[name]!.data as Float32Array) : this.#read(rank, data.length, position);
        position += data.byteLength;
        // The first one is copied: 0 + -0 is another number.
        if (rank === 0) data.set(part);
        else for (let i = 0; i < part.length; i++) data[i]! += part[i]!;
      }
    }
    this.#turn = this.#turn === 0 ? 1 : 0;
    return sums;
  }

  close(): void {
    for (const file of this.#files.flat()) closeSync(file);
  }

  #open(rank: number, flags: 'r' | 'w+'): void {
    this.#files[rank] = TURNS.map((turn) => openSync(join(this.#folder, `${rank}-${turn}.f32`), flags));
  }

  #read(rank: number, length: number, position: number): Float32Array {
    const part = new Float32Array(length);
    const bytes = new Uint8Array(part.buffer);
    const file = this.#files[rank]![this.#turn]!;
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(file, bytes, done, bytes.length - done, position + done);
      if (read === 0) throw new Error(`the gradients of process ${rank} are cut short`);
      done += read;
    }
    return part;
  }
}

function writeWhole(file: number, data: Float32Array, position: number): number {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
  return bytes.length;
}
