/** The published layouts to checkpoints of the zoo, which compute what the authors' code computes. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { createAnswerPipeline } from '../../../src/inference/pipelines/answer.ts';
import { createPaintPipeline } from '../../../src/inference/pipelines/paint.ts';
import { createVerifyPipeline } from '../../../src/inference/pipelines/verify.ts';
import { NLVR2_SETUPS, type Nlvr2Setup } from '../../../src/models/finetuning-choices.ts';

import type { GridEncoderConfig } from '../../../src/models/grid-encoder/config.ts';
import { initialGridEncoder } from '../../../src/models/grid-encoder/grid-encoder.ts';
import { weightsFromTorch } from '../../../src/models/layout.ts';
import { dropTiedWeights, parseLxmertConfig, pretrainingLoss } from '../../../src/models/lxmert/index.ts';
import { gridPositions } from '../../../src/models/lxmert/positions.ts';
import { parseUniterConfig, UNITER_TIED } from '../../../src/models/uniter/index.ts';
import { createRandom } from '../../../src/random.ts';

import { readSafetensors, writeSafetensors } from '../../../src/safetensors.ts';
import { float32, type HostTensor, type HostTensors } from '../../../src/tensor.ts';
import { loadAnswerCheckpoint } from '../../../src/zoo/answer-checkpoint.ts';
import { type ImportRequest, importCheckpoint } from '../../../src/zoo/import/import-checkpoint.ts';
import { openWeights } from '../../../src/zoo/import/open-weights.ts';
import { loadPaintCheckpoint } from '../../../src/zoo/paint-checkpoint.ts';
import { evaluate, expectClose, golden, weightsFrom } from '../../fixtures/golden.ts';
import { VOCABULARY } from '../../inference/tiny-zoo.ts';
import { collatedLogits, FIXTURES } from '../../models/uniter/collated-statements.ts';
import { writeTinyAnswerer } from '../tiny-answerer.ts';
import { manifest, writeCheckpoint } from '../write-checkpoint.ts';
import { legacyFile, storage } from './torch-writer.ts';

const fixture = (name: string): string => join(import.meta.dirname, '../../fixtures', name);
const LXMERT = golden('x-lxmert-tiny');
const GIVEN = { num_attention_heads: LXMERT.config.num_attention_heads };

let root: string;
let files: { vocab: string; config: string };
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'import-'));
  files = { vocab: join(root, 'vocab.txt'), config: join(root, 'config.json') };
  const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'red', 'car'];
  const rest = Array.from({ length: 200 - words.length }, (_, i) => `w${i}`);
  await writeFile(files.vocab, [...words, ...rest].join('\n'));
  await writeFile(files.config, JSON.stringify(GIVEN));
});
afterAll(() => rm(root, { recursive: true }));

let count = 0;
const zoo = (): string[] => [join(root, 'shipped'), join(root, `zoo-${count++}`)];

const request = (fields: Partial<ImportRequest>): ImportRequest => ({
  from: fixture('x-lxmert-tiny/Epoch20_LXRT.pth'),
  as: 'x-lxmert/published',
  config: files.config,
  vocab: files.vocab,
  command: 'npm run import -- …',
  commit: 'test',
  ...fields,
});

function expectSame(actual: HostTensor | undefined, expected: HostTensor, what: string): void {
  const bytes = ({ data }: HostTensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  expect(actual?.shape, what).toEqual(expected.shape);
  expect(bytes(actual!).equals(bytes(expected)), what).toBe(true);
}

/** The imported weights are exactly these. */
async function expectHolds(folder: string, expected: HostTensors): Promise<void> {
  const { tensors } = await readSafetensors(join(folder, 'model.safetensors'));
  expect(Object.keys(tensors).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, tensor] of Object.entries(expected)) expectSame(tensors[name], tensor, name);
}

