import { expect, test } from 'vitest';
import { PictureRouting } from '../../src/inference/picture-routing.ts';
import type { ToChild } from '../../src/inference/protocol.ts';
import { SentPictures } from '../../src/inference/sent-pictures.ts';
import { defaultModel, dependsOnKind } from '../../src/zoo/default-model.ts';

const picture = { hash: 'abc', bytes: Uint8Array.of(1) };

function routing() {
  const sent: ToChild[] = [];
  let open = true;
  const send = (message: ToChild) => {
    if (open) sent.push(message);
    return open;
  };
  const pictures = new SentPictures(send);
  return {
    sent,
    pictures,
    routing: new PictureRouting(pictures, send),
    close: () => (open = false),
    reopen: () => (open = true),
  };
}

test('a picture is sent, asked about, and forgotten', async () => {
  const { sent, routing: asked } = routing();
  const kind = asked.kindOf([picture, { hash: 'other', bytes: Uint8Array.of(2) }]);
  expect(sent).toEqual([
    { type: 'picture', hash: 'abc', bytes: picture.bytes },
    { type: 'route', route: 1, picture: 'abc' },
  ]);
  asked.onRouted(1, 'photograph');
  expect(await kind).toBe('photograph');
  expect(sent.at(-1)).toEqual({ type: 'forget', hash: 'abc' });
  asked.onRouted(1, 'scene');
});

test('a process that ends takes the question along, the next one is asked, a third is not', async () => {
  const { sent, pictures, routing: asked, close, reopen } = routing();
  const kind = asked.kindOf([picture]);
  close();
  pictures.clear();
  reopen();
  asked.onHello();
  expect(sent.filter(({ type }) => type === 'route')).toHaveLength(2);
  expect(sent.filter(({ type }) => type === 'picture')).toHaveLength(2);
  pictures.clear();
  asked.onHello();
  expect(await kind).toBeUndefined();
});

test('without a process the question waits for one, and ends with the host', async () => {
  const { sent, routing: asked, close, reopen } = routing();
  close();
  const first = asked.kindOf([picture]);
  expect(sent).toEqual([]);
  reopen();
  asked.onHello();
  expect(sent).toEqual([
    { type: 'picture', hash: 'abc', bytes: picture.bytes },
    { type: 'route', route: 1, picture: 'abc' },
  ]);
  asked.onRouted(1, 'scene');
  expect(await first).toBe('scene');
  const second = asked.kindOf([picture]);
  asked.close();
  expect(await second).toBeUndefined();
});

test('the default model follows the kind of picture where there are models for both', () => {
  const models = [
    { id: 'x-lxmert-photos', tasks: ['caption'] },
    { id: 'x-lxmert-scenes', tasks: ['paint', 'caption'] },
    { id: 'x-lxmert-vqa-scenes', tasks: ['vqa'] },
  ];
  expect(defaultModel(models, 'caption', 'photograph')).toBe('x-lxmert-photos');
  expect(defaultModel(models, 'caption', 'scene')).toBe('x-lxmert-scenes');
  expect(defaultModel(models, 'caption')).toBe('x-lxmert-scenes');
  expect(defaultModel(models, 'vqa', 'photograph')).toBe('x-lxmert-vqa-scenes');
  expect(defaultModel(models, 'nlvr2', 'photograph')).toBeUndefined();
  expect([dependsOnKind(models, 'caption'), dependsOnKind(models, 'vqa')]).toEqual([true, false]);
});
