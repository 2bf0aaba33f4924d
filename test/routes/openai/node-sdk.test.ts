/** OpenAI's own SDK for Node.js, unchanged but for `baseURL`. */
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CaptionRequest } from '../../../src/inference/host.ts';
import { picture } from '../../pictures/sample-pictures.ts';
import { SEEING } from '../fake-host.ts';
import { type OpenAiServer, openAiServer } from './server.ts';

let server: OpenAiServer;
let client: OpenAI;
let image: string;
let other: string;

beforeAll(async () => {
  server = await openAiServer();
  client = new OpenAI({ baseURL: server.baseUrl, apiKey: 'any key will do', maxRetries: 0 });
  const url = (bytes: Buffer) => `data:image/png;base64,${bytes.toString('base64')}`;
  image = url(await picture(60, 40).png().toBuffer());
  other = url(await picture(30, 30).png().toBuffer());
});
afterAll(() => server.close());

describe('images', () => {
  it('come as base64, in the size that was asked for', async () => {
    const { data, size } = await client.images.generate({
      model: 'gpt-image-1',
      prompt: 'a red car',
      n: 2,
      size: '256x256',
      // Fields that mean nothing here.
      quality: 'high',
      background: 'opaque',
      moderation: 'low',
      user: 'somebody',
    });
    expect([data?.length, size]).toEqual([2, '256x256']);
    const metadata = await sharp(Buffer.from(data![1]!.b64_json!, 'base64')).metadata();
    expect([metadata.format, metadata.width, metadata.height]).toEqual(['png', 256, 256]);
  });

  it('come as addresses that can be opened', async () => {
    const { data } = await client.images.generate({
      prompt: 'a red car',
      response_format: 'url',
      size: '512x512',
    });
    const file = await fetch(data![0]!.url!);
    const metadata = await sharp(Buffer.from(await file.arrayBuffer())).metadata();
    expect([file.headers.get('content-type'), metadata.width]).toEqual(['image/png', 512]);
  });

  it('come as they are painted, in the format that was asked for', async () => {
    const { data, output_format } = await client.images.generate({
      prompt: 'a red car',
      output_format: 'webp',
      output_compression: 50,
    });
    const metadata = await sharp(Buffer.from(data![0]!.b64_json!, 'base64')).metadata();
    expect([output_format, metadata.format, metadata.width]).toEqual(['webp', 'webp', 128]);
  });

  it('are streamed with pictures of the steps', async () => {
    const stream = await client.images.generate({
      prompt: 'a red car',
      stream: true,
      partial_images: 2,
      size: 'auto',
    });
    const seen: unknown[] = [];
    for await (const event of stream) {
      expect(event.b64_json.length).toBeGreaterThan(0);
      seen.push(event.type === 'image_generation.partial_image' ? event.partial_image_index : event.type);
    }
    expect(seen).toEqual([0, 1, 'image_generation.completed']);
  });

  it('are changed where a mask is transparent', async () => {
    const [shown, mask] = [await picture(60, 40).png().toBuffer(), await picture(60, 40).webp().toBuffer()];
    const { data, output_format } = await client.images.edit({
      image: await toFile(shown, 'shown.png', { type: 'image/png' }),
      mask: await toFile(mask, 'mask.webp', { type: 'image/webp' }),
      prompt: 'a dog',
      n: 2,
      size: '256x256',
      quality: 'high',
      output_format: 'webp',
    });
    expect([data?.length, output_format]).toEqual([2, 'webp']);
    const { over, prompts, n } = server.host.requests.at(-1)!;
    expect([prompts, n]).toEqual([['a dog'], 2]);
    expect([over!.picture.bytes, over!.mask.bytes].map((bytes) => Buffer.from(bytes))).toEqual([shown, mask]);

    // Without a mask it is the image's own transparency; a list of one image is one.
    const stream = await client.images.edit({
      image: [await toFile(shown, 'shown.png', { type: 'image/png' })],
      prompt: 'a dog',
      stream: true,
      partial_images: 1,
    });
    const seen: string[] = [];
    for await (const { type } of stream) seen.push(type);
    expect(seen).toEqual(['image_edit.partial_image', 'image_edit.completed']);
    const own = server.host.requests.at(-1)!.over!;
    expect(own.mask.hash).toBe(own.picture.hash);

    const json = await fetch(`${server.baseUrl}/images/edits`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
    });
    expect(json.status).toBe(415);
    const file = await toFile(shown, 'shown.png', { type: 'image/png' });
    const other = await toFile(await picture(40, 60).png().toBuffer(), 'm.png', { type: 'image/png' });
    const refused = client.images.edit({ image: file, mask: other, prompt: 'a dog' });
    await expect(refused).rejects.toMatchObject({ status: 422, param: '/mask' });
    await expect(client.images.edit({ image: [file, file], prompt: 'a dog' })).rejects.toMatchObject({
      status: 400,
      param: '/image',
    });
  });

  it('are refused in words', async () => {
    const refused = client.images.generate({ prompt: 'a car', model: 'nobody' });
    await expect(refused).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: '/model' });
    const many = client.images.generate({ prompt: 'a car', n: 20 });
    await expect(many).rejects.toMatchObject({ status: 400, param: '/n' });
    const huge = client.images.generate({ prompt: 'a car', size: '4096x4096' as 'auto' });
    await expect(huge).rejects.toMatchObject({ status: 400, param: '/size' });
  });
});