describe.each(['Epoch20_LXRT.pth', 'Epoch20_LXRT.zip.pth', 'model.safetensors'])(
  'X-LXMERT from %s',
  (file) => {
    test('with generator and centroids it computes what the authors’ does, and paints', async () => {
      const roots = zoo();
      const imported = await importCheckpoint(
        request({
          from: fixture(`x-lxmert-tiny/${file}`),
          centroids: fixture('x-lxmert-tiny/centroids.npy'),
          generator: fixture('generator-tiny/G_60.pth'),
        }),
        roots,
      );
      expect(imported).toMatchObject({ id: 'x-lxmert-published', tasks: ['paint'] });
      expect(imported.revision).toMatch(/^[0-9a-f]{64}$/);
      const config = JSON.parse(await readFile(join(imported.folder, 'config.json'), 'utf8'));
      expect(config).toEqual({ ...LXMERT.config, num_object_labels: 0, grid: 8 });
      // Tied weights are kept once.
      const {
        'cls.predictions.decoder.weight': _,
        'obj_predict_head.out_cluster.weight': __,
        ...once
      } = LXMERT.tensors();
      await expectHolds(imported.folder, once);
      expect(
        (await readdir(roots[1]!, { recursive: true })).filter((name) => name.includes('incomplete')),
      ).toEqual([]);

      const generator = join(roots[1]!, 'generator/x-lxmert-published');
      const checkpoint = await loadPaintCheckpoint({ folder: imported.folder, components: { generator } });
      const sizes = parseLxmertConfig(config);
      const one = LXMERT.cases.find(({ name }) => name === 'loss-vis_mask')!;
      const { obj_logits, obj_loss } = await evaluate(
        (weights, batch) => {
          const { losses, outputs } = pretrainingLoss(sizes, weights, batch, { task: 'vis_mask' });
          return { ...losses, ...outputs };
        },
        checkpoint.lxmert.weights,
        LXMERT.inputs(one),
      );
      expectClose(obj_logits, LXMERT.expected(one).obj_logits!, one.tolerance, 'obj_logits');
      expect(obj_loss!.data[0]).toBeCloseTo(one.expected_scalars!.obj_loss!, 3);

      const pipeline = await createPaintPipeline(createOnnxRuntimeEngine({ threads: 1 }), checkpoint, {
        maxBatch: 1,
      });
      const painted = await pipeline.paint({
        prompt: 'a red car',
        seed: 1,
        sampler: { strategy: 'mask-predict', steps: 4 },
        format: 'png',
        steps: false,
      });
      expect([painted.width, painted.codes.length]).toEqual([64, 64]);
      await pipeline.release();
    });
  },
);

test('a checkpoint of the zoo, with a generator of the zoo', async () => {
  const shipped = join(import.meta.dirname, '../../../checkpoints');
  const generator = join(shipped, 'generator/scenes');
  const roots = zoo();
  const from = join(shipped, 'x-lxmert/scenes');
  const asked = { from, generator, as: 'mine', command: 'npm run import -- …', commit: 'test' };
  expect((await importCheckpoint(asked, roots)).tasks).toContain('paint');
  const weights = async (folder: string) =>
    (await readSafetensors(join(folder, 'model.safetensors'))).tensors;
  expect(await weights(join(roots.at(-1)!, 'generator/mine'))).toEqual(await weights(generator));
  const alone = { ...asked, generator: join(generator, 'model.safetensors'), as: 'other' };
  await expect(importCheckpoint(alone, roots)).rejects.toThrow(/name the folder/);
});

test('the generator alone, its filters in our layout', async () => {
  const [shipped, own] = zoo();
  const imported = await importCheckpoint(
    request({ from: fixture('generator-tiny/G_60.pth'), as: 'painter' }),
    [shipped!, own!],
  );
  expect(imported).toMatchObject({ id: 'painter', folder: join(own!, 'imported/painter'), tasks: [] });
  const raw = golden('generator-tiny').tensors('G.safetensors');
  await expectHolds(imported.folder, weightsFromTorch(raw));
  const { tensors } = await readSafetensors(join(imported.folder, 'model.safetensors'));
  const [theirs, ours] = [raw, tensors].map((all) => all['resblocks.0.conv1.weight_orig']!);
  const [out, input, kh, kw] = theirs!.shape as [number, number, number, number];
  expect(ours!.shape).toEqual([kh, kw, input, out]);
  expect(ours!.data[(1 * kw + 2) * input * out + 3 * out + 4]).toBe(
    theirs!.data[4 * input * kh * kw + 3 * kh * kw + 5],
  );
});

