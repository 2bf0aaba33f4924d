/** A few steps of every kind of training: the CPU's loss curve. */
import { rm } from 'node:fs/promises';
import { compareCurves, SIZES, toleranceOf, train } from '../parity.ts';
import { exponent, openBoth, type Part, scratchFolder } from '../part.ts';

const part: Part = async (finding, options) => {
  const { device, cpu } = await openBoth(options);
  const dataDir = scratchFolder();
  try {
    for (const kind of Object.keys(SIZES)) {
      try {
        const expected = await train(kind, cpu, dataDir);
        const { compared, name, difference } = compareCurves(expected, await train(kind, device, dataDir));
        const found = `${compared} numbers, at most ${exponent(difference)} apart (${name}; ${toleranceOf(kind)} allowed)`;
        finding.check(`${kind}: the loss curve of the CPU`, difference < toleranceOf(kind), found);
      } catch (error) {
        finding.check(`${kind}: the loss curve of the CPU`, false, (error as Error).message);
      }
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
};

export default part;
