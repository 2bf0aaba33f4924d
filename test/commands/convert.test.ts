/** Published files, small and of exactly their form, to a data set that can be trained on. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { checkDirectory } from '../../src/datasets/directory/index.ts';
import { openFeatureFile } from '../../src/datasets/feature-files.ts';
import { normaliseAnswer, softScores } from '../../src/datasets/published/vqa-answers.ts';
import { createRandom } from '../../src/random.ts';

const run = (args: readonly string[]) => runCommand('convert', args);

let root: string;
const at = (file: string) => join(root, file);
const dataset = (name: string, file = '') => join(root, 'data/datasets', name, file);
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'));
const write = (file: string, value: unknown) => writeFile(at(file), JSON.stringify(value));

async function converts(what: string, ...args: string[]): Promise<string> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await run([what, ...args, '--data-dir', at('data')]);
  } finally {
    spy.mockRestore();
  }
  return written.join('');
}

const image = (subset: string, id: number) => ({
  ...{ license: 5, file_name: `COCO_${subset}_${String(id).padStart(12, '0')}.jpg`, id },
  ...{ coco_url: 'http://images.cocodataset.org/x.jpg', height: 360, width: 640 },
  ...{ date_captured: '2013-11-14 16:28:13', flickr_url: 'http://farm4.staticflickr.com/x.jpg' },
});
const ten = (...answers: string[]) =>
  Array.from({ length: 10 }, (_, i) => ({
    ...{ answer: answers[i] ?? answers.at(-1)!, answer_confidence: 'yes', answer_id: i + 1 },
  }));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'convert-'));
  const info = {
    description: 'COCO 2014 Dataset',
    url: 'http://cocodataset.org',
    version: '1.0',
    year: 2014,
  };
  const licenses = [{ url: 'http://creativecommons.org/licenses/by-nc-sa/2.0/', id: 1, name: 'A' }];
  await write('captions_train2014.json', {
    ...{ info, images: [image('train2014', 9), image('train2014', 25)], licenses },
    annotations: [
      { image_id: 9, id: 661611, caption: 'Closeup of bins of food.' },
      { image_id: 25, id: 122312, caption: 'A giraffe eating food.' },
      { image_id: 9, id: 661977, caption: 'A meal is presented.\n' },
    ],
  });
  // In val2014 the annotations may come before the images.
  await write('captions_val2014.json', {
    annotations: [
      { image_id: 42, id: 641613, caption: 'A small dog.' },
      { image_id: 73, id: 641614, caption: 'A motorcycle.' },
    ],
    ...{ info, licenses, images: [image('val2014', 42), image('val2014', 73)] },
  });
  const head = { info, task_type: 'Open-Ended', data_type: 'mscoco', license: {} };
  await write('v2_OpenEnded_mscoco_train2014_questions.json', {
    ...{ ...head, data_subtype: 'train2014' },
    questions: [
      { image_id: 9, question: 'Is it food?', question_id: 9000 },
      { image_id: 25, question: 'How many giraffes?', question_id: 25000 },
      { image_id: 25, question: 'Where is it?', question_id: 25001 },
    ],
  });
  const annotation = (image_id: number, question_id: number, answer_type: string, answers: object[]) => ({
    ...{ question_type: 'none of the above', multiple_choice_answer: 'x', answers, image_id },
    ...{ answer_type, question_id },
  });
  await write('v2_mscoco_train2014_annotations.json', {
    ...{ info, license: {}, data_subtype: 'train2014' },
    annotations: [
      annotation(25, 25000, 'number', ten('Two', 'two', '2', 'two', '3', '3', '1', '4', '5', '6')),
      annotation(9, 9000, 'yes/no', ten('yes')),
      annotation(25, 25001, 'other', ten('the zoo.', 'in a zoo', 'zoo', 'zoo', 'zoo', 'zoo')),
    ],
    data_type: 'mscoco',
  });
  await write('v2_OpenEnded_mscoco_test-dev2015_questions.json', {
    ...{ ...head, data_subtype: 'test-dev2015' },
    questions: [{ image_id: 262144, question: 'Is the ball flying?', question_id: 262144000 }],
  });
  await write('train_balanced_questions.json', {
    '02930152': {
      ...{
        semantic: [],
        entailed: ['02930153'],
        equivalent: ['02930152'],
        question: 'Is the sky dark?',
        imageId: '2354786',
      },
      ...{
        isBalanced: true,
        groups: { global: 'weather', local: '06-sky_dark' },
        answer: 'yes',
        semanticStr: '',
      },
      ...{ annotations: { answer: {}, question: {}, fullAnswer: {} }, fullAnswer: 'Yes, the sky is dark.' },
      types: { detailed: 'verifyAttr', semantic: 'attr', structural: 'verify' },
    },
    '02930153': {
      ...{ semantic: [], entailed: [], question: 'Is the sky bright?', imageId: '2354786', answer: 'no' },
      ...{ isBalanced: false, types: { detailed: 'verifyAttr', semantic: null, structural: 'verify' } },
    },
  });
  await write('train_choices.json', { '02930152': { valid: ['yes', 'no'], plausible: ['no'] } });
  await write('submission_all_questions.json', {
    '201971873': { question: 'Is it old?', imageId: 'n15740', isBalanced: true },
  });
  const nlvr2 = (identifier: string, label: string) =>
    JSON.stringify({
      ...{ validation: { A: label }, sentence: 'There is a dog.', left_url: 'https://a/l.jpg', writer: 'b' },
      ...{ label, right_url: 'https://a/r.jpg', synset: 'dog', query: 'dogs1', identifier },
    });
  await writeFile(
    at('nlvr2_train.json'),
    `${nlvr2('train-10171-0-0', 'False')}\n${nlvr2('train-10171-0-1', 'True')}\n`,
  );
  await write('region_descriptions.json', [
    {
      id: 1,
      regions: [
        {
          region_id: 1382,
          width: 82,
          height: 139,
          image_id: 1,
          phrase: 'the clock is green in colour',
          y: 57,
          x: 421,
        },
        { region_id: 1383, width: 82, height: 139, image_id: 1, phrase: 'a man', y: 57, x: 421 },
        { region_id: 1384, width: 82, height: 139, image_id: 1, phrase: 'a man ', y: 57, x: 421 },
      ],
    },
    { id: 2, regions: [{ region_id: 1, width: 1, height: 1, image_id: 2, phrase: 'a road', y: 1, x: 1 }] },
  ]);
  await write('question_answers.json', [
    {
      id: 1,
      qas: [
        {
          a_objects: [],
          question: 'What color is the clock?',
          image_id: 1,
          qa_id: 986768,
          answer: 'Green.',
          q_objects: [],
        },
      ],
    },
  ]);
  await write('image_data.json', [
    {
      width: 800,
      url: 'https://cs.stanford.edu/1.jpg',
      height: 600,
      image_id: 1,
      coco_id: null,
      flickr_id: null,
    },
    { width: 800, url: 'https://cs.stanford.edu/2.jpg', height: 600, image_id: 2, coco_id: 42, flickr_id: 1 },
  ]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('COCO’s captions keep their source, whichever order the file has', async () => {
  const told = await converts(
    'coco',
    '--dataset',
    'coco',
    '--captions',
    at('captions_train2014.json'),
    '--captions',
    at('captions_val2014.json'),
  );
  expect(told).toContain('mscoco_train.json: 2 entries');
  expect(await json(dataset('coco', 'lxmert/mscoco_train.json'))).toEqual([
    {
      img_id: 'COCO_train2014_000000000009',
      labelf: {},
      sentf: { mscoco: ['Closeup of bins of food.', 'A meal is presented.'] },
    },
    { img_id: 'COCO_train2014_000000000025', labelf: {}, sentf: { mscoco: ['A giraffe eating food.'] } },
  ]);
  expect((await json(dataset('coco', 'lxmert/mscoco_valid.json'))).length).toBe(2);
});

it('LXMERT’s split of val2014 and Karpathy’s of all', async () => {
  await writeFile(at('minival.txt'), 'COCO_val2014_000000000042\n');
  await converts(
    'coco',
    '--dataset',
    'split',
    '--captions',
    at('captions_val2014.json'),
    '--minival',
    at('minival.txt'),
  );
  const ids = async (file: string) =>
    (await json(dataset('split', file))).map((entry: { img_id: string }) => entry.img_id);
  expect(await ids('lxmert/mscoco_minival.json')).toEqual(['COCO_val2014_000000000042']);
  expect(await ids('lxmert/mscoco_nominival.json')).toEqual(['COCO_val2014_000000000073']);
  const picture = (id: number, split: string) => ({
    ...{
      filepath: 'val2014',
      sentids: [770337],
      filename: `COCO_val2014_${String(id).padStart(12, '0')}.jpg`,
      imgid: 0,
      split,
    },
    sentences: [{ tokens: ['a', 'man'], raw: 'A man.', imgid: 0, sentid: 770337 }],
    cocoid: id,
  });
  await write('dataset_coco.json', {
    images: [picture(1, 'restval'), picture(2, 'test'), picture(3, 'val'), picture(4, 'train')],
    dataset: 'coco',
  });
  await converts('coco', '--dataset', 'karpathy', '--karpathy', at('dataset_coco.json'));
  expect((await readdir(dataset('karpathy', 'lxmert'))).sort()).toEqual([
    'karpathy_nominival.json',
    'karpathy_test.json',
    'karpathy_train.json',
    'karpathy_valid.json',
  ]);
});

it('VQA’s ten answers become soft scores of the answers in its table', async () => {
  await converts(
    'vqa',
    ...['--dataset', 'coco', '--min-answers', '1'],
    ...['--questions', at('v2_OpenEnded_mscoco_train2014_questions.json')],
    ...['--questions', at('v2_OpenEnded_mscoco_test-dev2015_questions.json')],
    ...['--annotations', at('v2_mscoco_train2014_annotations.json')],
  );
  expect(await json(dataset('coco', 'vqa/trainval_label2ans.json'))).toEqual(
    ['2', 'yes', 'zoo'].map((ans) => ({ ans, dsets: ['vqa'] })),
  );
  expect(await json(dataset('coco', 'vqa/train.json'))).toEqual([
    {
      ...{ img_id: 'COCO_train2014_000000000009', question_id: 9000, sent: 'Is it food?' },
      ...{ label: { yes: 1 }, answer_type: 'yes/no', question_type: 'none of the above' },
    },
    {
      ...{ img_id: 'COCO_train2014_000000000025', question_id: 25000, sent: 'How many giraffes?' },
      ...{ label: { 2: 1 }, answer_type: 'number', question_type: 'none of the above' },
    },
    {
      ...{ img_id: 'COCO_train2014_000000000025', question_id: 25001, sent: 'Where is it?' },
      ...{ label: { zoo: 1 }, answer_type: 'other', question_type: 'none of the above' },
    },
  ]);
  expect(await json(dataset('coco', 'vqa/test.json'))).toEqual([
    { img_id: 'COCO_test2015_000000262144', question_id: 262144000, sent: 'Is the ball flying?' },
  ]);
});

it.each([
  ['The zoo.', 'zoo'],
  ['in a zoo', 'in zoo'],
  ['Two', '2'],
  ['dont know', "don't know"],
  ['black-and-white', 'black and white'],
  ['1,000', '1000'],
  ['yes, it is', 'yes it is'],
  ['4.5', '4.5'],
  ['none', '0'],
  ["couldn'tve", "couldn't've"],
  ['', ''],
])('the answer %j reads %j', (answer, read) => {
  expect(normaliseAnswer(answer)).toBe(read);
});

it('scores are those of VQA’s evaluation: one of ten people .3, two .6, three .9, four 1', () => {
  const answers = ['a', 'b', 'b', 'c', 'c', 'c', 'd', 'd', 'd', 'd'];
  expect(Object.fromEntries(softScores(answers))).toEqual({ a: 0.3, b: 0.6, c: 0.9, d: 1 });
});

it('GQA, NLVR2 and Visual Genome', async () => {
  await converts(
    'gqa',
    '--dataset',
    'more',
    '--train',
    at('train_balanced_questions.json'),
    '--test',
    at('submission_all_questions.json'),
    '--choices',
    at('train_choices.json'),
  );
  expect(await json(dataset('more', 'gqa/train.json'))).toEqual([
    {
      img_id: '2354786',
      question_id: '02930152',
      sent: 'Is the sky dark?',
      label: { yes: 1 },
      answer_type: 'verify',
      ...{
        semantic: 'attr',
        entailed: ['02930153'],
        group: 'weather',
        valid: ['yes', 'no'],
        plausible: ['no'],
      },
    },
    {
      ...{ img_id: '2354786', question_id: '02930153', sent: 'Is the sky bright?', label: { no: 1 } },
      ...{ answer_type: 'verify', balanced: false },
    },
  ]);
  expect(await json(dataset('more', 'gqa/test.json'))).toEqual([
    { img_id: 'n15740', question_id: '201971873', sent: 'Is it old?' },
  ]);
  await converts('nlvr2', '--dataset', 'more', '--train', at('nlvr2_train.json'));
  expect((await json(dataset('more', 'nlvr2/train.json')))[0]).toEqual({
    ...{ identifier: 'train-10171-0-0', uid: 'train-10171-0-0', sent: 'There is a dog.', label: 0 },
    ...{ img0: 'train-10171-0-img0', img1: 'train-10171-0-img1' },
  });
  const told = await converts(
    'visual-genome',
    ...['--dataset', 'more', '--regions', at('region_descriptions.json')],
    ...['--questions', at('question_answers.json'), '--images-of', at('image_data.json')],
  );
  expect(told).toContain('1 pictures are COCO');
  expect(await json(dataset('more', 'lxmert/vgnococo.json'))).toEqual([
    {
      img_id: '1',
      sentf: { vg: ['the clock is green in colour', 'a man'], vgqa: ['What color is the clock?'] },
      labelf: { vgqa: [{ 'Green.': 1 }] },
    },
  ]);
});

it('LXMERT’s features of boxes are features of boxes', async () => {
  const random = createRandom('boxes');
  const numbers = (count: number) => Float32Array.from({ length: count }, () => random.next());
  const base64 = (array: Float32Array | BigInt64Array) => Buffer.from(array.buffer).toString('base64');
  const ids = (first: number) => BigInt64Array.from({ length: 36 }, (_, i) => BigInt(first + i));
  const [corners, features, scores] = [numbers(144), numbers(36 * 8), numbers(36)];
  const line = (img_id: string, boxes = corners) =>
    [
      ...[img_id, 480, 640, base64(ids(0)), base64(scores), base64(ids(100)), base64(scores)],
      ...[36, base64(boxes), base64(features)],
    ].join('\t');
  await writeFile(at('train2014_obj36.tsv'), `${line('COCO_train2014_000000000009')}\n${line('b')}\n`);
  const told = await converts('boxes', '--dataset', 'boxed', '--features', at('train2014_obj36.tsv'));
  expect(told).toContain('features/train2014_obj36-00000.h5: 2 entries');
  const file = await openFeatureFile(dataset('boxed', 'features/train2014_obj36-00000.h5'));
  expect(file.imageIds).toEqual(['COCO_train2014_000000000009', 'b']);
  expect(file.features('b')).toEqual({ shape: [36, 8], features });
  expect(file.numbers('b', 'boxes')).toEqual([...corners]);
  expect(file.numbers('b', 'attr_id')[35]).toBe(135);
  expect(['img_w', 'img_h'].map((name) => file.numbers('b', name)[0])).toEqual([640, 480]);
  file.close();
  await writeFile(at('short_obj36.tsv'), `${line('a')}\n${line('b', corners.slice(4))}\n`);
  await expect(converts('boxes', '--dataset', 'short', '--features', at('short_obj36.tsv'))).rejects.toThrow(
    /short_obj36\.tsv, line 2: boxes has 560 bytes/,
  );
  expect(await readdir(dataset('short', 'features'))).toEqual([]);
});

it('what comes out can be trained on, with its pictures linked', async () => {
  await mkdir(at('train2014'));
  for (const name of [
    'COCO_train2014_000000000009',
    'COCO_train2014_000000000025',
    'COCO_val2014_000000000042',
    'COCO_val2014_000000000073',
  ])
    await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .jpeg()
      .toFile(at(`train2014/${name}.jpg`));
  await converts(
    'coco',
    ...['--dataset', 'whole', '--images', at('train2014')],
    ...['--captions', at('captions_train2014.json'), '--captions', at('captions_val2014.json')],
  );
  const checked = await checkDirectory(dataset('whole'));
  expect(checked.faults).toEqual([]);
  expect(checked.sizes.pretrain).toEqual({
    ...{ train: { examples: 2, pictures: 2 }, validation: { examples: 2, pictures: 2 } },
  });
});

it.each([
  ['another form', '{"images": [], "annotations": [{"image_id": 1}]}', /bad\.json, entry 0: .*caption/],
  ['no JSON', '{"images": [', /bad\.json is not JSON/],
  ['nothing', '{}', /nothing in the files/],
])('%s is refused with the file and the entry, and nothing is left', async (_, text, message) => {
  await writeFile(at('bad.json'), text);
  await expect(converts('coco', '--dataset', 'bad', '--captions', at('bad.json'))).rejects.toThrow(message);
  expect(await readdir(dataset('bad'), { recursive: true })).not.toContainEqual(
    expect.stringContaining('.json'),
  );
});

it('files that are there are kept, unless they are to be replaced', async () => {
  const again = ['--dataset', 'karpathy', '--karpathy', at('dataset_coco.json')];
  await expect(converts('coco', ...again)).rejects.toThrow(/already: --replace/);
  await converts('coco', ...again, '--replace');
  await expect(converts('coco', '--dataset', 'x', '--questions', 'a')).rejects.toThrow(
    /takes --captions, --karpathy/,
  );
  await expect(converts('flickr', '--dataset', 'x')).rejects.toThrow(/Convert one of coco/);
  await expect(converts('coco', '--dataset', 'x', '--captions', at('none.json'))).rejects.toThrow(/ENOENT/);
});