test("Hugging Face's layout: a folder, the names of its LXMERT, halves", async () => {
  const folder = join(root, 'hugging-face');
  await rm(folder, { recursive: true, force: true });
  const { mkdir, copyFile } = await import('node:fs/promises');
  await mkdir(folder);
  const fixtureConfig = golden('lxmert-tiny').config;
  const weights: HostTensors = {};
  for (const [name, tensor] of Object.entries(golden('lxmert-tiny').tensors())) {
    if (/out_obj|vis_emb|mask_feat/.test(name)) continue;
    const theirs = name.replace(/^bert\./, 'lxmert.').replace('.linear_feat.', '.decoder_dict.feat.');
    weights[theirs] = tensor;
  }
  const { hidden_size: D } = fixtureConfig as { hidden_size: number };
  weights['obj_predict_head.decoder_dict.attr.weight'] = {
    dtype: 'float32',
    shape: [3, D],
    data: new Float32Array(3 * D),
  };
  weights.mask_feat = golden('lxmert-tiny').tensors().mask_feat!;
  await writeSafetensors(join(folder, 'model.safetensors'), weights, { float: 'F16' });
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ architectures: ['LxmertForPreTraining'], num_attention_heads: 4, num_qa_labels: 9500 }),
  );
  await copyFile(files.vocab, join(folder, 'vocab.txt'));
  const text = (await readFile(files.vocab, 'utf8')).split('\n').slice(0, 150).join('\n');
  await writeFile(join(folder, 'vocab.txt'), text);
  const { config: _, vocab: __, ...plain } = request({ from: folder, as: 'lxmert' });
  const imported = await importCheckpoint(plain, zoo());
  const config = JSON.parse(await readFile(join(imported.folder, 'config.json'), 'utf8'));
  expect(config).toMatchObject({ num_qa_labels: 17, visual_losses: ['feat'], num_clusters: 0 });
  const card = await readFile(join(imported.folder, 'README.md'), 'utf8');
  expect(card).toContain('obj_predict_head.decoder_dict.attr.weight');
  expect(card).toContain('float16');
});

test('LXMERT, which has features and no codes', async () => {
  const vocab = join(root, 'vocab-150.txt');
  const words = (await readFile(files.vocab, 'utf8')).split('\n').slice(0, 150);
  await writeFile(vocab, words.join('\n'));
  const { config: sizes, tensors } = golden('lxmert-tiny');
  const imported = await importCheckpoint(
    request({ from: fixture('lxmert-tiny/model.safetensors'), as: 'lxmert', vocab }),
    zoo(),
  );
  const config = JSON.parse(await readFile(join(imported.folder, 'config.json'), 'utf8'));
  expect(config).toEqual({ ...sizes, grid: 8 });
  await expectHolds(imported.folder, dropTiedWeights(tensors()));
});

test("UNITER's own file", async () => {
  const { hidden_size: _, ...sizes } = golden('uniter-tiny').config;
  const config = join(root, 'uniter.json');
  await writeFile(config, JSON.stringify(sizes));
  const imported = await importCheckpoint(
    request({ from: fixture('uniter-tiny/uniter-tiny.pt'), as: 'uniter', config }),
    zoo(),
  );
  expect(imported.tasks).toEqual([]);
  expect(JSON.parse(await readFile(join(imported.folder, 'config.json'), 'utf8'))).toMatchObject({
    num_hidden_layers: 3,
    visual_feat_dim: 40,
    visual_pos_dim: 7,
    num_object_labels: 21,
  });
  const manifest = JSON.parse(await readFile(join(imported.folder, 'manifest.json'), 'utf8'));
  expect(manifest.architecture).toBe('uniter');
  const weights = Object.entries(await weightsFrom('uniter-tiny/uniter-tiny.pt'));
  await expectHolds(imported.folder, Object.fromEntries(weights.filter(([name]) => !(name in UNITER_TIED))));
});

