import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import {
  chooseEngine,
  DEFAULT_ENGINE,
  EngineUnavailableError,
  type EngineWish,
} from '../../src/engines/choose.ts';
import {
  installationFolder,
  installationNote,
  type TensorFlowDevice,
} from '../../src/engines/installation.ts';

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
    expect(refusal('auto', 'webgpu')).toContain('DEVICE=cpu');
    install('cuda');
    expect(refusal('auto', 'cuda', false)).toContain('nvidia-smi');
  });

  it('is part of the configuration, which names it among its faults', () => {
    const wrong = () => readConfig({ ENGINE: 'tensorflow', ENGINES_DIR: enginesDir, PORT: 'x' });
    expect(wrong).toThrow('npm run setup:tensorflow');
    expect(wrong).toThrow('PORT is "x"');
    const folder = install('cpu');
    expect(readConfig({ ENGINE: 'tensorflow', ENGINES_DIR: enginesDir }).engine).toMatchObject({ folder });
  });
});
