/**
 * The way of test/authors-files.test.ts over HTTP: what the command line imports, converts and extracts is trained on
 * as jobs, promoted and asked, for X-LXMERT and for UNITER. The published files are small and of exactly their form.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCommand } from '../src/commands/index.ts';

const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);
let root: string;
let data: string;
let url: string;
let server: ChildProcess;
let output = '';

const options = (given: Record<string, string>) =>
  Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
const folders = () => ['--data-dir', data, '--checkpoints-dir', join(root, 'none')];

async function typed(command: () => Promise<void>): Promise<string> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await command();
  } finally {
    spy.mockRestore();
  }
  return written.join('');
}

const imports = (given: Record<string, string>) =>
  typed(() => runCommand('import', [...options(given), ...folders()]));
async function converts(what: string, given: [string, string][], ...more: string[]): Promise<void> {
  const files = given.flatMap(([name, file]) => [`--${name}`, join(root, file)]);
  await typed(() => runCommand('convert', [what, '--dataset', 'coco', ...files, ...more, '--data-dir', data]));
}

const name = (subset: string, id: number) => `COCO_${subset}_${String(id).padStart(12, '0')}`;
const TRAIN = [9, 25, 30, 34, 36, 49];
const VALID = [42, 73, 74, 133];
const COLOURS = ['red', 'green', 'blue', 'white'] as const;
const colourOf = (id: number) => COLOURS[id % COLOURS.length]!;

/** Ten JPEGs and what COCO, VQA, GQA and NLVR2 say of them. */
async function publishedFiles(): Promise<void> {
  const write = (file: string, value: unknown) => writeFile(join(root, file), JSON.stringify(value));
  for (const [subset, ids] of [
    ['train2014', TRAIN],
    ['val2014', VALID],
  ] as const) {
    await mkdir(join(root, subset));
    for (const id of ids)
      await sharp({ create: { width: 64, height: 48, channels: 3, background: colourOf(id) } })
        .jpeg()
        .toFile(join(root, subset, `${name(subset, id)}.jpg`));
    await write(`captions_${subset}.json`, {
      images: ids.map((id) => ({ id, file_name: `${name(subset, id)}.jpg`, height: 48, width: 64 })),
      annotations: ids.map((id) => ({ image_id: id, id, caption: `A ${colourOf(id)} wall.` })),
    });
    await write(`questions_${subset}.json`, {
      data_subtype: subset,
      questions: ids.map((id) => ({ image_id: id, question: 'What colour is it?', question_id: id * 1000 })),
    });
    await write(`annotations_${subset}.json`, {
      data_subtype: subset,
      annotations: ids.map((id) => ({
        ...{ image_id: id, question_id: id * 1000, answer_type: 'other', question_type: 'what colour' },
        answers: Array.from({ length: 10 }, (_, i) => ({ answer: colourOf(id), answer_id: i + 1 })),
      })),
    });
  }
  await write('questions_test.json', {
    data_subtype: 'test2015',
    questions: VALID.map((id) => ({ image_id: id, question: 'What colour is it?', question_id: id })),
  });
}