/** A .pt of a fine-tuned UNITER, as its trainer saves one: backbone and head. */
async function finetunedFile(setup: Nlvr2Setup): Promise<{ file: string; weights: HostTensors }> {
  const opened = await openWeights(fixture('uniter-tiny/uniter-tiny.pt'));
  const weights: HostTensors = {};
  for (const [name, tensor] of opened.tensors)
    if (name.startsWith('uniter.')) weights[name] = await tensor.read();
  await opened.close();
  Object.assign(weights, golden('uniter-tiny').tensors(`${FIXTURES[setup]}-head.safetensors`));
  const specs = Object.entries(weights).map(([name, { shape, data }], i) => ({
    name,
    shape: [...shape],
    storage: storage(String(i), Buffer.from(Float32Array.from(data as Float32Array).buffer)),
  }));
  const file = join(root, `nlvr2-${setup}.pt`);
  await writeFile(file, legacyFile(specs));
  return { file, weights };
}

test.each(NLVR2_SETUPS)("UNITER fine-tuned on NLVR2, %s: judges as the authors' code", async (setup) => {
  const roots = zoo();
  const { file, weights } = await finetunedFile(setup);
  const config = join(root, 'uniter-sizes.json');
  await writeFile(config, JSON.stringify(golden('uniter-tiny').config));
  const encoder: GridEncoderConfig = {
    ...{ image_size: 128, channels: [4, 4, 8, 40], blocks: [0, 0, 0, 0], layer_norm_epsilon: 1e-6 },
    ...{ objects: 3, colours: 3, parts: 10, backgrounds: 2 },
  };
  const gridEncoder = await writeCheckpoint(roots[0]!, 'grid-encoder/tiny', {
    manifest: manifest({ id: 'grid-encoder-tiny', architecture: 'grid-encoder', tasks: [] }),
    config: encoder,
    weights: initialGridEncoder(encoder, createRandom('encoder')),
  });
  const imported = await importCheckpoint(
    request({ from: file, as: 'judge', config, gridEncoder: 'grid-encoder/tiny' }),
    roots,
  );
  expect(imported.tasks).toEqual(['nlvr2']);
  const checkpoint = await loadAnswerCheckpoint({
    folder: imported.folder,
    components: { grid_encoder: gridEncoder },
  });
  expect(checkpoint.config).toMatchObject({ head: 'nlvr2', nlvr2_setup: setup, type_vocab_size: 3 });
  const random = createRandom('pictures');
  const pictures = [0, 1].map(() => Float32Array.from({ length: 64 * 40 }, () => random.normal()));
  const pipeline = await createVerifyPipeline(createOnnxRuntimeEngine({ threads: 1 }), checkpoint, {
    maxBatch: 1,
  });
  try {
    const [left, right] = pictures as [Float32Array, Float32Array];
    const { score, label } = await pipeline.verify({ features: left }, { features: right }, 'a red car');
    const logits = await collatedLogits(
      setup,
      parseUniterConfig(checkpoint.config),
      weights,
      [[2, 5, 6, 7, 3]],
      float32(Float32Array.from([...left, ...right]), [1, 2, 64, 40]),
      gridPositions(8, 7),
    );
    const [no, yes] = [...logits.data] as [number, number];
    expect(score).toBeCloseTo(1 / (1 + Math.exp(no - yes)), 4);
    expect(label).toBe(yes > no);
  } finally {
    await pipeline.release();
  }
});

