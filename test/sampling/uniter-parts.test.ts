/** X-UNITER cut into parts, as the samplers run it, against the whole model in one piece. */
import { expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { gridPositions } from '../../src/models/lxmert/index.ts';
import {
  initUniter,
  parseUniterConfig,
  uniterOnGrid,
  uniterPretrainingLoss,
  wordScores,
} from '../../src/models/uniter/index.ts';
import { createRandom } from '../../src/random.ts';
import { createCaptioner } from '../../src/sampling/captioner.ts';
import { createPainter } from '../../src/sampling/painter.ts';
import { MASKED } from '../../src/sampling/sample.ts';
import { float32, type HostTensor, type HostTensors, int32 } from '../../src/tensor.ts';
import { expectClose } from '../fixtures/golden.ts';

const [T, V, K, F] = [9, 16, 12, 10];
const config = parseUniterConfig({
  vocab_size: 30,
  hidden_size: 24,
  num_attention_heads: 3,
  intermediate_size: 48,
  num_hidden_layers: 2,
  max_position_embeddings: 20,
  type_vocab_size: 2,
  visual_feat_dim: F,
  visual_pos_dim: 9,
  num_clusters: K,
  num_qa_labels: 3,
  num_object_labels: 0,
  hidden_act: 'gelu',
  layer_norm_eps: 1e-12,
  visual_losses: ['obj'],
  grid: 4,
});
const random = createRandom('uniter parts');
const centroids = float32(
  Float32Array.from({ length: K * F }, () => random.normal()),
  [K, F],
);
// Fresh biases are zero, which would hide one that is left out.
const weights: HostTensors = Object.fromEntries(
  Object.entries(initUniter(config, random, centroids)).map(([name, { data, shape }]) => {
    const noisy =
      name === 'vis_emb.weight' ? data : (data as Float32Array).map((x) => x + 0.1 * random.normal());
    return [name, float32(noisy as Float32Array, shape)];
  }),
);
const engine = createOnnxRuntimeEngine({ threads: 1 });
const tolerance = { abs: 2e-4, rel: 2e-4 };
const ids = [5, 7, 9, 11, 6];
const codes = Int32Array.from({ length: V }, (_, cell) => (cell % 3 === 0 ? MASKED : cell % K));

async function whole(inputs: HostTensors, output: 'codes' | 'words'): Promise<HostTensor> {
  const compiled = await engine.compile({
    name: 'whole',
    weights: { ...weights, positions: gridPositions(4, 9) },
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, { dtype, shape }]) => [name, { dtype, shape }]),
    ),
    fn: ({ positions, ...own }, batch) => {
      const all = { ...batch, visual_pos: positions! };
      if (output === 'words')
        return { out: wordScores(config, own, uniterOnGrid(config, own, all).language) };
      return { out: uniterPretrainingLoss(config, own, all, { task: 'vis_mask' }).outputs.obj_logits! };
    },
  });
  try {
    return (await compiled.run(inputs)).out!;
  } finally {
    await compiled.release();
  }
}

const padded = int32([...ids, ...new Array<number>(T - ids.length).fill(0)], [1, T]);

test('painting predicts the codes of masked cells as the whole model does', async () => {
  const expected = await whole(
    {
      input_ids: padded,
      cluster_ids: int32(
        codes.map((code) => (code === MASKED ? 3 : code)),
        [1, V],
      ),
      vis_mask: int32(
        codes.map((code) => Number(code === MASKED)),
        [1, V],
      ),
      obj_labels: int32(new Int32Array(V).fill(-100), [1, V]),
    },
    'codes',
  );
  const painter = await createPainter(engine, config, weights, 20);
  const [text] = await painter.encode([ids]);
  const read = [0, 3, 5, 15];
  const blank = { codes: new Int32Array(V).fill(MASKED), read: [0], logits: true };
  const [prediction] = await painter.predict([
    { text: text!, query: { codes, read, logits: true } },
    { text: text!, query: blank },
  ]);
  await painter.release();
  const rows = float32(
    read.flatMap((cell) => [...expected.data.subarray(cell * K, (cell + 1) * K)]),
    [read.length, K],
  );
  expectClose(float32(prediction!.logits!, [read.length, K]), rows, tolerance, 'logits');
  expect([...prediction!.ids]).toEqual(
    read.map((_, i) => {
      const row = [...rows.data.subarray(i * K, (i + 1) * K)];
      return row.indexOf(Math.max(...row));
    }),
  );
});

test('captioning predicts words as the whole model does on the nearest centroids', async () => {
  const features = Float32Array.from({ length: V * F }, () => random.normal());
  const captioner = await createCaptioner(engine, config, weights);
  const [picture] = await captioner.encode([features]);
  const [logits] = await captioner.predict(
    [{ picture: picture!, query: { ids: Int32Array.from(ids), read: [1, 3] } }],
    T,
  );
  await captioner.release();
  const seen = [...picture!.codes].flatMap((code) => [...centroids.data.subarray(code * F, (code + 1) * F)]);
  const expected = await whole({ input_ids: padded, visual_feats: float32(seen, [1, V, F]) }, 'words');
  const rows = [1, 3].flatMap((at) => [...expected.data.subarray(at * 30, (at + 1) * 30)]);
  expectClose(float32(logits!, [2, 30]), float32(rows, [2, 30]), tolerance, 'logits');
});
