/** tfjs-node from npm: the JavaScript side, the source of its binding, and (with its scripts) libtensorflow. */
import type { Installation, TensorFlowDevice } from '../engines/installation.ts';
import { npmInstall, unreachable } from './npm.ts';

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
  const packages = [`${packageFor(device)}@${PACKAGE_VERSION}`, ...beside];
  await npmInstall(folder, packages, { scripts }).catch((error: Error) => {
    throw scripts ? error : unreachable(packageFor(device), error);
  });
}
