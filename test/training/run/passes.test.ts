/** A batch in passes is the batch: its loss and its gradients, whatever counts in which part. */
import { expect, it } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { CELLS, GRID } from '../../../src/grid.ts';
import { initModel, type ModelConfig, parseModelConfig } from '../../../src/models/family.ts';
import { createRandom } from '../../../src/random.ts';
import { float32, type HostTensors, int32 } from '../../../src/tensor.ts';
import { MAX_TEXT_TOKENS } from '../../../src/text-lengths.ts';
import {
  type Modality,
  PRETRAINING_TOTALS,
  pretrainingBatch,
  pretrainingTotals,
} from '../../../src/training/pretraining/batches.ts';
import { pretrainingTaskLoss } from '../../../src/training/pretraining/step.ts';
import { openApartTrainer } from '../../../src/training/run/apart-trainer.ts';
import { adamWTraining } from '../../../src/training/run/gradient-step.ts';
import { noDecay } from '../../../src/training/run/optimizer.ts';
import { passesOf } from '../../../src/training/run/passes.ts';

const engine = createOnnxRuntimeEngine({ threads: 1 });
const [B, ROWS, F, K] = [6, 2, 8, 12];
const shared = {
  ...{ vocab_size: 30, hidden_size: 16, num_attention_heads: 2, intermediate_size: 16 },
  ...{ max_position_embeddings: MAX_TEXT_TOKENS, type_vocab_size: 2, visual_feat_dim: F },
  ...{ num_qa_labels: 5, hidden_act: 'gelu', layer_norm_eps: 1e-12, grid: GRID },
};
const layers = { l_layers: 1, r_layers: 1, x_layers: 1 };
const codes = { num_clusters: K, num_object_labels: 0, visual_losses: ['obj'] };
const features = { num_clusters: 0, num_object_labels: 7, visual_losses: ['obj', 'feat'] };
const CONFIGS: Record<string, unknown> = {
  'x-lxmert': { ...shared, ...layers, ...codes, visual_pos_dim: 4 },
  lxmert: { ...shared, ...layers, ...features, visual_pos_dim: 4 },
  'x-uniter': { ...shared, ...codes, num_hidden_layers: 1, visual_pos_dim: 7 },
  uniter: { ...shared, ...features, num_hidden_layers: 1, visual_pos_dim: 7 },
};

/** Labels are uneven over the rows: parts of it count differently. */
function batchOf(config: ModelConfig): HostTensors {
  const random = createRandom('batch');
  const labels = (length: number, classes: number) =>
    Array.from({ length }, (_, i) => (random.chance(0.1 + (0.8 * i) / length) ? random.int(classes) : -100));
  const T = MAX_TEXT_TOKENS;
  const classes = config.num_clusters || config.num_object_labels;
  return {
    input_ids: int32(
      Array.from({ length: B * T }, (_, i) => (i % T < 5 + Math.floor(i / T) ? 1 + random.int(29) : 0)),
      [B, T],
    ),
    word_labels: int32(labels(B * T, 30), [B, T]),
    cluster_ids: int32(
      Array.from({ length: B * CELLS }, () => random.int(K)),
      [B, CELLS],
    ),
    vis_mask: int32(
      Array.from({ length: B * CELLS }, (_, i) => Number(random.chance(i / (B * CELLS)))),
      [B, CELLS],
    ),
    obj_labels: int32(labels(B * CELLS, classes), [B, CELLS]),
    obj_weights: float32(
      Array.from({ length: B * CELLS }, () => random.next()),
      [B, CELLS],
    ),
    matched_labels: int32(
      Array.from({ length: B }, () => random.int(2)),
      [B],
    ),
    qa_labels: int32([-100, -100, 3, 1, -100, 2], [B]),
    visual_feats: float32(
      Array.from({ length: B * CELLS * F }, () => random.normal()),
      [B, CELLS, F],
    ),
  };
}

it.each(Object.keys(CONFIGS))('%s: loss and gradients are the whole batch’s to 1e-5', async (name) => {
  const config = parseModelConfig(CONFIGS[name]);
  const random = createRandom('weights');
  const centroids = float32(
    Array.from({ length: K * F }, () => random.normal()),
    [K, F],
  );
  const weights = initModel(config, random, config.num_clusters ? centroids : undefined);
  const h = { steps: 10, learning_rate: 1e-3, warmup_ratio: 0, weight_decay: 0.01, max_grad_norm: 1 };
  const options = {
    kind: 'hf',
    epsilon: 1e-6,
    frozen: (key: string) => key === 'vis_emb.weight',
    noDecay,
  } as const;
  const [whole, parts] = [adamWTraining(h, options), adamWTraining(h, { ...options, passes: true })];
  const tasks: Modality[] = ['vis_mask', 'word_mask', 'matched'];
  const lossOf = (task: Modality) => pretrainingTaskLoss(config, GRID, task);
  const atOnce = await engine.compileTraining({
    name: 'whole',
    steps: Object.fromEntries(tasks.map((task) => [task, whole.step(lossOf(task))])),
    state: whole.initialState(weights),
    batch: { ...pretrainingBatch(B, F), ...whole.batch },
  });
  const inPasses = await engine.compileTraining({
    name: 'passes',
    steps: Object.fromEntries(
      tasks.flatMap((task) =>
        (['more', 'last'] as const).map((pass) => [`${task}/${pass}`, parts.step(lossOf(task), pass)]),
      ),
    ),
    state: parts.initialState(weights),
    batch: { ...pretrainingBatch(ROWS, F), ...PRETRAINING_TOTALS, ...parts.batch },
  });
  const apart = await openApartTrainer(engine, {
    name: 'apart',
    parts: { losses: Object.fromEntries(tasks.map((task) => [task, lossOf(task)])), adamW: parts },
    state: parts.initialState(weights),
    batch: { ...pretrainingBatch(ROWS, F), ...PRETRAINING_TOTALS, ...parts.batch },
  });
  const batch = batchOf(config);
  for (const [step, task] of tasks.entries()) {
    const inputs = { ...batch, ...whole.inputs(step) };
    const [{ loss, grad_norm }] = (await atOnce.run([{ task, batch: inputs }])) as [Record<string, number>];
    const own = { ...inputs, ...pretrainingTotals(batch, ROWS) };
    for (const [how, trainer] of Object.entries({ inPasses, apart })) {
      const passes = await trainer.run(passesOf(task, own, B, ROWS));
      expect(passes.reduce((sum, values) => sum + values.loss!, 0)).toBeCloseTo(loss!, 5);
      expect(passes.at(-1)!.grad_norm).toBeCloseTo(grad_norm!, 5);
      // The first moments: a tenth of the gradients. Not the weights, in which Adam makes noise of gradients that are 0.
      for (const [key, { data }] of Object.entries(atOnce.state())) {
        if (!key.startsWith('adam_m/')) continue;
        const other = trainer.state()[key]!.data;
        const farthest = Math.max(...Array.from(data, (value, i) => Math.abs(value - other[i]!)));
        expect(farthest, `${how}, ${task}: ${key}`).toBeLessThan(1e-6);
      }
    }
  }
  for (const [key, { data }] of Object.entries(inPasses.state()))
    if (key.startsWith('grad_sum/')) expect(data.every((value) => value === 0)).toBe(true);
  await atOnce.release();
  await inPasses.release();
  await apart.release();
});
