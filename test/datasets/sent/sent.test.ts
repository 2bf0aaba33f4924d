import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackDataset } from '../../../src/datasets/sent/index.ts';
import { picture } from '../../pictures/sample-pictures.ts';
import { writeZip, type ZipFile } from './write-zip.ts';

let root: string;
let target: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sent-'));
  target = join(root, 'inside', 'dataset');
  await mkdir(target, { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

async function unpack(bytes: Buffer | string, signal?: AbortSignal): Promise<number> {
  await writeFile(join(root, 'file'), bytes);
  return unpackDataset(join(root, 'file'), target, signal);
}
const there = async () =>
  (await readdir(target, { recursive: true })).filter((name) => name.includes('.')).sort();

const files: ZipFile[] = [
  { name: 'images/cat.png', bytes: 'a picture' },
  { name: 'images/more/dog.jpg', bytes: 'another' },
  { name: 'vqa/train.json', bytes: '[]' },
  { name: 'cluster_ids/img_id_to_cluster_id.pkl', bytes: 'codes' },
];
const NAMES = files.map(({ name }) => name).sort();

describe('a zip', () => {
  it.each([true, false])('is unpacked, with its folder or without (deflated: %s)', async (deflated) => {
    expect(await unpack(writeZip(files, { deflated }))).toBe(files.length);
    expect(await there()).toEqual(NAMES);
    await rm(target, { recursive: true });
    await mkdir(target);
    const within = files.map(({ name, ...file }) => ({ ...file, name: `pets/${name}` }));
    const litter = { name: '__MACOSX/pets/._train.json', bytes: 'x' };
    expect(await unpack(writeZip([...within, litter], { deflated }))).toBe(files.length);
    expect(await there()).toEqual(NAMES);
    expect(await readFile(join(target, 'images/more/dog.jpg'), 'utf8')).toBe('another');
  });

  it('writes nowhere but into its folder, and what a data set has', async () => {
    const strange = [
      'readme.txt',
      'vqa/deep/train.json',
      'images/.hidden.png',
      'images/script.js',
      'images/a/./b/../../x.png',
    ].map((name) => ({ name, bytes: 'x' }));
    await unpack(writeZip([...files, ...strange])).catch(() => {});
    for (const name of [
      '../../outside.png',
      '/etc/outside.png',
      'images/../../outside.png',
      'images\\..\\..\\x.png',
    ]) {
      await expect(unpack(writeZip([{ name, bytes: 'x' }]))).rejects.toMatchObject({
        code: 'dataset_unusable',
      });
    }
    expect((await there()).filter((name) => !NAMES.includes(name))).toEqual([]);
    expect(existsSync(join(root, 'outside.png'))).toBe(false);
  });

  it('is refused when it is damaged, has a name twice, or lies about sizes', async () => {
    const whole = writeZip(files);
    const refused = { code: 'dataset_unusable', param: '/file' };
    await expect(unpack(whole.subarray(0, -30))).rejects.toMatchObject(refused);
    await expect(unpack(writeZip([files[0]!, files[0]!]))).rejects.toMatchObject(refused);
    await rm(target, { recursive: true });
    await mkdir(target);
    await expect(unpack(writeZip([{ ...files[0]!, size: 3 }]))).rejects.toMatchObject(refused);
    const flipped = writeZip([{ name: 'vqa/train.json', bytes: 'a'.repeat(1000) }]);
    flipped[46] = 0xff;
    await expect(unpack(flipped)).rejects.toMatchObject(refused);
  });

  it.each([
    ['a file', `images/${'n'.repeat(300)}.png`],
    ['a path', `images/${'n/'.repeat(3000)}x.png`],
  ])('is refused for a name that is too long for %s', async (_what, name) => {
    await expect(unpack(writeZip([{ name, bytes: 'x' }]))).rejects.toMatchObject({
      code: 'dataset_unusable',
      message: expect.stringContaining('too long'),
    });
  });

  it('is left when its sender hangs up', async () => {
    const reason = new Error('gone');
    await expect(unpack(writeZip(files), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('JSON lines', () => {
  const url = async (side: number) =>
    `data:image/png;base64,${(await picture(side, 20).png().toBuffer()).toString('base64')}`;
  const line = (text: string, answer: string, ...urls: string[]) =>
    JSON.stringify({
      messages: [
        { role: 'system', content: 'Look.' },
        {
          role: 'user',
          content: [
            ...(text === '' ? [] : [{ type: 'text', text }]),
            ...urls.map((one) => ({ type: 'image_url', image_url: { url: one } })),
          ],
        },
        { role: 'assistant', content: answer },
      ],
    });
  const read = async (file: string) => JSON.parse(await readFile(join(target, file), 'utf8'));

  it('become questions, captions and statements, each with pictures to validate on', async () => {
    const urls = await Promise.all([20, 21, 22, 23].map(url));
    const lines = [
      ...urls.map((one, i) => line(`what is ${i}?`, 'a cat', one)),
      ...urls.map((one) => line('', 'a cat on a mat', one)),
      ...urls.map((one, i) => line('both show a cat', i % 2 ? 'True' : 'false', one, urls[(i + 1) % 4]!)),
    ];
    expect(await unpack(`\ufeff${lines.join('\r\n')}\n\n`)).toBe(12);
    expect(await there()).toHaveLength(4 + 6);
    const asked = [...(await read('vqa/train.json')), ...(await read('vqa/valid.json'))];
    expect(asked).toHaveLength(4);
    expect(asked[0]).toMatchObject({ sent: expect.stringMatching(/^what is/), label: { 'a cat': 1 } });
    expect(await read('vqa/valid.json')).toHaveLength(2);
    const [told] = await read('lxmert/train.json');
    expect(told).toMatchObject({ sentf: { mscoco: ['a cat on a mat'] } });
    const judged = [...(await read('nlvr2/train.json')), ...(await read('nlvr2/valid.json'))];
    expect(judged.map(({ label }: { label: number }) => label).sort()).toEqual([0, 0, 1, 1]);
  });

  it('are read as editors and Windows save them', async () => {
    const urls = await Promise.all([20, 21, 22, 23].map(url));
    const text = urls.map((one) => line('is the café open? 🦒', 'yes', one)).join('\r\n');
    const le = Buffer.from(`\ufeff${text}`, 'utf16le');
    for (const bytes of [le, Buffer.from(le).swap16(), text, text.replaceAll('\r\n', '\r')]) {
      await rm(target, { recursive: true });
      await mkdir(target);
      expect(await unpack(bytes)).toBe(4);
      expect((await read('vqa/train.json'))[0].sent).toBe('is the café open? 🦒');
    }
    for (const bytes of [Buffer.from(text, 'latin1'), Buffer.from(text, 'utf16le')]) {
      await expect(unpack(bytes)).rejects.toMatchObject({
        code: 'dataset_unusable',
        message: expect.stringMatching(/^Line 1 .* save it as UTF-8\.$/),
      });
    }
  });

  it('have images in every spelling of base64 that requests have', async () => {
    const urls = await Promise.all([20, 21, 22, 23].map(url));
    const data = (one: string) => one.slice(one.indexOf(',') + 1);
    const spelled = [
      data(urls[0]!),
      `DATA:;BASE64,${encodeURIComponent(data(urls[1]!))}`,
      `data:image/png;name=a;base64,${data(urls[2]!).replaceAll(/(.{40})/g, '$1\r\n')}`,
      `data:,${data(urls[3]!)}`.replace('data:,', 'data:;base64,').replaceAll('=', ''),
    ];
    expect(await unpack(spelled.map((one) => line('is it?', 'yes', one)).join('\n'))).toBe(4);
  });

  it.each([
    ['nothing', ''],
    ['is not JSON', '{"messages": ['],
    ['no list', '{"prompt": "x"}'],
    ['says nothing', line('what?', '', 'data:image/png;base64,AAAA')],
    ['says nothing', '{"messages": [null, 5, {"role": "assistant", "content": [null, 5]}]}'],
    ['half of a surrogate pair', line('what?', 'a \ud800', 'data:image/png;base64,AAAA')],
    ['base64', line('what?', 'a cat', 'data:image/png;base64,AAAA!!!')],
    ['more than 56 MiB', 'x'.repeat((56 << 20) + 1)],
    ['shows no image', line('what?', 'a cat')],
    ['is an address', line('what?', 'a cat', 'https://example.org/cat.png')],
    ['cannot be read', line('what?', 'a cat', 'data:image/png;base64,AAAA')],
  ])('say what is wrong with them: %s', async (what, text) => {
    const expected = what === 'nothing' ? 'There is no example' : what;
    await expect(unpack(text)).rejects.toMatchObject({
      code: 'dataset_unusable',
      message: expect.stringContaining(expected),
    });
  });
});
