/** Which optional engines there are, for tests that want them and for those that say why they are skipped. */
import { resolve } from 'node:path';
import { installationFolder, readInstallation } from '../../src/engines/installation.ts';

/** Either the folder, or why there is none. */
export function tensorFlowHere(): { folder: string; reason?: never } | { folder?: never; reason: string } {
  const enginesDir = resolve(process.env.ENGINES_DIR || './engines');
  const folder = installationFolder(enginesDir, 'cpu');
  if (readInstallation(folder)) return { folder };
  return { reason: `skipped: no TensorFlow engine in ${enginesDir} (npm run setup:tensorflow)` };
}
