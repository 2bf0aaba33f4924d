// Paints a picture, asks about it, and reads the record: node examples/client.mjs [address of the server]
import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { writeFile } from 'node:fs/promises';

const server = process.argv[2] ?? 'http://127.0.0.1:3000';
/** Only where the server wants one: npm run keys -- create --scope infer */
const key = process.env.API_KEY;

async function call(path, { headers = {}, ...options } = {}) {
  const answer = await fetch(`${server}${path}`, {
    ...options,
    headers: { ...headers, ...(key && { authorization: `Bearer ${key}` }) },
  });
  if (answer.ok) return answer;
  // `code` is stable, `message` says what to do, `param` names the field.
  const { error } = await answer.json();
  throw new Error(`${error.code}: ${error.message} (${error.param ?? error.request_id})`);
}

const postJson = (path, body, headers) =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const painted = await postJson(
  '/v1/generate-image',
  { prompt: 'a giraffe standing on grass next to a red car', n: 2, seed: 1 },
  // Sent again with this key, the same request gives the same answer and is not painted again.
  { 'idempotency-key': randomUUID() },
);
const { images, model, revision } = await painted.json();
for (const [i, { b64_json, seed }] of images.entries()) {
  await writeFile(`giraffe-${i}.png`, Buffer.from(b64_json, 'base64'));
  console.log(`giraffe-${i}.png: seed ${seed}, ${model}, revision ${revision.slice(0, 12)}`);
}

const form = new FormData();
form.set('image', await openAsBlob('giraffe-0.png'), 'giraffe-0.png');
form.set('question', 'what colour is the car?');
const { id, answers } = await (await call('/v1/vqa', { method: 'POST', body: form })).json();
for (const { answer, score } of answers) console.log(`${answer}: ${(100 * score).toFixed(1)} %`);

// Events, one after the other, as they come.
const stream = await postJson(
  '/v1/generate-image',
  { prompt: 'two dogs in the snow' },
  { accept: 'text/event-stream' },
);
let text = '';
for await (const piece of stream.body.pipeThrough(new TextDecoderStream())) {
  text += piece;
  const events = text.split('\n\n');
  text = events.pop();
  for (const event of events) {
    const name = /^event: (.*)$/m.exec(event)?.[1];
    const data = /^data: (.*)$/m.exec(event)?.[1];
    if (name === 'step') console.log(`step ${JSON.parse(data).step} of ${JSON.parse(data).steps}`);
    if (name === 'completed') console.log(`painted in ${JSON.parse(data).timing.compute_ms} ms`);
    if (name === 'error') throw new Error(JSON.parse(data).error.message);
  }
}

const run = await (await call(`/v1/runs/${id}`)).json();
console.log(`${run.id}: ${run.task}, ${run.status}`);

try {
  await postJson('/v1/generate-image', { prompt: '' });
} catch (error) {
  console.log(`as it should be: ${error.message}`);
}
