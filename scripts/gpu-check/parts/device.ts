/** Which device there is, which libraries TensorFlow finds, and how fast a bare product is. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { matrixProductSpeed } from '../../../src/evaluation/paint-speed.ts';
import { missingLibraries } from '../../../src/setup/opened-libraries.ts';
import { openBoth, type Part } from '../part.ts';

const part: Part = async (finding, options) => {
  const { choice } = options;
  finding.note(
    `Processor: ${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores; Node ${process.version}.`,
  );
  if (choice.engine === 'tensorflow') {
    const { asked, missing, drivers } = await missingLibraries(choice.folder);
    const names = missing.map(({ name, error }) => `${name}: ${error}`).join('; ');
    finding.check(
      'every library that TensorFlow asks for is there',
      missing.length === 0,
      names || `${asked} names`,
    );
    if (choice.device === 'cuda') {
      finding.check(
        "the driver's library is there",
        drivers.length === 0,
        drivers.join(', ') || 'libcuda.so.1',
      );
      finding.note(`GPU: ${gpus()}.`);
    }
  }
  const started = performance.now();
  const { device, cpu } = await openBoth(options);
  finding.check(`${device.name} opens`, true, `after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const row = finding.table('A product of 4,096 × 1,024 and 1,024 × 1,024, GFLOP/s', [device.name, cpu.name]);
  for (const engine of [device, cpu])
    row('float32', { [engine.name]: await matrixProductSpeed(engine, 4096) });
};

/** As the driver's own tool has it. */
function gpus(): string {
  const query = ['name', 'driver_version', 'memory.total', 'compute_cap', 'clocks.max.sm'].join(',');
  try {
    const said = execFileSync('nvidia-smi', [`--query-gpu=${query}`, '--format=csv,noheader'], {
      encoding: 'utf8',
    });
    return `${said.trim()} (${query})`;
  } catch (error) {
    return `nvidia-smi does not say which (${(error as Error).message.split('\n')[0]})`;
  }
}

export default part;
