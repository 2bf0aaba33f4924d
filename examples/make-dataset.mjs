// A data set of eighteen painted animals and one question that no shipped model knows: "is it a pet?"
// node examples/make-dataset.mjs [address of the server] [data folder of the server]
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const [server = 'http://127.0.0.1:3000', data = 'data'] = process.argv.slice(2);
const folder = join(data, 'datasets', 'pets');
const ANIMALS = { cat: 'yes', dog: 'yes', rabbit: 'yes', tiger: 'no', whale: 'no', dinosaur: 'no' };
/** What is validated on stands where nothing that is trained on stood. */
const SPLITS = { train: ['on grass', 'in the desert'], valid: ['in the snow'] };

await mkdir(join(folder, 'images'), { recursive: true });
await mkdir(join(folder, 'vqa'), { recursive: true });

async function paint(prompt, file) {
  const answer = await fetch(`${server}/v1/generate-image`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'image/png' },
    body: JSON.stringify({ prompt, seed: 1 }),
  });
  if (!answer.ok) throw new Error((await answer.json()).error.message);
  await writeFile(file, Buffer.from(await answer.arrayBuffer()));
}

for (const [split, places] of Object.entries(SPLITS)) {
  const questions = [];
  for (const place of places) {
    for (const [animal, label] of Object.entries(ANIMALS)) {
      const id = `${animal} ${place}`.replaceAll(' ', '-');
      await paint(`a ${animal} ${place}`, join(folder, 'images', `${id}.png`));
      questions.push({ img_id: id, question_id: id, sent: 'is it a pet?', label: { [label]: 1 } });
    }
  }
  await writeFile(join(folder, 'vqa', `${split}.json`), `${JSON.stringify(questions, null, 1)}\n`);
}
console.log(`${folder}: 12 questions to train on, 6 to validate on`);
