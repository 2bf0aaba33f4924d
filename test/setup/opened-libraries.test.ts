import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { missingLibraries } from '../../src/setup/opened-libraries.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'libraries-'));
  const parts = join(folder, 'nvidia/cudnn/lib');
  await mkdir(parts, { recursive: true });
  for (const name of ['libcudnn.so.9', 'libcudnn_ops.so.9', 'libcudnn_engines.so.9']) {
    await writeFile(join(parts, name), '');
  }
  // What the program of that name says, whatever TensorFlow there is.
  const driver = 'libcuda.so.1: cannot open shared object file: No such file or directory';
  const lister = `#!/bin/sh
echo '{"by": "Cublas", "name": "libcublas.so.12", "path": "/there/libcublas.so.12", "error": ""}'
echo '{"by": "Cufft", "name": "libcufft.so.11", "path": "", "error": "libcufft.so.11: cannot open"}'
echo '{"by": "CudaDriver", "name": "libcuda.so.1", "path": "", "error": "${driver}"}'
for file in "$@"; do
  echo '{"by": "cuDNN", "name": "'$(basename "$file")'", "path": "", "error": "${driver}"}'
done
`;
  await writeFile(join(folder, 'opened-libraries'), lister);
  await chmod(join(folder, 'opened-libraries'), 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

it('what is missing, apart from what comes with a driver alone', async () => {
  const { asked, missing, drivers } = await missingLibraries(folder);
  // cuDNN's parts, which it opens itself, but not cuDNN, which TensorFlow asks for.
  expect(asked).toBe(5);
  expect(missing.map(({ name }) => name)).toEqual(['libcufft.so.11']);
  expect(drivers).toEqual(['libcuda.so.1']);
});
