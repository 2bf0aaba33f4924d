import { expect, it } from 'vitest';
import { readMetadata } from '../../src/setup/wheel.ts';

it('of a wheel, what its extra and-cuda needs and nothing else', () => {
  // The order and the kinds of lines are those of TensorFlow 2.21.0.
  const metadata = `Metadata-Version: 2.4
Name: tensorflow
Version: 2.21.0
Description-Content-Type: text/markdown
Requires-Dist: absl-py>=1.0.0
Requires-Dist: packaging
Requires-Dist: h5py<3.15.0,>=3.11.0
Provides-Extra: and-cuda
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
Requires-Dist: nvidia-nvjitlink-cu12<13.0,>=12.5.82; (sys_platform == "linux") and extra == 'and-cuda'
Provides-Extra: gcs-filesystem
Requires-Dist: tensorflow-io-gcs-filesystem>=0.23.1; (sys_platform != "win32") and extra == "gcs-filesystem"

# TensorFlow
Requires: nothing; extra == "and-cuda"
`;
  expect(readMetadata(metadata)).toEqual({
    version: '2.21.0',
    cuda: ['nvidia-cublas-cu12<13.0,>=12.5.3.2', 'nvidia-nvjitlink-cu12<13.0,>=12.5.82'],
  });
});