const see = (text: string, ...urls: string[]): OpenAI.ChatCompletionUserMessageParam => ({
  role: 'user',
  content: [
    ...(text === '' ? [] : [{ type: 'text' as const, text }]),
    ...urls.map((url) => ({ type: 'image_url' as const, image_url: { url, detail: 'auto' as const } })),
  ],
});

describe('chat completions', () => {
  it('answer a question, with the probabilities of other answers', async () => {
    const { choices, model, usage } = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'system', content: 'Be brief.' }, see('what colour is it?', image)],
      max_tokens: 300,
      logprobs: true,
      top_logprobs: 2,
    });
    expect(model).toBe(SEEING.vqa);
    const looked = server.host.looks.at(-1) as { question: string };
    expect(looked.question).toBe('what colour is it?');
    const [first] = choices[0]!.logprobs!.content!;
    expect(first!.token).toBe(choices[0]!.message.content);
    expect(first!.top_logprobs.length).toBeGreaterThan(0);
    expect(usage!.total_tokens).toBe(usage!.prompt_tokens + usage!.completion_tokens);
  });

  it.each(['', 'What is in this image?', 'Describe the picture.'])(
    'caption when asked "%s"',
    async (text) => {
      const { choices, model } = await client.chat.completions.create({
        model: SEEING.caption,
        messages: [see(text, image)],
        n: 2,
        seed: 3,
      });
      expect([model, choices.length]).toEqual([SEEING.caption, 2]);
      expect((server.host.looks.at(-1) as CaptionRequest).seeds).toEqual([3, 4]);
    },
  );

  it('judge two images, and remember those of an earlier message', async () => {
    const { choices, model } = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [
        see('', image, other),
        { role: 'assistant', content: 'Two pictures.' },
        { role: 'user', content: 'both show a dog' },
      ],
    });
    expect(model).toBe(SEEING.nlvr2);
    expect(choices[0]!.message.content).toMatch(/^(true|false)$/);
    expect((server.host.looks.at(-1) as { statement: string }).statement).toBe('both show a dog');
  });

  it('look at what the user shows, whatever others show', async () => {
    const shown = async (url: string) => {
      const system = { ...see('', other), role: 'system' };
      const assistant = { ...see('', other), role: 'assistant' };
      const messages = [system, see('what is it?', url), assistant, { role: 'user', content: 'is it red?' }];
      await client.chat.completions.create({
        model: 'gpt-4o',
        messages: messages as OpenAI.ChatCompletionMessageParam[],
      });
      return (server.host.looks.at(-1) as { picture: { bytes: Uint8Array } }).picture.bytes;
    };
    expect(Buffer.from(await shown(image)).toString('base64')).toBe(image.split(',')[1]);
  });

  it('are streamed, and can be put together again', async () => {
    const body = { model: 'gpt-4o', messages: [see('describe it', image)], seed: 1 };
    const whole = await client.chat.completions.create(body);
    const stream = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]!.message.content).toBe(whole.choices[0]!.message.content);
    expect(final.usage).toEqual(whole.usage);
  });

  it('are refused in words', async () => {
    const ask = (...messages: OpenAI.ChatCompletionMessageParam[]) =>
      client.chat.completions.create({ model: 'gpt-4o', messages });
    const refused = (status: number, message: RegExp) => ({
      status,
      message: expect.stringMatching(message),
    });
    await expect(ask({ role: 'user', content: 'hello' })).rejects.toMatchObject(refused(422, /no image/));
    await expect(ask(see('', image, other))).rejects.toMatchObject(refused(422, /statement/));
    await expect(ask(see('x', image, image, image))).rejects.toMatchObject(refused(422, /one image or two/));
    await expect(ask(see('x', 'data:image/png;base64,AAAA'))).rejects.toMatchObject({
      status: 415,
      param: '/messages/0/content/1/image_url/url',
    });
    await expect(ask(see('x', 'nonsense!'))).rejects.toMatchObject(refused(400, /messages\.0\.content\.1/));
    await expect(ask(see('x', 'https://example.org/x.png'))).rejects.toMatchObject({ status: 422 });
  });
});

