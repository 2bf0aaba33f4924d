/** Products rounded to TF32, which is faster: what it does to speed, and to pictures. Each in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Part, PartOptions } from '../part.ts';

const MODULE = fileURLToPath(import.meta.url);

interface Said {
  gigaflops: number;
  ms: number;
  codes: number[][];
}

async function measure(options: PartOptions): Promise<Said> {
  const { matrixProductSpeed } = await import('../../../src/evaluation/paint-speed.ts');
  const { openEngine } = await import('../../../src/engines/choose.ts');
  const { paintAll } = await import('./picture.ts');
  const engine = await openEngine(options.choice);
  await paintAll(engine);
  const start = performance.now();
  const painted = await paintAll(engine);
  const ms = performance.now() - start;
  const gigaflops = await matrixProductSpeed(engine, 4096);
  return { gigaflops, ms, codes: painted.map(({ codes }) => Array.from(codes)) };
}

async function inProcess(options: PartOptions, override: '0' | '1'): Promise<Said> {
  const env = { ...process.env, NVIDIA_TF32_OVERRIDE: override };
  const child = fork(MODULE, ['measure', JSON.stringify(options)], { execArgv: process.execArgv, env });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`with NVIDIA_TF32_OVERRIDE=${override} it ended with ${code}`);
  });
  ended.catch(() => {});
  const [said] = (await Promise.race([once(child, 'message'), ended])) as [Said];
  return said;
}

const part: Part = async (finding, options) => {
  const row = finding.table('TF32', ['product (GFLOP/s)', 'three pictures (ms)']);
  const said: Said[] = [];
  for (const override of ['0', '1'] as const) {
    const one = await inProcess(options, override);
    said.push(one);
    const { gigaflops, ms } = one;
    row(override === '1' ? 'on' : 'off (as shipped)', {
      'product (GFLOP/s)': gigaflops,
      'three pictures (ms)': ms,
    });
  }
  const [off, on] = said as [Said, Said];
  const others = off.codes.flat().filter((code, i) => code !== on.codes.flat()[i]).length;
  finding.note(`With TF32, ${others} of ${off.codes.flat().length} codes of the three pictures are others.`);
  if (options.choice.device === 'cpu') finding.note('On a CPU the setting changes nothing.');
};

export default part;

if (process.argv[2] === 'measure') {
  process.send!(await measure(JSON.parse(process.argv[3]!)), () => process.exit(0));
}
