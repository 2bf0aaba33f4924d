/** Heads, losses and gradients of fine-tuning against the authors' code, through the engine that ships. */

import { describe, expect, it, test } from 'vitest';
import type { InputSpec, ModelFunction } from '../../../src/engines/engine.ts';
import { valueAndGradients } from '../../../src/engines/gradients-of.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { modelFinetuningLoss } from '../../../src/models/family.ts';
import type { AnswerHead } from '../../../src/models/finetuning-choices.ts';
import {
  finetunedLogits,
  finetunedWeightShapes,
  initFinetuned,
  initXLxmert,
  parseFinetunedConfig,
} from '../../../src/models/lxmert/index.ts';
import { createRandom } from '../../../src/random.ts';
import { float32, type HostTensors } from '../../../src/tensor.ts';
import { expectClose, golden } from '../../fixtures/golden.ts';

const fixture = golden('finetune-tiny');
const backbone = Object.fromEntries(
  Object.entries(golden('x-lxmert-tiny').tensors()).filter(([name]) => name.startsWith('bert.')),
);
const configOf = (head: AnswerHead) =>
  parseFinetunedConfig({ ...fixture.config, head, ...(head === 'nlvr2' && { num_answers: 2 }) });
const weightsOf = (head: string): HostTensors => ({
  ...backbone,
  ...fixture.tensors(`${head}-head.safetensors`),
});

async function evaluate(
  fn: ModelFunction,
  weights: HostTensors,
  inputs: HostTensors,
  specs: Record<string, InputSpec> = inputs,
): Promise<HostTensors> {
  const compiled = await createOnnxRuntimeEngine({ threads: 1 }).compile({
    name: 'golden',
    fn,
    weights,
    inputs: Object.fromEntries(
      Object.entries(specs).map(([name, { dtype, shape }]) => [name, { dtype, shape }]),
    ),
  });
  try {
    return await compiled.run(inputs);
  } finally {
    await compiled.release();
  }
}

describe.each(['vqa', 'nlvr2'] as const)('%s', (head) => {
  const config = configOf(head);
  const weights = weightsOf(head);
  const one = fixture.cases.find(({ name }) => name === head)!;

  test('has the weights that the config says', () => {
    const shapes = Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, [...shape]]));
    expect(shapes).toEqual(finetunedWeightShapes(config));
  });

  test('logits, loss and gradients', async () => {
    const step: ModelFunction = (w, batch) => {
      const { loss, aux, gradients } = valueAndGradients(w, (p) => {
        const result = modelFinetuningLoss(config, p, batch);
        return { loss: result.loss, aux: { logits: result.logits } };
      });
      const named = Object.entries(gradients).map(([name, gradient]) => [`grad/${name}`, gradient]);
      return { loss, ...aux, ...Object.fromEntries(named) };
    };
    const outputs = await evaluate(step, weights, fixture.inputs(one));
    const expected = { ...fixture.expected(one), loss: float32([one.expected_scalars!.loss!], []) };
    expect(Object.keys(expected)).toHaveLength(8);
    for (const [name, tensor] of Object.entries(expected)) {
      expectClose(outputs[name], tensor, one.tolerance, name);
    }
  });

  test('runs on any number of rows', async () => {
    const { targets: _, labels: __, ...inputs } = fixture.inputs(one);
    const specs = Object.fromEntries(
      Object.entries(inputs).map(([name, { dtype, shape }]) => [
        name,
        { dtype, shape: ['N', ...shape.slice(1)] },
      ]),
    );
    const fn: ModelFunction = (w, batch) => ({ logits: finetunedLogits(config, w, batch) });
    const { logits } = await evaluate(fn, weights, inputs, specs);
    expectClose(logits, fixture.expected(one).logits!, one.tolerance, 'logits');
  });
});

describe('vqa, all answers against one another', () => {
  it('is the cross-entropy with the soft scores', async () => {
    const one = fixture.cases.find(({ name }) => name === 'vqa')!;
    const inputs = fixture.inputs(one);
    const fn: ModelFunction = (w, batch) => ({
      loss: modelFinetuningLoss(configOf('vqa'), w, batch, 'softmax').loss,
    });
    const { loss } = await evaluate(fn, weightsOf('vqa'), inputs);
    const { data } = fixture.expected(one).logits!;
    const targets = inputs.targets!.data;
    const [rows, answers] = inputs.targets!.shape as [number, number];
    let expected = 0;
    for (let row = 0; row < rows; row++) {
      const scores = [...data.slice(row * answers, (row + 1) * answers)];
      const total = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
      for (const [i, score] of scores.entries())
        expected += (targets[row * answers + i]! * (total - score)) / rows;
    }
    expect(expected).toBeGreaterThan(0.1);
    expect(loss!.data[0]).toBeCloseTo(expected, 4);
  });
});

