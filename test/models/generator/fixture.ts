/** The golden values of test/fixtures/generator-tiny, in this project's layout. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { DiscriminatorConfig } from '../../../src/models/discriminator/discriminator.ts';
import type { SpadeGeneratorConfig } from '../../../src/models/generator/config.ts';
import type { GeneratorLossWeights } from '../../../src/models/generator/losses.ts';
import { imageFromTorch, weightsFromTorch } from '../../../src/models/layout.ts';
import { readSafetensors } from '../../../src/safetensors.ts';
import { float32, type HostTensor, type HostTensors } from '../../../src/tensor.ts';
import { weightsFrom } from '../../fixtures/golden.ts';

const folder = new URL('../../fixtures/generator-tiny/', import.meta.url).pathname;

interface Case {
  name: string;
  file: string;
  inputs_from?: string;
  inputs: Record<string, string>;
  expected: Record<string, string>;
  expected_scalars?: Record<string, number>;
  tolerance: { abs: number; rel: number };
}

const document = JSON.parse(await readFile(`${folder}cases.json`, 'utf8'));
const sizes = document.config;

export const generatorConfig: SpadeGeneratorConfig = {
  architecture: 'spade',
  emb_dim: sizes.emb_dim,
  codebook_dim: sizes.codebook_dim,
  base_dim: sizes.base_dim,
  spade_hidden: sizes.spade_hidden,
  extra_layers: sizes.extra_layers,
  grid: sizes.grid,
  target_size: sizes.target,
};

export const discriminatorConfig: DiscriminatorConfig = {
  base_dim: sizes.d_base_dim,
  emb_dim: sizes.emb_dim,
  extra_layers: sizes.extra_layers,
  grid: sizes.grid,
  target_size: sizes.target,
};

export const lossWeights: GeneratorLossWeights = {
  reconstruction: sizes.loss_weights.recon_loss_lambda,
  perceptual: sizes.loss_weights.feat_loss_lambda,
  adversarial: sizes.loss_weights.gan_loss_lambda,
  feature_matching: sizes.loss_weights.gan_feat_match_lambda,
  cluster: sizes.loss_weights.gan_loss_cluster_lambda,
};

export const adam: {
  g_lr: number;
  d_lr: number;
  betas: [number, number];
  eps: number;
  grad_clip_norm: number;
} = sizes.adam;

const FILES = {
  G: 'G_60.pth',
  D: 'D.safetensors',
  perceptual_stub: 'perceptual_stub.safetensors',
};

/** Raw weights of a network. */
export async function weightsOf(network: keyof typeof FILES): Promise<HostTensors> {
  return weightsFromTorch(await weightsFrom(`generator-tiny/${FILES[network]}`));
}

/** One case; 4-D inputs are images [B, H, W, C], expectations are as stored. */
export async function loadCase(name: string) {
  const found = (document.cases as Case[]).find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no case ${name}`);
  const expected = (await readSafetensors(`${folder}${found.file}`)).tensors;
  const given = found.inputs_from
    ? (await readSafetensors(`${folder}${found.inputs_from}`)).tensors
    : expected;
  const inputs: HostTensors = {};
  for (const input of Object.keys(found.inputs)) {
    const tensor = given[input]!;
    inputs[input] = tensor.dtype === 'float32' && tensor.shape.length === 4 ? imageFromTorch(tensor) : tensor;
  }
  return { ...found, inputs, tensors: expected, scalars: found.expected_scalars ?? {} };
}

/** Bytes int32 [B, 3, H, W] → [B, H, W, 3] in -1..1 */
export function pixels(bytes: HostTensor): HostTensor {
  return imageFromTorch(
    float32(
      Float32Array.from(bytes.data, (byte) => 2 * (byte / 255) - 1),
      bytes.shape,
    ),
  );
}

/** |actual - expected| ≤ abs + rel·|expected| everywhere, and the shapes agree. */
export function expectClose(
  actual: HostTensor | undefined,
  expected: HostTensor,
  { abs, rel }: { abs: number; rel: number },
  name: string,
  counts: (index: number) => boolean = () => true,
): void {
  expect(actual?.shape, name).toEqual(expected.shape);
  let worst = { excess: 0, message: '' };
  for (const [i, y] of expected.data.entries()) {
    if (!counts(i)) continue;
    const x = actual!.data[i]!;
    const excess = Math.abs(x - y) - (abs + rel * Math.abs(y));
    if (!(excess <= worst.excess)) worst = { excess, message: `${name}[${i}]: ${x}, wanted ${y}` };
  }
  expect(worst.message, name).toBe('');
}