// biome-ignore lint/suspicious/noExplicitAny: what answers look like is the contract's test to say.
async function call(path: string, body?: object | FormData): Promise<any> {
  const answer = await fetch(`${url}${path}`, {
    ...(body && { method: 'POST' }),
    ...(body instanceof FormData
      ? { body }
      : body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const said = await answer.json();
  expect(answer.ok, `${path}: ${JSON.stringify(said)}`).toBe(true);
  return said;
}

/** Trains as a job, to its end. @returns its id */
async function trains(kind: string, given: object, hyperparameters: object = TINY): Promise<string> {
  const { id } = await call('/v1/train-jobs', { kind, dataset: 'coco', seed: 1, ...given, hyperparameters });
  for (;;) {
    const { status, error } = await call(`/v1/train-jobs/${id}`);
    if (status === 'succeeded') return id;
    if (['failed', 'cancelled'].includes(status))
      throw new Error(`${kind}: ${JSON.stringify(error)}\n${output}`);
    await sleep(200);
  }
}
/** @returns what the model can be asked for */
async function promotes(job: string, model_id: string): Promise<string[]> {
  await call(`/v1/train-jobs/${job}/promote`, { model_id });
  return (await call(`/v1/models/${model_id}`)).tasks;
}

/** Jobs run at the lowest priority: on a busy machine they wait. */
const PATIENCE = 600_000;
const TINY = { steps: 2, batch_size: 2, checkpoint_every: 2 };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'authors-files-http-'));
  await chmod(root, 0o755);
  data = join(root, 'data');
  await publishedFiles();
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const words = [...special, ...'abcdefghijklmnopqrstuvwxyz'].flatMap((word) =>
    word.length > 1 ? [word] : [word, `##${word}`],
  );
  while (words.length < 200) words.push(`word${words.length}`);
  await writeFile(join(root, 'vocab.txt'), `${words.join('\n')}\n`);
  await writeFile(join(root, 'config.json'), JSON.stringify({ num_attention_heads: 4 }));
  await writeFile(join(root, 'detector.json'), JSON.stringify({ min_size: 96, max_size: 160 }));
  await imports({
    ...{ from: fixture('detector-tiny/detectron_model.pth'), as: 'detector/published' },
    config: join(root, 'detector.json'),
  });
  const model = { vocab: join(root, 'vocab.txt'), config: join(root, 'config.json') };
  const parts = {
    generator: fixture('generator-tiny/G_60.pth'),
    centroids: fixture('x-lxmert-tiny/centroids.npy'),
    'grid-encoder': 'detector/published',
  };
  const from = fixture('x-lxmert-tiny/Epoch20_LXRT.pth');
  await imports({ from, as: 'x-lxmert/published', ...model, ...parts });
  const uniter = { from: fixture('uniter-tiny/uniter-tiny.pt'), as: 'uniter/published', ...model, ...parts };
  expect(await imports(uniter)).toContain('can do: paint, caption');
  await converts('coco', [
    ['captions', 'captions_train2014.json'],
    ['captions', 'captions_val2014.json'],
    ['images', 'train2014'],
    ['images', 'val2014'],
  ]);
  const questions: [string, string][] = [
    ...['train2014', 'val2014'].flatMap((subset): [string, string][] => [
      ['questions', `questions_${subset}.json`],
      ['annotations', `annotations_${subset}.json`],
    ]),
    ['questions', 'questions_test.json'],
  ];
  await converts('vqa', questions, '--min-answers', '1');
  server = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', 'serve', '--port', '0'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { PATH: process.env.PATH, DATA_DIR: data, CHECKPOINTS_DIR: join(root, 'none'), THREADS: '1' },
  });
  for (const stream of [server.stdout!, server.stderr!])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  while (!url) {
    url = /listening on (http:\/\/[\d.:]+)/.exec(output)?.[1] ?? '';
    if (server.exitCode !== null) throw new Error(output);
    await sleep(50);
  }
});
afterAll(async () => {
  server?.kill('SIGTERM');
  if (server && server.exitCode === null) await once(server, 'exit');
  await rm(root, { recursive: true, force: true });
});

const photo = async () =>
  new Blob([new Uint8Array(await readFile(join(root, 'val2014', `${name('val2014', 42)}.jpg`)))]);
async function asks(model: string): Promise<{ answer: string }> {
  const form = new FormData();
  form.set('model', model);
  form.set('question', 'What colour is it?');
  form.set('image', await photo(), 'photo.jpg');
  return call('/v1/vqa', form);
}

it(
  'pre-trains X-LXMERT on, fine-tunes it on JPEGs, and asks about one',
  async () => {
    const further = await trains('pretrain', { base_model: 'x-lxmert-published' });
    expect(await promotes(further, 'further')).toEqual(['paint', 'caption']);
    const painted = await call('/v1/generate-image', { model: 'further', prompt: 'a red wall', seed: 1 });
    expect(painted.images[0].codes).toHaveLength(64);
    const answering = await trains('vqa', { base_model: further });
    expect(await promotes(answering, 'vqa2')).toEqual(['vqa']);
    expect(COLOURS).toContain((await asks('vqa2')).answer);
    const file = join(root, 'test-dev.json');
    await typed(() =>
      runCommand('predict', ['vqa', '--model', 'vqa2', '--dataset', 'coco', '--output', file, ...folders()]),
    );
    const predictions: { question_id: number; answer: string }[] = JSON.parse(await readFile(file, 'utf8'));
    expect(predictions.map(({ question_id }) => question_id)).toEqual(VALID);
  },
  PATIENCE,
);

it(
  'UNITER goes the same way on extracted features, and paints by regression',
  async () => {
    await trains('extract', { components: { grid_encoder: 'detector-published' } }, {});
    const parts = {
      grid_encoder: 'detector-published',
      visual_vocabulary: 'uniter-published-visual-vocabulary',
    };
    const further = await trains('pretrain', { base_model: 'uniter-published', components: parts });
    expect(await promotes(further, 'uniter2')).toEqual(['paint', 'caption']);
    const request = { model: 'uniter2', prompt: 'a red wall', seed: 1, n: 2 };
    const { images } = await call('/v1/generate-image', request);
    expect(images).toHaveLength(2);
    expect(images[0].codes).toHaveLength(64);
    expect((await call('/v1/generate-image', request)).images[1].b64_json).toBe(images[1].b64_json);
    const answering = await trains('vqa', {
      base_model: further,
      components: { grid_encoder: 'detector-published' },
    });
    expect(await promotes(answering, 'uniter-vqa')).toEqual(['vqa']);
    expect(COLOURS).toContain((await asks('uniter-vqa')).answer);
  },
  PATIENCE,
);
