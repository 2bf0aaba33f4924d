import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../../../src/commands/index.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { efficientNetLiteBlocks } from '../../../src/models/picture-encoder/efficientnet-lite.ts';
import { graphExecutor, runGraphModel } from '../../../src/models/picture-encoder/graph-model.ts';
import {
  pictureEncoderFunction,
  pictureEncoderShapes,
} from '../../../src/models/picture-encoder/picture-encoder.ts';
import { joinParts, maxPool, meanPool, stdPool } from '../../../src/models/picture-encoder/pool.ts';
import { createRandom } from '../../../src/random.ts';
import { readSafetensors } from '../../../src/safetensors.ts';
import { float32, type HostTensors } from '../../../src/tensor.ts';
import { readEfficientNetLite } from '../../../src/zoo/import/efficientnet-lite.ts';
import { readGraphModel, reduceGraph } from '../../../src/zoo/import/graph-model.ts';
import { openWeights } from '../../../src/zoo/import/open-weights.ts';
import { calibrated, planPictureEncoder } from '../../../src/zoo/import/picture-encoder.ts';

const fixture = (file: string) => `test/fixtures/efficientnet-lite-tiny/${file}`;
const engine = createOnnxRuntimeEngine({ threads: 1 });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'picture-encoder-'));
  await writeGraphModel(join(folder, 'graph.json'));
  await tf.setBackend('cpu');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function largestDifference(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  let most = 0;
  for (let i = 0; i < wanted.length; i++) most = Math.max(most, Math.abs(found[i]! - wanted[i]!));
  return most;
}

