// OpenAI's SDK from the data to the tuned model: pictures with a question that no shipped model knows ("is it a pet?")
// are sent as JSON lines, a model is tuned on them, hosted, and asked about pictures that it has not seen.
// node examples/openai-fine-tuning.mjs [address of the server]
import OpenAI, { toFile } from 'openai';

const [server = 'http://127.0.0.1:3000'] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${server}/v1`, apiKey: process.env.API_KEY ?? 'any' });
const ANIMALS = { cat: 'yes', dog: 'yes', rabbit: 'yes', tiger: 'no', whale: 'no', dinosaur: 'no' };

/** A message that shows an animal and asks about it. */
async function ask(animal, place) {
  const painted = await client.images.generate({ prompt: `a ${animal} ${place}`, seed: 1 });
  const url = `data:image/png;base64,${painted.data[0].b64_json}`;
  const content = [
    { type: 'text', text: 'is it a pet?' },
    { type: 'image_url', image_url: { url } },
  ];
  return { role: 'user', content };
}

const lines = [];
for (const place of ['on grass', 'in the desert', 'on the beach']) {
  for (const [animal, content] of Object.entries(ANIMALS)) {
    lines.push(JSON.stringify({ messages: [await ask(animal, place), { role: 'assistant', content }] }));
  }
}
const file = await client.files.create({
  file: await toFile(Buffer.from(lines.join('\n')), 'pets.jsonl'),
  purpose: 'fine-tune',
});
console.log(`${file.id}: ${lines.length} pictures`);

let job = await client.fineTuning.jobs.create({
  model: 'x-lxmert-scenes',
  training_file: file.id,
  method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 15, batch_size: 6 } } },
  suffix: 'pets-or-not',
  seed: 1,
});
while (['queued', 'running'].includes(job.status)) {
  await new Promise((resolve) => setTimeout(resolve, 2000));
  job = await client.fineTuning.jobs.retrieve(job.id);
}
const said = [];
for await (const { message } of client.fineTuning.jobs.listEvents(job.id)) said.push(message);
if (job.status !== 'succeeded') throw new Error(`${job.status}: ${said.join(' ')}`);
console.log(`${job.fine_tuned_model} is hosted: ${said.at(-1)}`);

for (const animal of Object.keys(ANIMALS)) {
  const messages = [await ask(animal, 'in the snow')];
  const { choices, model } = await client.chat.completions.create({ model: job.fine_tuned_model, messages });
  console.log(`${model}: is a ${animal} a pet? ${choices[0].message.content}`);
}
