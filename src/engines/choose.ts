/** From what the user asks for (ENGINE, DEVICE) and what is there to the engine that runs the models. */
import { existsSync, readdirSync } from 'node:fs';
import { Fault } from '../fault.ts';
import type { Engine } from './engine.ts';
import { installationFolder, readInstallation, type TensorFlowDevice } from './installation.ts';
import type { Precision } from './precision.ts';

export const DEVICES = ['auto', 'cpu', 'cuda', 'webgpu'] as const;
export const ENGINES = ['auto', 'onnxruntime', 'tensorflow'] as const;

export interface EngineWish {
  readonly engine: (typeof ENGINES)[number];
  readonly device: (typeof DEVICES)[number];
  /** float32 when it is left out. */
  readonly precision?: Precision;
  /** Absolute. Where the optional engines are installed. */
  readonly enginesDir: string;
}

/** Plain data: it is sent to the process that computes. */
export type EngineChoice =
  | { readonly engine: 'onnxruntime'; readonly device: 'cpu' | 'webgpu'; readonly precision?: Precision }
  | { readonly engine: 'tensorflow'; readonly device: TensorFlowDevice; readonly folder: string };

export const DEFAULT_ENGINE: EngineChoice = { engine: 'onnxruntime', device: 'cpu' };

/** The wish cannot be had; the message says what to do. */
export class EngineUnavailableError extends Fault {}

/** @throws EngineUnavailableError */
export function chooseEngine(wish: EngineWish, hasGpu: () => boolean = hasNvidiaGpu): EngineChoice {
  const choice = withoutPrecision(wish, hasGpu);
  const { precision = 'float32' } = wish;
  if (precision === 'float32') return choice;
  if (choice.engine === 'onnxruntime' && choice.device === 'cpu') return { ...choice, precision };
  // What is best there is float32.
  if (precision === 'auto') return choice;
  throw new EngineUnavailableError(INT8_ELSEWHERE);
}

/** The same engine for what learns: of float32. */
export const forTraining = (choice: EngineChoice): EngineChoice =>
  choice.engine === 'onnxruntime' ? { engine: choice.engine, device: choice.device } : choice;

function withoutPrecision(wish: EngineWish, hasGpu: () => boolean): EngineChoice {
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

const INT8_ELSEWHERE =
  'PRECISION=int8 is of the default engine on the CPU. Leave ENGINE and DEVICE out, or PRECISION.';

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
    const { device, precision = 'float32' } = choice;
    const engine = createOnnxRuntimeEngine({ device, precision, ...own });
    if (precision === 'int8') await assertExactIntegers();
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

async function assertExactIntegers(): Promise<void> {
  const { integersAreExact } = await import('./exact-integers.ts');
  if (await integersAreExact()) return;
  throw new EngineUnavailableError(
    'PRECISION=int8 needs a processor that multiplies 8-bit integers (AVX-512 VNNI, AVX-VNNI, ARM dot products); this one ' +
      'would compute wrong sums. Leave PRECISION out: auto takes float32 here.',
  );
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
  const why = (cause as Error).message.trim();
  return new EngineUnavailableError(
    `${engine} on ${device} cannot be used here (${why}). ${advice} DEVICE=cpu does without.`,
    { cause },
  );
}
