/** DEVICE=webgpu, onnxruntime's own provider: through Vulkan on Linux. */
import { openEngine } from '../../../src/engines/choose.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import type { Part } from '../part.ts';
import { compare, paintAll } from './picture.ts';

const part: Part = async (finding, { choice }) => {
  const started = performance.now();
  // Refused with the reason where there is no adapter, or where it computes something else than the CPU.
  const opened = await openEngine({ engine: 'onnxruntime', device: 'webgpu' }).catch((error: Error) => error);
  if (opened instanceof Error) {
    if (choice.device === 'cuda') return finding.check('DEVICE=webgpu opens', false, opened.message);
    return finding.check('DEVICE=webgpu is refused without an adapter', true, opened.message);
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