test("the product's own checkpoint comes back as it was, LayerNorm before the blocks and the empty answer first", async () => {
  const roots = zoo();
  const answers = ['', 'yes', 'no', 'red'];
  const data = { name: 'none', description: 'random weights' };
  const original = await writeTinyAnswerer(roots[0]!, 'vqa', { vocabulary: VOCABULARY, answers, data });
  const config = JSON.parse(await readFile(join(original.folder, 'config.json'), 'utf8'));
  await writeFile(join(original.folder, 'config.json'), JSON.stringify({ ...config, pre_norm: true }));
  const imported = await importCheckpoint(
    {
      ...{ from: original.folder, as: 'copy', gridEncoder: 'grid-encoder/tiny' },
      ...{ command: 'npm run import -- …', commit: 'test' },
    },
    roots,
  );
  expect(imported.tasks).toEqual(['vqa']);
  const features = Float32Array.from({ length: 64 * config.visual_feat_dim }, (_, i) => Math.sin(i));
  const asked = [];
  for (const { folder, components } of [original, { ...original, folder: imported.folder }]) {
    const checkpoint = await loadAnswerCheckpoint({ folder, components });
    expect(checkpoint.answers).toEqual(answers);
    expect(checkpoint.config.pre_norm).toBe(true);
    const pipeline = await createAnswerPipeline(createOnnxRuntimeEngine({ threads: 1 }), checkpoint, {
      maxBatch: 1,
    });
    asked.push(await pipeline.answer({ features }, 'is it a red dog?', 4));
    await pipeline.release();
  }
  expect(asked[1]).toEqual(asked[0]);
});

test('fields of a config that nobody here knows are kept', async () => {
  const config = join(root, 'more.json');
  const more = { pre_norm: true, made_by: 'somebody', num_hidden_layers: { vision: 1 }, dropout: 0.1 };
  await writeFile(config, JSON.stringify({ ...GIVEN, ...more, position_embedding_type: 'absolute' }));
  const { folder } = await importCheckpoint(request({ config }), zoo());
  const kept = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  expect(kept).toMatchObject({ pre_norm: true, made_by: 'somebody', dropout: 0.1 });
  // A UNITER would have it.
  expect(kept).not.toHaveProperty('num_hidden_layers');
});

