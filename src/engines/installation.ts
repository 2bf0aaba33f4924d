/**
 * Where an optional engine is installed: `ENGINES_DIR/tensorflow-cpu` or `tensorflow-cuda`, each with a note that
 * is written last, so that a folder without one is no installation. Outside node_modules, which `npm ci` wipes,
 * and outside DATA_DIR, which is a volume in a container.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TENSORFLOW_DEVICES = ['cpu', 'cuda'] as const;
export type TensorFlowDevice = (typeof TENSORFLOW_DEVICES)[number];

export interface Installation {
  /** The npm package with the JavaScript side. */
  readonly package: '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';
  readonly packageVersion: string;
  /** libtensorflow's. */
  readonly tensorflow: string;
  /** npm: the package's own download. wheel: taken from a TensorFlow wheel, the binding built against it. */
  readonly source: 'npm' | 'wheel';
  /** When, ISO 8601. */
  readonly installed: string;
}

const NOTE = 'engine.json';

export const installationFolder = (enginesDir: string, device: TensorFlowDevice) =>
  join(enginesDir, `tensorflow-${device}`);

export const installationNote = (folder: string) => join(folder, NOTE);

/** undefined when nothing is installed there. */
export function readInstallation(folder: string): Installation | undefined {
  const note = installationNote(folder);
  return existsSync(note) ? (JSON.parse(readFileSync(note, 'utf8')) as Installation) : undefined;
}
