/** A checkpoint's weight files: their shapes, their contents, and whether a model can use them. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { mapSafetensors } from '../safetensors.ts';
import type { HostTensors } from '../tensor.ts';
import type { Manifest } from './manifest.ts';

/** What a model expects: name → shape. */
export type WeightShapes = Record<string, readonly number[]>;

/** More than any real header; keeps a broken file from asking for gigabytes. */
const MAX_HEADER_BYTES = 100 << 20;

/** Reads the header alone. @throws Error when it is not a safetensors file. */
export async function readWeightShapes(path: string): Promise<Record<string, number[]>> {
  const file = await open(path);
  try {
    const length = Buffer.alloc(8);
    const { bytesRead } = await file.read(length, 0, 8, 0);
    const headerBytes = bytesRead === 8 ? Number(length.readBigUInt64LE()) : -1;
    const { size } = await file.stat();
    if (headerBytes < 0 || headerBytes > Math.min(size - 8, MAX_HEADER_BYTES)) {
      throw new Error(`${path} is not a safetensors file`);
    }
    const header = Buffer.alloc(headerBytes);
    await file.read(header, 0, headerBytes, 8);
    const entries = JSON.parse(header.toString('utf8')) as Record<string, { shape: number[] }>;
    return Object.fromEntries(
      Object.entries(entries)
        .filter(([name]) => name !== '__metadata__')
        .map(([name, { shape }]) => [name, shape]),
    );
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(`${path} is not a safetensors file`, { cause: error });
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * All weight files of a manifest, as one set of names. What is stored as float32 stays in its file until it is
 * asked for.
 * @throws Error when two files hold the same name
 */
export async function readWeights(folder: string, manifest: Manifest): Promise<HostTensors> {
  const weights: HostTensors = {};
  for (const file of manifest.files.filter((name) => name.endsWith('.safetensors'))) {
    const { tensors } = await mapSafetensors(join(folder, file));
    for (const [name, tensor] of Object.entries(tensors)) {
      if (name in weights) throw new Error(`${file}: ${name} is in another file too`);
      weights[name] = tensor;
    }
  }
  return weights;
}

export class WeightsError extends Error {
  override name = 'WeightsError';
}

/**
 * Holds weights to what the model expects.
 * @throws WeightsError that lists every missing, surplus and misshapen weight at once.
 */
export function checkWeights(
  weights: Readonly<Record<string, { shape: readonly number[] }>>,
  expected: WeightShapes,
  what: string,
): void {
  const missing = Object.keys(expected).filter((name) => !(name in weights));
  const surplus = Object.keys(weights).filter((name) => !(name in expected));
  const misshapen = Object.entries(expected).flatMap(([name, shape]) => {
    const found = weights[name]?.shape;
    return found && found.join() !== shape.join() ? [`${name} is [${found}], not [${shape}]`] : [];
  });
  const report = [
    missing.length > 0 && `missing: ${missing.map((name) => `${name} [${expected[name]}]`).join(', ')}`,
    surplus.length > 0 && `surplus: ${surplus.join(', ')}`,
    misshapen.length > 0 && `misshapen: ${misshapen.join(', ')}`,
  ].filter(Boolean);
  if (report.length > 0) throw new WeightsError(`${what}: ${report.join('; ')}`);
}
