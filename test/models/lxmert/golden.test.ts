/** Every output, loss and gradient of the authors' code on small models, through the engine that ships. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { ModelFunction, Tensors } from '../../../src/engines/engine.ts';
import { valueAndGradients } from '../../../src/engines/gradients-of.ts';
import {
  dropTiedWeights,
  FROZEN_WEIGHTS,
  lxmert,
  lxmertWeightShapes,
  type PretrainingTask,
  parseLxmertConfig,
  pretrainingLoss,
  visualFeatures,
} from '../../../src/models/lxmert/index.ts';
import { evaluate, expectClose, type GoldenCase, golden, weightsFrom } from '../../fixtures/golden.ts';

interface LossCase extends GoldenCase {
  task: PretrainingTask;
  task_qa: boolean;
}

describe.each([
  ['x-lxmert-tiny', 'Epoch20_LXRT.pth'],
  ['lxmert-tiny', 'model.safetensors'],
])('%s/%s', async (folder, file) => {
  const fixture = golden<LossCase>(folder);
  const config = parseLxmertConfig(fixture.config);
  const weights = dropTiedWeights(await weightsFrom(`${folder}/${file}`));

  test('has the weights that the config says', () => {
    const shapes = Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, [...shape]]));
    expect(shapes).toEqual(lxmertWeightShapes(config));
  });

  test.each(fixture.cases.filter(({ name }) => name.startsWith('encode-')))('$name', async (encode) => {
    const backbone: ModelFunction = (w, inputs) => {
      const visual_feats = visualFeatures(config, w, inputs, false);
      const output = lxmert(config, w, { ...inputs, visual_feats });
      const named = (prefix: string, states: tf.Tensor[]): Tensors =>
        Object.fromEntries(states.slice(1).map((state, i) => [`${prefix}_hidden_${i}`, state]));
      return {
        language_embedding: output.languageHidden[0]!,
        visual_embedding: output.visionHidden[0]!,
        ...named('language', output.languageHidden),
        ...named('vision', output.visionHidden),
        lang_output: output.language,
        visual_output: output.vision,
        pooled_output: output.pooled,
      };
    };
    // The mask follows from the ids: padding is 0.
    const { attention_mask: _, ...inputs } = fixture.inputs(encode);
    const outputs = await evaluate(backbone, weights, inputs);
    for (const [name, expected] of Object.entries(fixture.expected(encode))) {
      expectClose(outputs[name], expected, encode.tolerance, name);
    }
  });

  test.each(fixture.cases.filter(({ name }) => name.startsWith('loss-')))('$name', async (loss) => {
    const step: ModelFunction = (w, batch) => {
      const parameters = Object.fromEntries(Object.entries(w).filter(([name]) => !FROZEN_WEIGHTS.has(name)));
      const result = valueAndGradients(parameters, (p) => {
        const options = { task: loss.task, qa: loss.task_qa };
        const { loss: total, losses, outputs } = pretrainingLoss(config, { ...w, ...p }, batch, options);
        return { loss: total, aux: { ...losses, ...outputs } };
      });
      const gradients = Object.entries(result.gradients);
      return {
        ...result.aux,
        total_loss: result.loss,
        ...Object.fromEntries(gradients.map(([name, gradient]) => [`grad/${name}`, gradient])),
        ...Object.fromEntries(gradients.map(([name, gradient]) => [`norm/${name}`, tf.norm(gradient)])),
      };
    };
    const outputs = await evaluate(step, weights, fixture.inputs(loss));

    for (const [name, expected] of Object.entries(loss.expected_scalars!)) {
      // One part only for the picture: the reference's vis_loss is the sum of both.
      const actual = name === 'vis_loss' ? outputs.total_loss : outputs[name];
      expectClose(
        actual,
        { dtype: 'float32', shape: [], data: Float32Array.of(expected) },
        loss.tolerance,
        name,
      );
    }
    for (const [name, expected] of Object.entries(fixture.expected(loss))) {
      if (name === 'qa_pred') continue; // argmax of qa_logits
      const ours = name === 'feat_prediction' ? 'feat_pred' : name;
      expectClose(outputs[ours], expected, loss.tolerance, name);
    }
    // Six digits are stored.
    const { abs, rel } = loss.tolerance;
    const norms = Object.entries(outputs).filter(([name]) => name.startsWith('norm/'));
    expect(norms.map(([name]) => name.slice('norm/'.length)).sort()).toEqual(
      Object.keys(loss.grad_norms!).sort(),
    );
    for (const [name, norm] of norms) {
      const expected = loss.grad_norms![name.slice('norm/'.length)]!;
      const scalar = { dtype: 'float32' as const, shape: [], data: Float32Array.of(expected) };
      expectClose(norm, scalar, { abs, rel: rel + 1e-5 }, name);
    }
  });
});