describe('responses', () => {
  const input = (text: string): OpenAI.Responses.ResponseInput => [
    {
      role: 'user',
      content: [
        { type: 'input_text', text },
        { type: 'input_image', image_url: image, detail: 'auto' },
      ],
    },
  ];

  it('answer a question', async () => {
    const response = await client.responses.create({ model: 'gpt-4.1', input: input('what is it?') });
    expect([response.model, response.status]).toEqual([SEEING.vqa, 'completed']);
    expect(response.output_text.length).toBeGreaterThan(0);
  });

  it('are streamed, and can be put together again', async () => {
    const body = { model: 'gpt-4.1', input: input('what is it?') };
    const whole = await client.responses.create(body);
    const stream = client.responses.stream(body);
    let text = '';
    stream.on('response.output_text.delta', ({ delta }) => {
      text += delta;
    });
    const final = await stream.finalResponse();
    expect([final.output_text, text]).toEqual([whole.output_text, whole.output_text]);
  });

  it('cannot go on from one that nobody keeps', async () => {
    const asked = client.responses.create({ model: 'x', input: 'and now?', previous_response_id: 'resp_1' });
    await expect(asked).rejects.toMatchObject({ status: 422, param: '/previous_response_id' });
  });
});

/** Pictures of several sizes, each with a question. */
async function lines(count: number): Promise<string> {
  const all = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const bytes = await picture(20 + i, 30)
        .png()
        .toBuffer();
      const message = see('is it large?', `data:image/png;base64,${bytes.toString('base64')}`);
      return JSON.stringify({
        messages: [message, { role: 'assistant', content: i > count / 2 ? 'yes' : 'no' }],
      });
    }),
  );
  return all.join('\n');
}