describe('gqa', () => {
  it('is the cross-entropy of the model that VQA has', async () => {
    const one = fixture.cases.find(({ name }) => name === 'vqa')!;
    const { targets: _, ...inputs } = fixture.inputs(one);
    const labels = { dtype: 'int32', shape: [3], data: Int32Array.of(4, 0, 22) } as const;
    const fn: ModelFunction = (w, batch) => ({ loss: modelFinetuningLoss(configOf('gqa'), w, batch).loss });
    const { loss } = await evaluate(fn, weightsOf('vqa'), { ...inputs, labels });
    const { data } = fixture.expected(one).logits!;
    let expected = 0;
    for (let row = 0; row < 3; row++) {
      const scores = [...data.slice(row * 23, (row + 1) * 23)];
      const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
      expected += (Math.log(total) - scores[labels.data[row]!]!) / 3;
    }
    expect(loss!.data[0]).toBeCloseTo(expected, 4);
  });
});

describe('initFinetuned', () => {
  const base = { ...configOf('vqa'), num_qa_labels: 3 };
  const random = createRandom('base');
  const centroids = float32(
    Float32Array.from({ length: base.num_clusters * base.visual_feat_dim }, () => random.normal()),
    [base.num_clusters, base.visual_feat_dim],
  );
  const pretrained = initXLxmert(base, random, centroids);
  pretrained['answer_head.logit_fc.3.bias'] = float32([1, 2, 3], [3]);
  const names = { base: ['red', 'blue', 'two'], own: ['two', 'green', 'red'] };

  it('takes the pre-trained QA head, row by row, by the names of the answers', () => {
    const config = { ...base, head: 'gqa' as const, num_answers: 3 };
    const weights = initFinetuned(config, pretrained, names, createRandom('fresh'));
    expect(weights['answer_head.logit_fc.3.bias']!.data).toEqual(Float32Array.of(3, 0, 1));
    const [own, old] = [weights, pretrained].map((w) => w['answer_head.logit_fc.3.weight']!.data);
    const width = 2 * base.hidden_size;
    expect(own!.slice(0, width)).toEqual(old!.slice(2 * width));
    expect(own!.slice(2 * width)).toEqual(old!.slice(0, width));
    expect(own!.slice(width, 2 * width)).not.toEqual(old!.slice(width, 2 * width));
    for (const name of [
      'bert.pooler.dense.weight',
      'answer_head.logit_fc.0.weight',
      'answer_head.logit_fc.2.weight',
    ])
      expect(weights[name]!.data).toEqual(pretrained[name]!.data);
    const shapes = Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, [...shape]]));
    expect(shapes).toEqual(finetunedWeightShapes(config));
  });

  it('starts NLVR2 with a head of its own', () => {
    const config = { ...base, head: 'nlvr2' as const, num_answers: 2 };
    const weights = initFinetuned(config, pretrained, { base: names.base, own: [] }, createRandom('fresh'));
    expect(weights['answer_head.logit_fc.0.weight']!.shape).toEqual([96, 96]);
    expect(weights['answer_head.logit_fc.3.weight']!.shape).toEqual([2, 96]);
    expect(weights['bert.pooler.dense.weight']!.data).toEqual(pretrained['bert.pooler.dense.weight']!.data);
  });

  it('refuses a base of another size, or without a QA head', () => {
    const config = { ...base, head: 'vqa' as const, num_answers: 3 };
    const start =
      (from: HostTensors, of = config) =>
      () =>
        initFinetuned(of, from, names, createRandom('fresh'));
    expect(start(pretrained, { ...config, intermediate_size: 32 })).toThrow(/intermediate.*wanted \[32,48\]/);
    const { 'answer_head.logit_fc.0.bias': _, ...headless } = pretrained;
    expect(start(headless)).toThrow('answer_head.logit_fc.0.bias is missing');
  });
});

describe('parseFinetunedConfig', () => {
  it('names every bad field', () => {
    const { num_answers: _, ...config } = fixture.config;
    expect(() => parseFinetunedConfig({ ...config, head: 'snli' })).toThrow(/head.*num_answers/);
    expect(() => parseFinetunedConfig({ ...config, head: 'nlvr2', num_answers: 3 })).toThrow(
      'num_answers (2)',
    );
  });
});