describe('what does not fit is named', () => {
  const refused = async (fields: Partial<ImportRequest>): Promise<string> => {
    const roots = zoo();
    const error = await importCheckpoint(request(fields), roots).catch((reason: unknown) => reason);
    // Nothing is left behind.
    expect(await readdir(roots[1]!, { recursive: true }).catch(() => [])).not.toContainEqual(
      expect.stringMatching(/safetensors|incomplete/),
    );
    return error instanceof Error ? `${(error as { code?: string }).code}: ${error.message}` : 'imported';
  };

  test('every missing, surplus and misshapen weight', async () => {
    const weights = { ...LXMERT.tensors() };
    delete weights['bert.pooler.dense.bias'];
    delete weights['cls.seq_relationship.weight'];
    weights['bert.extra.weight'] = weights.mask_feat!;
    weights['cls.predictions.bias'] = { dtype: 'float32', shape: [3], data: new Float32Array(3) };
    const from = join(root, 'broken.safetensors');
    await writeSafetensors(from, weights);
    const said = await refused({ from });
    for (const part of [
      'weights_mismatch',
      'bert.pooler.dense.bias [48]',
      'cls.seq_relationship.weight [2,48]',
      'surplus: bert.extra.weight',
      'cls.predictions.bias is [3], not [200]',
    ]) {
      expect(said).toContain(part);
    }
  });

  test('centroids of another vocabulary, a generator of another grid, tied weights that differ', async () => {
    const centroids = fixture('hdf5/maskrcnn_mscoco_train_centroids16_iter20_d40_grid8.npy');
    expect(await refused({ centroids })).toContain('is not the vis_emb.weight');
    const weights = { ...LXMERT.tensors() };
    const { shape, data } = weights['obj_predict_head.out_cluster.weight']!;
    const other = Float32Array.from(data as Float32Array);
    other[7] = 9;
    weights['obj_predict_head.out_cluster.weight'] = { dtype: 'float32', shape, data: other };
    const from = join(root, 'untied.safetensors');
    await writeSafetensors(from, weights);
    expect(await refused({ from })).toContain('hold different numbers');
    const config = join(root, 'grid.json');
    await writeFile(config, JSON.stringify({ ...GIVEN, grid: 4 }));
    expect(await refused({ config, generator: fixture('generator-tiny/G_60.pth') })).toContain('a grid of 8');
  });

  test('a config that asks for another computation', async () => {
    const config = join(root, 'other.json');
    const asks = { position_embedding_type: 'relative_key', is_decoder: true, pruned_heads: { 0: [1] } };
    await writeFile(config, JSON.stringify({ ...GIVEN, ...asks }));
    const said = await refused({ config });
    expect(said).toContain('unsupported');
    for (const field of Object.keys(asks)) expect(said).toContain(field);
  });

  test('answers twice, with gaps, or not as many as there are; words without [MASK]', async () => {
    const answers = join(root, 'answers.json');
    const wanted = LXMERT.config.num_qa_labels as number;
    const list = Array.from({ length: wanted }, (_, i) => (i === 0 ? '' : `a${i}`));
    const said = async (value: unknown) => {
      await writeFile(answers, JSON.stringify(value));
      return refused({ answers });
    };
    expect(await said(list.map((_, i) => `a${i % 3}`))).toMatch(/bad_config.*entry 3: "a0" is there already/);
    expect(await said({ yes: 0, no: 2 })).toMatch(/bad_config.*index 2/);
    expect(await said(list.slice(1))).toMatch(/weights_mismatch.*answers/);
    await writeFile(answers, Buffer.from('["caf\xe9"]', 'latin1'));
    expect(await refused({ answers })).toMatch(/bad_config.*answers\.json is not valid UTF-8/);
    const vocab = join(root, 'unmasked.txt');
    await writeFile(vocab, (await readFile(files.vocab, 'utf8')).replace('[MASK]', 'mask'));
    expect(await refused({ vocab })).toMatch(/bad_config.*\[MASK\]/);
  });

  test('not answers and words in the forms in which others write them', async () => {
    const answers = join(root, 'ans2label.json');
    const wanted = LXMERT.config.num_qa_labels as number;
    const list = Array.from({ length: wanted }, (_, i) => (i === 0 ? '' : `a${i}`));
    await writeFile(answers, JSON.stringify(Object.fromEntries(list.map((answer, i) => [answer, i]))));
    const vocab = join(root, 'windows.txt');
    const words = await readFile(files.vocab, 'utf8');
    await writeFile(vocab, Buffer.from(`\ufeff${words.replaceAll('\n', '\r\n')}`, 'utf16le'));
    const { folder } = await importCheckpoint(request({ answers, vocab }), zoo());
    expect(await readFile(join(folder, 'answers.txt'), 'utf8')).toBe(`${list.join('\n')}\n`);
    expect(await readFile(join(folder, 'vocab.txt'), 'utf8')).toBe(`${words.trimEnd()}\n`);
  });

  test('heads that nobody counted, a vocabulary of another size, no model, a name that is taken', async () => {
    const empty = join(root, 'empty.json');
    await writeFile(empty, '{}');
    expect(await refused({ config: empty })).toMatch(
      /bad_config.*num_attention_heads|bad_config.*attention heads/,
    );
    const { vocab: _, ...plain } = request({});
    await expect(importCheckpoint(plain, zoo())).rejects.toThrow('bert-base-uncased has 30522 tokens');
    expect(await refused({ from: fixture('generator-tiny/D.safetensors') })).toContain('unsupported');
    expect(await refused({ from: join(root, 'nowhere') })).toContain('file_not_found');
    expect(await refused({ as: '../evil' })).toContain('bad_config');
    const roots = zoo();
    await importCheckpoint(request({}), roots);
    await expect(importCheckpoint(request({}), roots)).rejects.toMatchObject({ code: 'model_exists' });
  });
});

test('centroids stand in where the weights have none', async () => {
  const { 'vis_emb.weight': centroids, 'obj_predict_head.out_cluster.weight': _, ...rest } = LXMERT.tensors();
  const from = join(root, 'no-vocabulary.safetensors');
  await writeSafetensors(from, rest);
  const imported = await importCheckpoint(
    request({ from, centroids: fixture('x-lxmert-tiny/centroids.npy') }),
    zoo(),
  );
  const { tensors } = await readSafetensors(join(imported.folder, 'model.safetensors'));
  expectSame(tensors['vis_emb.weight'], centroids!, 'vis_emb.weight');
});