describe('files and fine-tuning', () => {
  it('a file becomes a data set, which a job is trained on', async () => {
    const sent = await client.files.create({
      file: await toFile(Buffer.from(await lines(12)), 'large.jsonl'),
      purpose: 'fine-tune',
    });
    expect(sent).toMatchObject({ object: 'file', filename: 'large.jsonl', status: 'processed' });
    const listed = await client.files.list();
    expect(listed.data.map(({ id }) => id)).toEqual([sent.id]);
    expect(await (await client.files.content(sent.id)).text()).toBe(await lines(12));
    const { body } = await get(`/datasets`);
    expect(body.data.find(({ id }: { id: string }) => id === sent.id)).toMatchObject({
      usable: true,
      kinds: expect.arrayContaining(['vqa']),
      sizes: { vqa: { train: { examples: 10 }, validation: { examples: 2 } } },
    });

    const job = await client.fineTuning.jobs.create({
      model: 'x-lxmert-scenes',
      training_file: sent.id,
      method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 2, batch_size: 4 } } },
      suffix: 'large',
      seed: 5,
    });
    expect(job).toMatchObject({
      object: 'fine_tuning.job',
      status: 'queued',
      training_file: sent.id,
      fine_tuned_model: null,
      hyperparameters: { batch_size: 4 },
      seed: 5,
    });
    expect((await get(`/train-jobs/${job.id}`)).body).toMatchObject({ kind: 'vqa', steps: 5 });
    expect((await client.fineTuning.jobs.pause(job.id)).status).toBe('paused');
    expect((await client.fineTuning.jobs.resume(job.id)).status).toBe('queued');
    await expect(client.files.delete(sent.id)).rejects.toMatchObject({ status: 409, code: 'job_state' });
    expect((await client.fineTuning.jobs.cancel(job.id)).status).toBe('cancelled');
    const asked = { model: 'x-lxmert-scenes', training_file: sent.id };
    const refused = (more: object, param: string) =>
      expect(client.fineTuning.jobs.create({ ...asked, ...more })).rejects.toMatchObject({
        status: 422,
        param,
      });
    await refused({ method: { type: 'dpo' } }, '/method/type');
    await refused({ model: 'none' }, '/model');
    await refused({ training_file: 'none' }, '/training_file');
    const events = await client.fineTuning.jobs.listEvents(job.id, { limit: 2 });
    expect([events.data.length, events.has_more]).toEqual([2, true]);
    const all: string[] = [];
    for await (const { message } of client.fineTuning.jobs.listEvents(job.id, { limit: 2 }))
      all.push(message);
    expect(all.at(-1)).toBe('Cancelled.');
    expect((await client.fineTuning.jobs.checkpoints.list(job.id)).data).toEqual([]);
    expect((await client.fineTuning.jobs.retrieve(job.id)).finished_at).toEqual(expect.any(Number));

    expect((await client.files.delete(sent.id)).deleted).toBe(true);
    await expect(client.files.retrieve(sent.id)).rejects.toMatchObject({ status: 404 });
    expect(await readdir(join(server.dataDir, 'datasets'))).toEqual([]);
  });

  it('a file that cannot be used is refused with what is wrong, and nothing of it stays', async () => {
    const send = async (text: string) =>
      client.files.create({ file: await toFile(Buffer.from(text), 'x.jsonl'), purpose: 'fine-tune' });
    await expect(send('{"messages": []}')).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('Line 1'),
    });
    await expect(send(`${(await lines(1)).slice(0, -9)}`)).rejects.toMatchObject({
      message: expect.stringContaining('not JSON'),
    });
    await expect(send(await lines(1))).rejects.toMatchObject({ code: 'dataset_unusable' });
    const file = await toFile(Buffer.from(await lines(6)), 'x.jsonl');
    await expect(client.files.create({ file, purpose: 'assistants' })).rejects.toMatchObject({ status: 400 });
    expect(await readdir(join(server.dataDir, 'datasets'))).toEqual([]);
    expect(await readdir(join(server.dataDir, 'files'))).toEqual([]);
  });

  it('a sender that falls silent anywhere in the form is told so, and nothing of it stays', async () => {
    const strict = await openAiServer({ silenceMs: 500 });
    const { port } = new URL(strict.baseUrl);
    const part = '--b\r\ncontent-disposition: form-data; name="file"; filename="x.jsonl"\r\n\r\n';
    const begun = ['--', part.slice(0, 30), part + (await lines(2)), `${part}${await lines(12)}\r\n--b`];
    for (const body of begun) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(
        `POST /v1/files HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: multipart/form-data; boundary=b\r\n` +
          `content-length: 9000000\r\n\r\n${body}`,
      );
      const [answer] = await once(socket, 'data');
      expect(String(answer)).toMatch(/^HTTP\/1.1 408 /);
      socket.destroy();
    }
    for (const folder of ['datasets', 'files'])
      await vi.waitFor(
        async () => expect(await readdir(join(strict.dataDir, folder)).catch(() => [])).toEqual([]),
        30_000,
      );
    await strict.close();
  });
});

async function get(path: string) {
  const answer = await fetch(`${server.baseUrl}${path}`);
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as far as they like
  return { status: answer.status, body: (await answer.json()) as any };
}
