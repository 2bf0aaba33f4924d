/** Checkpoint folders for tests: real files in a folder that the test made. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/safetensors.ts';
import type { HostTensors } from '../../src/tensor.ts';
import { type Manifest, writeManifest } from '../../src/zoo/manifest.ts';

export function manifest(fields: Partial<Manifest> & Pick<Manifest, 'id'>): Manifest {
  return {
    name: fields.id,
    architecture: 'x-lxmert',
    tasks: ['paint'],
    files: ['config.json', 'model.safetensors'],
    trained_by: { command: 'none: random weights', seed: 0, commit: 'test' },
    data: { name: 'none', description: 'random weights' },
    metrics: {},
    licence: 'Apache-2.0',
    created: '2026-01-01T00:00:00Z',
    ...fields,
  };
}

export interface CheckpointContents {
  manifest: Manifest;
  config?: unknown;
  weights: HostTensors;
  vocabulary?: readonly string[];
}

/** @returns the checkpoint's folder, `<root>/<path>` */
export async function writeCheckpoint(
  root: string,
  path: string,
  contents: CheckpointContents,
): Promise<string> {
  const folder = join(root, path);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(contents.config ?? {}));
  await writeSafetensors(join(folder, 'model.safetensors'), contents.weights);
  if (contents.vocabulary) await writeFile(join(folder, 'vocab.txt'), `${contents.vocabulary.join('\n')}\n`);
  await writeManifest(folder, contents.manifest);
  return folder;
}
