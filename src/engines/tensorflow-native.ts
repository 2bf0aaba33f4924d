/**
 * Loads tfjs-node from where `npm run setup:tensorflow` or `setup:cuda` put it. It is no dependency of this
 * package: it is found by its folder, and shares tfjs-core's one global engine with us.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
// Before tfjs-node, which brings gradients of its own; see ownGradients.
import '../compile/gradients/index.ts';
import { type Installation, readInstallation } from './installation.ts';
import { registerTensorFlowKernels } from './tensorflow-kernels.ts';

export const TENSORFLOW_BACKEND = 'tensorflow';

export interface NativeOptions {
  /** The installation's folder. */
  folder: string;
  device: 'cpu' | 'cuda';
  threads?: number;
}

/** What tfjs-node's backend tells of itself. */
interface NodeBackend {
  isUsingGpuDevice: boolean;
}

let loaded: { folder: string; device: 'cpu' | 'cuda'; installation: Installation } | undefined;

/**
 * Loads the library, which takes seconds and happens once per process.
 *
 * @throws Error when the library cannot be loaded, finds no GPU for `cuda`, or was loaded with another device:
 *   libtensorflow decides on its devices and threads once.
 */
export function loadTensorFlow({ folder, device, threads }: NativeOptions): Installation {
  if (loaded) {
    if (loaded.folder === folder && loaded.device === device) return loaded.installation;
    throw new Error(
      `TensorFlow is already loaded in this process, from ${loaded.folder} for ${loaded.device}`,
    );
  }
  const installation = readInstallation(folder);
  if (!installation) throw new Error(`there is no TensorFlow engine in ${folder}`);
  prepareEnvironment(device, threads);
  keepRemovedFunctions();
  const gradients = ownGradients();
  const before = tf.engine().backendName;
  quietly(() => createRequire(join(folder, 'package.json'))(installation.package));
  gradients.restore();
  registerTensorFlowKernels(TENSORFLOW_BACKEND);
  if (device === 'cuda' && !(tf.backend() as unknown as NodeBackend).isUsingGpuDevice) {
    throw new Error(
      'TensorFlow found no GPU that it can use. Check that nvidia-smi lists one and that its driver is recent ' +
        'enough; TF_CPP_MIN_LOG_LEVEL=0 shows what TensorFlow says. DEVICE=cpu computes without it.',
    );
  }
  if (before) tf.setBackend(before);
  loaded = { folder, device, installation };
  return installation;
}

/** Read by the native library when it is loaded. What the user has set wins. */
function prepareEnvironment(device: 'cpu' | 'cuda', threads: number | undefined): void {
  const { env } = process;
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (threads) {
    env.TF_NUM_INTRAOP_THREADS ??= String(threads);
    env.TF_NUM_INTEROP_THREADS ??= '1';
  }
  if (device === 'cpu') {
    env.CUDA_VISIBLE_DEVICES = '-1';
    return;
  }
  // As much of the card's memory as is needed, not all of it.
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // Matrix products in full float32, so that every engine paints the same codes. NVIDIA_TF32_OVERRIDE=1 is faster.
  env.NVIDIA_TF32_OVERRIDE ??= '0';
  // The same bytes for the same request after every start: autotuning times algorithms, and takes what was fastest.
  env.TF_CUDNN_USE_AUTOTUNE ??= '0';
  env.TF_CUDNN_DETERMINISTIC ??= '1';
}

/** tfjs-node 4.22 calls functions that Node 23 removed from `util`. */
function keepRemovedFunctions(): void {
  const old = util as unknown as Record<string, unknown>;
  old.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  old.isArray ??= Array.isArray;
}

/**
 * tfjs-node loads all of tfjs, which registers gradients over ours, and some that we do not have. Ours are checked
 * (src/compile/gradients), and both engines must differentiate alike.
 */
function ownGradients(): { restore(): void } {
  const kernels = new Set(
    Object.values(tf).flatMap((value) => (typeof value === 'string' ? [value as string] : [])),
  );
  const own = [...kernels].map((name) => [name, tf.getGradient(name)] as const);
  return {
    restore() {
      for (const [name, gradient] of own) {
        if (gradient) tf.registerGradient(gradient);
        else if (tf.getGradient(name)) tf.unregisterGradient(name);
      }
    },
  };
}

/** tfjs greets, and warns that its second copy sets the platform again. */
function quietly(load: () => void): void {
  const { warn } = console;
  console.warn = () => {};
  try {
    load();
  } finally {
    console.warn = warn;
  }
}
