/** `bench products`: the peak of each kind of product on this machine, and how many of them the models take. */
import { createOnnxRuntimeEngine } from '../../engines/onnxruntime.ts';
import type { Precision } from '../../engines/precision.ts';
import { convolutionSpeed, matrixProductSpeed } from '../../evaluation/paint-speed.ts';
import { flopsOf } from '../../evaluation/paper-flops.ts';
import { PAPER_LXMERT } from '../../evaluation/paper-size.ts';
import { SHORT_TEXT_TOKENS } from '../../text-lengths.ts';
import type { GivenTo } from '../define-command.ts';
import type { benchProducts as description } from './commands.ts';
import { machineText } from './machine.ts';

/** Tokens of a short text, cells of a picture, those of eight, and so many that nothing but the product counts. */
const ROWS = [12, 64, 512, 2048] as const;
const PRECISIONS: readonly Precision[] = ['float32', 'int8'];

export async function productsBench({ config }: GivenTo<typeof description>): Promise<void> {
  const { threads } = config();
  const speeds: Record<string, number[]> = {};
  for (const precision of PRECISIONS) {
    const engine = createOnnxRuntimeEngine({ threads, precision });
    for (const rows of ROWS) {
      const name = `[${rows}, 1024] · [1024, 1024]`;
      speeds[name] = [...(speeds[name] ?? []), await matrixProductSpeed(engine, rows)];
    }
    const name = '3 × 3 filters, 128 channels of 64 × 64';
    speeds[name] = [...(speeds[name] ?? []), await convolutionSpeed(engine)];
  }
  const flops = flopsOf(PAPER_LXMERT, PAPER_LXMERT.grid ** 2, SHORT_TEXT_TOKENS);
  const lines = [
    `| thousand million operations a second | ${PRECISIONS.join(' | ')} |`,
    `|---|${'---:|'.repeat(PRECISIONS.length)}`,
    ...Object.entries(speeds).map(
      ([name, found]) => `| ${name} | ${found.map((speed) => speed.toFixed(0)).join(' | ')} |`,
    ),
    '',
    "| at the paper's size | thousand million operations |",
    '|---|---:|',
    ...Object.entries(flops).map(([what, count]) => `| ${what} | ${count.toFixed(1)} |`),
    '',
    `Fastest of 20; ${machineText(threads)}.`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
