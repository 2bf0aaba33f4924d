/** The values of the authors' code: every state, loss and gradient of a small model, and the generator's picture. */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine, ModelFunction } from '../../../src/engines/engine.ts';
import { valueAndGradients } from '../../../src/engines/gradients-of.ts';
import { codeGrid } from '../../../src/models/generator/code-grid.ts';
import { spadeGenerator } from '../../../src/models/generator/spade.ts';
import { imageToTorch, weightsFromTorch } from '../../../src/models/layout.ts';
import {
  dropTiedWeights,
  FROZEN_WEIGHTS,
  lxmert,
  type PretrainingTask,
  parseLxmertConfig,
  pretrainingLoss,
  visualFeatures,
} from '../../../src/models/lxmert/index.ts';
import { foldSpectralNorm } from '../../../src/models/spectral-norm.ts';
import { readSafetensors } from '../../../src/safetensors.ts';
import type { HostTensor, HostTensors } from '../../../src/tensor.ts';
import { openWeights } from '../../../src/zoo/import/open-weights.ts';
import { type Finding, openBoth, type Part } from '../part.ts';

const path = (file: string) => new URL(`../../../test/fixtures/${file}`, import.meta.url).pathname;

interface Case {
  name: string;
  file: string;
  task: PretrainingTask;
  task_qa: boolean;
  inputs: Record<string, string>;
  expected: Record<string, string>;
  expected_scalars?: Record<string, number>;
  grad_norms?: Record<string, number>;
  tolerance: { abs: number; rel: number };
}

async function evaluate(engine: Engine, fn: ModelFunction, weights: HostTensors, inputs: HostTensors) {
  const specs = Object.entries(inputs).map(([name, { dtype, shape }]) => [name, { dtype, shape }] as const);
  const compiled = await engine.compile({ name: 'golden', fn, weights, inputs: Object.fromEntries(specs) });
  const outputs = await compiled.run(inputs);
  await compiled.release();
  return outputs;
}

async function weightsOf(file: string): Promise<HostTensors> {
  const opened = await openWeights(path(file));
  const weights: HostTensors = {};
  for (const [name, tensor] of opened.tensors) weights[name] = await tensor.read();
  await opened.close();
  return weights;
}

/** In units of the tolerance: 1 is just within it. */
function excess(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { abs, rel }: Case['tolerance'],
): number {
  let worst = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(actual[i]! - expected[i]!) / (abs + rel * Math.abs(expected[i]!));
    if (!(off <= worst)) worst = off;
  }
  return worst;
}

const some = (all: HostTensors, names: Record<string, string>) =>
  Object.fromEntries(Object.keys(names).map((name) => [name, all[name]!]));

function say(finding: Finding, name: string, values: Record<string, number>): void {
  const [worst, off] = Object.entries(values).sort(([, a], [, b]) => b - a)[0] ?? ['nothing', Number.NaN];
  const found = `${Object.keys(values).length} values, the worst at ${off.toFixed(2)} of its tolerance (${worst})`;
  finding.check(name, off <= 1, found);
}

async function xLxmert(finding: Finding, engine: Engine): Promise<void> {
  const { config: raw, cases } = JSON.parse(await readFile(path('x-lxmert-tiny/cases.json'), 'utf8'));
  const config = parseLxmertConfig(raw);
  const weights = dropTiedWeights(await weightsOf('x-lxmert-tiny/Epoch20_LXRT.pth'));
  const encode: ModelFunction = (w, inputs) => {
    const output = lxmert(config, w, { ...inputs, visual_feats: visualFeatures(config, w, inputs, false) });
    return { lang_output: output.language, visual_output: output.vision, pooled_output: output.pooled };
  };
  for (const one of cases as Case[]) {
    if (!/^(encode|loss)-/.test(one.name)) continue;
    const tensors = (await readSafetensors(path(`x-lxmert-tiny/${one.file}`))).tensors;
    const { attention_mask: _, ...inputs } = some(tensors, one.inputs);
    const values: Record<string, number> = {};
    const compare = (outputs: HostTensors) => {
      for (const [name, expected] of Object.entries(some(tensors, one.expected))) {
        const actual = outputs[name];
        if (actual) values[name] = excess(actual.data, expected.data, one.tolerance);
      }
    };
    if (one.name.startsWith('encode-')) compare(await evaluate(engine, encode, weights, inputs));
    else {
      const step: ModelFunction = (w, batch) => {
        const learned = Object.entries(w).filter(([name]) => !FROZEN_WEIGHTS.has(name));
        const { loss, aux, gradients } = valueAndGradients(Object.fromEntries(learned), (p) => {
          const result = pretrainingLoss(config, { ...w, ...p }, batch, { task: one.task, qa: one.task_qa });
          return { loss: result.loss, aux: { ...result.losses, ...result.outputs } };
        });
        const norms = Object.entries(gradients).map(([name, gradient]) => [
          `norm/${name}`,
          tf.norm(gradient),
        ]);
        return { ...aux, total_loss: loss, ...Object.fromEntries(norms) };
      };
      const outputs = await evaluate(engine, step, weights, some(tensors, one.inputs));
      compare(outputs);
      for (const [name, norm] of Object.entries(one.grad_norms ?? {})) {
        const found = outputs[`norm/${name}`];
        if (found) values[`gradient of ${name}`] = excess(found.data, [norm], one.tolerance);
      }
      const total = one.expected_scalars?.total_loss;
      if (total !== undefined) values.total_loss = excess(outputs.total_loss!.data, [total], one.tolerance);
    }
    say(finding, one.name, values);
  }
}

async function generator(finding: Finding, engine: Engine): Promise<void> {
  const { config: sizes, cases } = JSON.parse(await readFile(path('generator-tiny/cases.json'), 'utf8'));
  const { emb_dim, codebook_dim, base_dim, spade_hidden, extra_layers, grid, target } = sizes;
  const config = {
    ...{ architecture: 'spade' as const, emb_dim, codebook_dim, base_dim, spade_hidden, extra_layers, grid },
    target_size: target as number,
  };
  const raw = weightsFromTorch(await weightsOf('generator-tiny/G_60.pth'));
  const centroids = weightsFromTorch(await weightsOf('generator-tiny/D.safetensors'))[
    'emb_classifier.weight'
  ]!;
  const one = (cases as Case[]).find(({ name }) => name === 'generate')!;
  const tensors = (await readSafetensors(path(`generator-tiny/${one.file}`))).tensors;
  const fn: ModelFunction = ({ centroids: table, ...weights }, { cluster_ids }) =>
    spadeGenerator(config, weights, codeGrid(table!, cluster_ids!, grid).emb);
  const outputs = await evaluate(
    engine,
    fn,
    { ...foldSpectralNorm(raw), centroids },
    some(tensors, one.inputs),
  );
  const values = Object.entries(some(tensors, one.expected)).map(([name, expected]: [string, HostTensor]) => {
    const actual = outputs[name]!;
    const inTorch = actual.shape.length === 4 ? imageToTorch(actual) : actual;
    return [name, excess(inTorch.data, expected.data, one.tolerance)] as const;
  });
  say(finding, 'generate', Object.fromEntries(values));
}

const part: Part = async (finding, options) => {
  const { device } = await openBoth(options);
  await generator(finding, device);
  await xLxmert(finding, device);
};

export default part;
