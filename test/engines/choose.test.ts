import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { checkEngine } from '../../src/engines/check-engine.ts';
import {
  chooseEngine,
  DEFAULT_ENGINE,
  EngineUnavailableError,
  type EngineWish,
} from '../../src/engines/choose.ts';
import type { Engine } from '../../src/engines/engine.ts';
import {
  installationFolder,
  installationNote,
  type TensorFlowDevice,
} from '../../src/engines/installation.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { probeEngine } from '../../src/engines/probe-engine.ts';

let enginesDir: string;
beforeEach(() => {
  enginesDir = mkdtempSync(join(tmpdir(), 'engines-'));
});
afterEach(() => rmSync(enginesDir, { recursive: true }));

function install(device: TensorFlowDevice): string {
  const folder = installationFolder(enginesDir, device);
  mkdirSync(folder);
  writeFileSync(installationNote(folder), '{}');
  return folder;
}

const choose = (engine: EngineWish['engine'], device: EngineWish['device'], gpu = false) =>
  chooseEngine({ engine, device, enginesDir }, () => gpu);

const refusal = (...wish: Parameters<typeof choose>): string => {
  try {
    choose(...wish);
  } catch (error) {
    expect(error).toBeInstanceOf(EngineUnavailableError);
    return (error as Error).message;
  }
  throw new Error('it was not refused');
};

describe('which engine runs the models', () => {
  it('is onnxruntime on the CPU unless something else is asked for, or a GPU and its engine are there', () => {
    expect(choose('auto', 'auto', true)).toEqual(DEFAULT_ENGINE);
    install('cpu');
    expect(choose('auto', 'auto', true)).toEqual(DEFAULT_ENGINE);
    const folder = install('cuda');
    expect(choose('auto', 'auto', false)).toEqual(DEFAULT_ENGINE);
    expect(choose('auto', 'auto', true)).toEqual({ engine: 'tensorflow', device: 'cuda', folder });
    expect(choose('auto', 'cpu', true)).toEqual(DEFAULT_ENGINE);
    expect(choose('onnxruntime', 'auto', true)).toEqual(DEFAULT_ENGINE);
  });

  it('is TensorFlow on the CPU with either installation', () => {
    const cuda = install('cuda');
    expect(choose('tensorflow', 'cpu', true)).toEqual({ engine: 'tensorflow', device: 'cpu', folder: cuda });
    const cpu = install('cpu');
    expect(choose('tensorflow', 'cpu')).toEqual({ engine: 'tensorflow', device: 'cpu', folder: cpu });
    expect(choose('tensorflow', 'auto')).toEqual({ engine: 'tensorflow', device: 'cpu', folder: cpu });
  });

  it('is refused with what to do where it cannot be had', () => {
    expect(refusal('tensorflow', 'cpu')).toContain('npm run setup:tensorflow');
    expect(refusal('auto', 'cuda', true)).toContain('npm run setup:cuda');
    expect(refusal('onnxruntime', 'cuda', true)).toContain('ENGINE=tensorflow');
    expect(refusal('tensorflow', 'webgpu')).toContain('ENGINE=onnxruntime');
    install('cuda');
    expect(refusal('auto', 'cuda', false)).toContain('nvidia-smi');
  });

  it('is onnxruntime on WebGPU when asked, and refused with the reason where that does not work', async () => {
    const choice = choose('auto', 'webgpu');
    expect(choice).toEqual({ engine: 'onnxruntime', device: 'webgpu' });
    // Without a driver on most machines that run tests; with one it has to be right.
    await probeEngine(choice).catch((error) => {
      expect(error).toBeInstanceOf(EngineUnavailableError);
      expect(error.message).toMatch(
        /^onnxruntime on webgpu cannot be used here \(.*DEVICE=cpu does without/s,
      );
    });
  });

  it('is refused with the reason when its library does not load', async () => {
    const folder = install('cuda');
    writeFileSync(installationNote(folder), '{"package": "@tensorflow/none"}');
    const broken = probeEngine({ engine: 'tensorflow', device: 'cuda', folder });
    await expect(broken).rejects.toThrow(
      /tensorflow on cuda cannot be used here \(.*@tensorflow\/none.*setup:cuda/s,
    );
  });

  it('computes what the default engine computes, or is found out', async () => {
    const right = createOnnxRuntimeEngine({ threads: 1 });
    await checkEngine(right, right);
    const wrong: Engine = {
      ...right,
      compile: async (spec) => {
        const compiled = await right.compile(spec);
        const run: typeof compiled.run = async (inputs) => {
          const outputs = await compiled.run(inputs);
          outputs.y!.data[5]! += 0.01;
          return outputs;
        };
        return { run, release: () => compiled.release() };
      },
    };
    await expect(checkEngine(wrong, right)).rejects.toThrow(/away from the CPU's/);
  });

  it('is part of the configuration, which names it among its faults', () => {
    const wrong = () => readConfig({ ENGINE: 'tensorflow', ENGINES_DIR: enginesDir, PORT: 'x' });
    expect(wrong).toThrow('npm run setup:tensorflow');
    expect(wrong).toThrow('PORT is "x"');
    const folder = install('cpu');
    expect(readConfig({ ENGINE: 'tensorflow', ENGINES_DIR: enginesDir }).engine).toMatchObject({ folder });
  });
});