test('an EfficientNet-Lite computes what its PyTorch port does, block by block', async () => {
  const file = await openWeights(fixture('model.safetensors'));
  const input = { side: 64, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
  const { config, weights } = await readEfficientNetLite(file.tensors, input);
  await file.close();
  expect(config.blocks.map(({ stride }) => stride)).toEqual([1, 2, 2, 2, 1, 1, 1, 2, 1, 1]);
  const { tensors: expected } = await readSafetensors(fixture('expected.safetensors'));
  const compiled = await engine.compile({
    name: 'efficientnet-lite',
    fn: (own, { x }) => {
      const normalised = tf.div(tf.sub(x!, 0.5), 0.25) as tf.Tensor4D;
      const named = Object.fromEntries(Object.entries(own).map(([name, one]) => [`net.${name}`, one]));
      const blocks = efficientNetLiteBlocks(config, named, 'net', normalised);
      return Object.fromEntries(blocks.map((block, i) => [`blocks.${i}`, block]));
    },
    weights,
    inputs: { x: { dtype: 'float32', shape: ['N', 64, 64, 3] } },
  });
  const found = await compiled.run({ x: expected.image! });
  const names = Object.keys(expected).filter((name) => name.startsWith('blocks.'));
  expect(names).toHaveLength(4);
  for (const name of names) {
    expect(largestDifference(found[name]!.data, expected[name]!.data), name).toBeLessThan(1e-4);
  }
  await compiled.release();
});

/** [1, 3, 8, 8] through a convolution to [1, 16, 4]; its shape is computed of constants, an empty one among them. */
async function writeGraphModel(path: string): Promise<void> {
  const random = createRandom('graph');
  const tensors: { name: string; shape: number[]; dtype: 'float32' | 'int32'; values: number[] }[] = [
    {
      name: 'filter',
      shape: [3, 3, 3, 4],
      dtype: 'float32',
      values: Array.from({ length: 108 }, () => random.normal()),
    },
    { name: 'bias', shape: [4], dtype: 'float32', values: [0.5, -0.25, 0, 1] },
    { name: 'to_nhwc', shape: [4], dtype: 'int32', values: [0, 2, 3, 1] },
    { name: 'pads', shape: [4, 2], dtype: 'int32', values: [0, 0, 0, 0, 1, 1, 1, 1] },
    { name: 'shape_a', shape: [3], dtype: 'int32', values: [1, 10, 2] },
    { name: 'indices', shape: [0, 1], dtype: 'int32', values: [] },
    { name: 'size', shape: [1], dtype: 'int32', values: [3] },
    { name: 'none', shape: [0], dtype: 'int32', values: [] },
    { name: 'two', shape: [], dtype: 'int32', values: [2] },
  ];
  const t = (type: string) => ({ type });
  const node = (name: string, op: string, input: string[], attr: Record<string, unknown> = {}) => ({
    name,
    op,
    input,
    attr,
  });
  const nodes = [
    {
      name: 'picture',
      op: 'Placeholder',
      attr: {
        dtype: t('DT_FLOAT'),
        shape: { shape: { dim: [1, 3, 8, 8].map((size) => ({ size: `${size}` })) } },
      },
    },
    ...tensors.map(({ name, dtype }) => ({
      name,
      op: 'Const',
      attr: { dtype: t(dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT') },
    })),
    node('padded', 'Pad', ['picture', 'pads']),
    node('nhwc', 'Transpose', ['padded', 'to_nhwc']),
    node('conv', 'Conv2D', ['nhwc', 'filter'], {
      strides: { list: { i: ['1', '2', '2', '1'] } },
      padding: { s: Buffer.from('VALID').toString('base64') },
      data_format: { s: Buffer.from('NHWC').toString('base64') },
      dilations: { list: { i: ['1', '1', '1', '1'] } },
    }),
    node('biased', 'AddV2', ['conv', 'bias']),
    node('active', 'LeakyRelu', ['biased'], { alpha: { f: 0.1 } }),
    node('dense', 'SparseToDense', ['indices', 'size', 'none', 'two']),
    node('summed', 'AddV2', ['shape_a', 'dense']),
    node('places', 'Reshape', ['active', 'wanted']),
    node('wanted', 'Minimum', ['summed', 'limit']),
    { name: 'limit', op: 'Const', attr: { dtype: t('DT_INT32') } },
    node('unused', 'Sigmoid', ['biased']),
  ];
  tensors.push({ name: 'limit', shape: [3], dtype: 'int32', values: [1, 16, 4] });
  // 1, 12, 4 would not be a square: the first sum is 3, 12, 4.
  tensors.find(({ name }) => name === 'shape_a')!.values = [-1, 14, 2];
  const bytes = Buffer.concat(
    tensors.map(({ dtype, values }) => {
      const data = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
      return Buffer.from(data.buffer);
    }),
  );
  await writeFile(join(folder, 'graph.bin'), bytes);
  const weights = tensors.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  await writeFile(
    path,
    JSON.stringify({
      format: 'graph-model',
      modelTopology: { node: nodes, versions: { producer: 1, minConsumer: 1 } },
      weightsManifest: [{ paths: ['graph.bin'], weights }],
    }),
  );
}

test('a saved graph computes compiled what tfjs computes, with its constants folded', async () => {
  const file = join(folder, 'graph.json');
  const graph = await readGraphModel(file);
  expect(graph.input).toEqual({ name: 'picture', shape: [1, 3, 8, 8] });
  expect(graph.outputs.sort()).toEqual(['places', 'unused']);
  const { tensors, ...reduced } = reduceGraph(graph, ['places'], file);
  const ops = reduced.nodes.map(({ op }) => op);
  expect(ops).not.toContain('SparseToDense');
  expect(ops).not.toContain('Sigmoid');
  expect(reduced.constants.wanted!.values).toEqual([1, 16, 4]);
  const random = createRandom('picture');
  const x = Float32Array.from({ length: 192 }, () => random.normal());
  const own = Object.fromEntries(
    Object.entries(graph.weights).map(([name, { data, shape, dtype }]) => [
      name,
      tf.tensor(data, [...shape], dtype),
    ]),
  );
  const [oracle] = graphExecutor(graph.nodes, own)({ picture: tf.tensor(x, [1, 3, 8, 8]) }, ['places']);
  const wanted = oracle!.dataSync();
  const input = { side: 8, mean: [0, 0, 0], std: [1, 1, 1], name: 'picture', layout: 'NCHW' } as const;
  const compiled = await engine.compile({
    name: 'graph',
    fn: (weights, { picture }) => ({
      y: runGraphModel({ input, ...reduced } as never, weights, picture!, ['places'])[0]!,
    }),
    weights: tensors,
    inputs: { picture: { dtype: 'float32', shape: [1, 3, 8, 8] } },
  });
  const { y } = await compiled.run({ picture: float32(x, [1, 3, 8, 8]) });
  expect(y!.shape).toEqual([1, 16, 4]);
  expect(largestDifference(y!.data, wanted)).toBeLessThan(1e-5);
  await compiled.release();
});

test('a graph model by itself is a picture encoder of all its outputs', async () => {
  const plan = (await planPictureEncoder(join(folder, 'graph.json'), undefined))!;
  expect(plan.config.features).toEqual([
    { backbone: 'graph', output: 'places', pool: 'max' },
    { backbone: 'graph', output: 'unused', pool: 'max' },
  ]);
  const F = 8;
  const { config, weights } = calibrated(
    { ...plan, config: { ...plan.config, grid: 2 } },
    {
      mean: new Float32Array(F).fill(1),
      deviation: new Float32Array(F).fill(2),
      widths: [4, 4],
    },
  );
  expect(Object.keys(weights).sort()).toEqual(Object.keys(pictureEncoderShapes(config)).sort());
  const compiled = await engine.compile({
    name: 'encoder',
    fn: pictureEncoderFunction(config),
    weights,
    inputs: { images: { dtype: 'float32', shape: [1, 8, 8, 3] } },
  });
  const { features } = await compiled.run({ images: float32(new Float32Array(192), [1, 8, 8, 3]) });
  expect(features!.shape).toEqual([1, 2, 2, F]);
  // 0.5 everywhere: a cell inside the picture is the sum of the filter's halves, and standardised as it was asked.
  const filter = weights['graph.filter']!.data;
  const whole = [0, 1, 2, 3].map((o) => {
    let sum = [0.5, -0.25, 0, 1][o]!;
    for (let i = o; i < filter.length; i += 4) sum += filter[i]! / 2;
    return sum;
  });
  const sigmoid = whole.map((z) => (1 / (1 + Math.exp(-z)) - 1) / 2 / Math.sqrt(F));
  const last = [...features!.data.slice(3 * F + 4, 4 * F)];
  for (const [i, value] of sigmoid.entries()) expect(last[i]).toBeGreaterThanOrEqual(value - 1e-5);
  await compiled.release();
});

test('a graph with an operator that nothing computes is refused by its name', async () => {
  const odd = join(folder, 'odd.json');
  const graph = await readFile(join(folder, 'graph.json'), 'utf8');
  await writeFile(odd, graph.replace('"op":"Sigmoid"', '"op":"Atanh"'));
  const refused = runCommand('import', ['--from', odd, '--as', 'grid-encoder/odd', '--data-dir', folder]);
  await expect(refused).rejects.toThrow(`unsupported: ${odd}: no ONNX lowering for: Atanh`);
});

test.each([
  ['missing.json', 'missing.json: the file of seer cannot be read (ENOENT)'],
  ['missing.pth', 'missing.pth: the file of seer cannot be read (ENOENT)'],
  ['odd-list.json', 'odd-list.json is no graph model of TensorFlow.js'],
])('a list whose backbone is %s is refused', async (file, message) => {
  const list = join(folder, 'odd-list.json');
  await writeFile(list, JSON.stringify({ backbones: { seer: { file } } }));
  await expect(planPictureEncoder(list, undefined)).rejects.toThrow(message);
});

test('a network of blue, green and red sees them in this order, each normalised as its own', async () => {
  const plan = (await planPictureEncoder(join(folder, 'graph.json'), undefined))!;
  const { graph } = plan.config.backbones;
  const statistics = { mean: new Float32Array(8), deviation: new Float32Array(8).fill(1), widths: [4, 4] };
  const features = async (input: object, images: Float32Array): Promise<number[]> => {
    const backbones = {
      graph: { ...graph!, input: { ...graph!.input, ...input } },
    } as typeof plan.config.backbones;
    const { config, weights } = calibrated(
      { ...plan, config: { ...plan.config, grid: 2, backbones } },
      statistics,
    );
    const compiled = await engine.compile({
      name: 'encoder',
      fn: pictureEncoderFunction(config),
      weights,
      inputs: { images: { dtype: 'float32', shape: [1, 8, 8, 3] } },
    });
    const { features: found } = await compiled.run({ images: float32(images, [1, 8, 8, 3]) });
    await compiled.release();
    return [...found!.data];
  };
  const random = createRandom('colours');
  const rgb = Float32Array.from({ length: 192 }, () => random.next() * 2 - 1);
  // (x - mean) / std by hand, then turned around, for a network that is given pixels as they are.
  const [mean, std] = [
    [0.1, 0.2, 0.3],
    [0.5, 0.6, 0.7],
  ];
  const turned = rgb.map((_, i) => {
    const channel = 2 - (i % 3);
    const unit = (rgb[i - (i % 3) + channel]! + 1) / 2;
    return 2 * ((unit - mean[channel]!) / std[channel]!) - 1;
  });
  const found = await features({ mean, std, order: 'bgr' }, rgb);
  expect(largestDifference(found, await features({}, turned))).toBeLessThan(1e-5);
});

function map(n: number, at: (row: number, column: number) => number): HostTensors {
  return {
    map: float32(
      Array.from({ length: n * n }, (_, i) => at(Math.floor(i / n), i % n)),
      [1, n, n, 1],
    ),
  };
}

test('maps that no cell divides are pooled by area, and by the greatest that a cell touches', async () => {
  const compiled = await engine.compile({
    name: 'pools',
    fn: (_, { map: x }) => {
      const own = x as tf.Tensor4D;
      const halves = joinParts(meanPool(own, 2), 2);
      return { mean: meanPool(own, 2), max: maxPool(own, 2), std: stdPool(own, 2), halves };
    },
    weights: {},
    inputs: { map: { dtype: 'float32', shape: ['N', 3, 3, 1] } },
  });
  const { mean, max, std, halves } = await compiled.run(map(3, (row, column) => row * 3 + column));
  // Rows 0 and half of 1: weights 2/3 and 1/3.
  expect([...mean!.data].map((x) => Number(x.toFixed(4)))).toEqual([1.3333, 2.6667, 5.3333, 6.6667]);
  expect(halves!.shape).toEqual([1, 1, 1, 4]);
  expect([...halves!.data]).toEqual([...mean!.data]);
  expect([...max!.data]).toEqual([4, 5, 7, 8]);
  // Variance of 0, 1 weighted 2:1 is 2/9; of both axes 9 · 2/9 + 2/9.
  for (const deviation of std!.data) expect(deviation).toBeCloseTo(Math.sqrt(20 / 9), 3);
  await compiled.release();
});
