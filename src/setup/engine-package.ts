/** tfjs-node from npm: the JavaScript side, the source of its binding, and (with its scripts) libtensorflow. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installation, TensorFlowDevice } from '../engines/installation.ts';
import { runTool, ToolError } from './run-tool.ts';

export const PACKAGE_VERSION = '4.22.0';
/** libtensorflow of the package's own download. */
export const PACKAGE_TENSORFLOW = '2.9.1';

export const packageFor = (device: TensorFlowDevice): Installation['package'] =>
  device === 'cuda' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';

/**
 * @param scripts run the package's install script, which downloads libtensorflow and a compiled binding
 * @throws ToolError
 */
export async function installPackage(
  folder: string,
  device: TensorFlowDevice,
  { scripts, beside = [] }: { scripts: boolean; beside?: readonly string[] },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Its own package: npm would otherwise look for one further up, and find ours.
  const manifest = { name: 'xlxmert-zoo-engine', version: '0.0.0', private: true };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const options = ['--no-audit', '--no-fund', '--save-exact', `--ignore-scripts=${!scripts}`];
  await runTool('npm', ['install', ...options, `${packageFor(device)}@${PACKAGE_VERSION}`, ...beside], {
    cwd: folder,
  }).catch((error: Error) => {
    throw scripts
      ? error
      : new ToolError(
          `npm could not get ${packageFor(device)} (see above). This machine needs the npm registry, or a proxy or mirror of it (npm config set proxy …, npm config set registry …).`,
          { cause: error },
        );
  });
}
