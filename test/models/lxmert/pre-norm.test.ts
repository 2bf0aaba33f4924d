/** `pre_norm`: the same weights with each LayerNorm before its block. */
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import {
  dropTiedWeights,
  gridPositions,
  type LxmertConfig,
  parseLxmertConfig,
  pretrainingLoss,
} from '../../../src/models/lxmert/index.ts';
import { singleLayer } from '../../../src/models/lxmert/layers.ts';
import { createPainter } from '../../../src/sampling/painter.ts';
import { float32, int32 } from '../../../src/tensor.ts';
import { evaluate, expectClose, golden } from '../../fixtures/golden.ts';

interface Stored {
  shape: number[];
  data: number[];
}
const stored = JSON.parse(
  readFileSync(new URL('../../fixtures/pre-norm/layer.json', import.meta.url), 'utf8'),
) as { weights: Record<string, Stored>; input: Stored; output: Stored };
const tensor = ({ shape, data }: Stored) => float32(data, shape);

test('a layer is what PyTorch computes with norm_first', async () => {
  const config = { num_attention_heads: 3, layer_norm_eps: 1e-12, pre_norm: true } as LxmertConfig;
  const weights = Object.fromEntries(
    Object.entries(stored.weights).map(([name, value]) => [`layer.${name}`, tensor(value)]),
  );
  const { y } = await evaluate((w, { x }) => ({ y: singleLayer(config, w, 'layer', x!) }), weights, {
    x: tensor(stored.input),
  });
  expectClose(y, tensor(stored.output), { abs: 1e-4, rel: 1e-4 }, 'layer');
});

test('painting in pieces scores codes as the whole model does', async () => {
  const fixture = golden('sampling-tiny');
  const config = { ...parseLxmertConfig(fixture.config), pre_norm: true };
  const weights = dropTiedWeights(fixture.tensors());
  const [V, K, T] = [64, config.num_clusters, 12];
  const all = fixture.inputs(fixture.cases[0]!).input_ids!;
  const ids = all.data.subarray(0, T) as Int32Array;
  const codes = Int32Array.from({ length: V }, (_, i) => (i % 3 === 0 ? -1 : (7 * i) % K));

  const whole = await evaluate(
    (w, inputs) => ({
      logits: pretrainingLoss(config, w, inputs, { task: 'vis_mask', qa: false }).outputs.obj_logits!,
    }),
    weights,
    {
      input_ids: int32(ids, [1, T]),
      cluster_ids: int32(
        codes.map((code) => Math.max(code, 0)),
        [1, V],
      ),
      vis_mask: int32(
        codes.map((code) => Number(code < 0)),
        [1, V],
      ),
      obj_labels: int32(new Int32Array(V), [1, V]),
      visual_pos: gridPositions(8, config.visual_pos_dim),
    },
  );
  const painter = await createPainter(createOnnxRuntimeEngine({ threads: 1 }), config, weights, T);
  try {
    const [text] = await painter.encode([ids]);
    const read = [0, 3, 30, 63];
    const [prediction] = await painter.predict([{ text: text!, query: { codes, read, logits: true } }]);
    const expected = read.flatMap((cell) => [...whole.logits!.data.subarray(cell * K, (cell + 1) * K)]);
    expectClose(
      float32(prediction!.logits!, [read.length * K]),
      float32(expected, [read.length * K]),
      { abs: 1e-3, rel: 1e-4 },
      'logits',
    );
  } finally {
    await painter.release();
  }
});
