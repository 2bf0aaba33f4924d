/** DEVICE=webgpu, onnxruntime's own provider: through Vulkan on Linux. */
import { openEngine } from '../../../src/engines/choose.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import type { Part } from '../part.ts';
import { compare, paintAll } from './picture.ts';

const part: Part = async (finding) => {
  const started = performance.now();
  // Refused with the reason where there is no adapter, or where it computes something else than the CPU.
  const opened = await openEngine({ engine: 'onnxruntime', device: 'webgpu' }).catch((error: Error) => error);
  if (opened instanceof Error) {
    // A machine may have a GPU without Vulkan: that is no fault, any other reason is.
    const without = /adapter/i.test(opened.message);
    return finding.check('DEVICE=webgpu is refused without an adapter', without, opened.message);
  }
  finding.check('DEVICE=webgpu opens', true, `after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  await paintAll(opened);
  const start = performance.now();
  const found = await paintAll(opened);
  const row = finding.table('Three pictures, milliseconds', ['webgpu']);
  row('4, 16 and 4 steps', { webgpu: performance.now() - start });
  compare(finding, opened.name, await paintAll(createOnnxRuntimeEngine()), found);
};

export default part;
