/** From what the user asks for (ENGINE, DEVICE) and what is there to the engine that runs the models. */
import { existsSync, readdirSync } from 'node:fs';
import type { Engine } from './engine.ts';
import { installationFolder, readInstallation, type TensorFlowDevice } from './installation.ts';

export const DEVICES = ['auto', 'cpu', 'cuda', 'webgpu'] as const;
export const ENGINES = ['auto', 'onnxruntime', 'tensorflow'] as const;

export interface EngineWish {
  readonly engine: (typeof ENGINES)[number];
  readonly device: (typeof DEVICES)[number];
  /** Absolute. Where the optional engines are installed. */
  readonly enginesDir: string;
}

/** Plain data: it is sent to the process that computes. */
export type EngineChoice =
  | { readonly engine: 'onnxruntime'; readonly device: 'cpu' | 'webgpu' }
  | { readonly engine: 'tensorflow'; readonly device: TensorFlowDevice; readonly folder: string };

export const DEFAULT_ENGINE: EngineChoice = { engine: 'onnxruntime', device: 'cpu' };

/** The wish cannot be had; the message says what to do. */
export class EngineUnavailableError extends Error {}

/** @throws EngineUnavailableError */
export function chooseEngine(wish: EngineWish, hasGpu: () => boolean = hasNvidiaGpu): EngineChoice {
  const { engine, device, enginesDir } = wish;
  const installed = (on: TensorFlowDevice) => {
    const folder = installationFolder(enginesDir, on);
    return readInstallation(folder) ? folder : undefined;
  };
  if (device === 'webgpu') {
    if (engine === 'tensorflow') throw new EngineUnavailableError(TENSORFLOW_WEBGPU);
    return { engine: 'onnxruntime', device };
  }
  if (device === 'cuda' && engine === 'onnxruntime') throw new EngineUnavailableError(ONNXRUNTIME_CUDA);
  const cuda = installed('cuda');
  if (device === 'cuda') {
    if (!cuda) throw new EngineUnavailableError(missing('DEVICE=cuda', 'setup:cuda', enginesDir));
    if (!hasGpu()) throw new EngineUnavailableError(NO_GPU);
    return { engine: 'tensorflow', device, folder: cuda };
  }
  if (engine !== 'onnxruntime' && device === 'auto' && cuda && hasGpu()) {
    return { engine: 'tensorflow', device: 'cuda', folder: cuda };
  }
  if (engine !== 'tensorflow') return DEFAULT_ENGINE;
  const folder = installed('cpu') ?? cuda;
  if (!folder) throw new EngineUnavailableError(missing('ENGINE=tensorflow', 'setup:tensorflow', enginesDir));
  return { engine, device: 'cpu', folder };
}

const missing = (setting: string, script: string, enginesDir: string) =>
  `${setting} needs the TensorFlow engine, which is not installed in ${enginesDir}. ` +
  `Install it with "npm run ${script}", or leave ${setting.split('=')[0]} out for the default engine (onnxruntime on the CPU).`;

const NO_GPU =
  'DEVICE is "cuda", but this machine shows no NVIDIA GPU. Check that nvidia-smi lists one (in a container: that it ' +
  'was started with --gpus all), or set DEVICE=cpu.';

const ONNXRUNTIME_CUDA =
  'ENGINE=onnxruntime computes on the CPU here: its npm package comes without the CUDA provider. ' +
  'For DEVICE=cuda leave ENGINE out, or set ENGINE=tensorflow.';

const TENSORFLOW_WEBGPU =
  'ENGINE=tensorflow computes with CUDA or on the CPU. For DEVICE=webgpu leave ENGINE out, or set ENGINE=onnxruntime.';

/** The driver's own list; under WSL the driver is a device of another name. */
export function hasNvidiaGpu(): boolean {
  try {
    if (readdirSync('/proc/driver/nvidia/gpus').length > 0) return true;
  } catch {
    // No driver of that kind.
  }
  return existsSync('/dev/nvidia0') || existsSync('/usr/lib/wsl/lib/libcuda.so.1');
}

/**
 * Loads the engine's native library: only the chosen one's. One on a GPU is tried first.
 *
 * @throws EngineUnavailableError that says what to do when it cannot be loaded, finds no device, or computes wrongly
 */
export async function openEngine(choice: EngineChoice, threads?: number): Promise<Engine> {
  const own = threads ? { threads } : {};
  if (choice.engine === 'onnxruntime') {
    const { createOnnxRuntimeEngine } = await import('./onnxruntime.ts');
    const engine = createOnnxRuntimeEngine({ device: choice.device, ...own });
    if (choice.device === 'webgpu') await tried(choice, engine);
    return engine;
  }
  try {
    const { createTensorFlowEngine } = await import('./tensorflow.ts');
    return createTensorFlowEngine({ folder: choice.folder, device: choice.device, ...own });
  } catch (cause) {
    throw unusable(
      choice,
      cause,
      'Run "npm run setup:cuda" (or setup:tensorflow) again to see what is wrong.',
    );
  }
}

async function tried(choice: EngineChoice, engine: Engine): Promise<void> {
  const { checkEngine } = await import('./check-engine.ts');
  const { createOnnxRuntimeEngine } = await import('./onnxruntime.ts');
  try {
    await checkEngine(engine, createOnnxRuntimeEngine());
  } catch (cause) {
    throw unusable(choice, cause, 'It needs a GPU whose driver speaks Vulkan (Linux), Metal or Direct3D 12.');
  }
}

function unusable({ engine, device }: EngineChoice, cause: unknown, advice: string): EngineUnavailableError {
  const why = (cause as Error).message.trim().replace(/\.$/, '');
  return new EngineUnavailableError(
    `${engine} on ${device} cannot be used here: ${why}. ${advice} DEVICE=cpu does without.`,
    { cause },
  );
}
