/**
 * A data set that came as JSON lines, in the form in which OpenAI's models are tuned to look at pictures:
 *
 *   {"messages": [{"role": "user", "content": [{"type": "text", "text": "what is it?"},
 *     {"type": "image_url", "image_url": {"url": "data:image/png;base64,…"}}]}, {"role": "assistant", "content": "a cat"}]}
 *
 * One picture and a question are VQA, a picture alone is captioned with the answer, two pictures and "true" or "false"
 * are NLVR2. It becomes a folder in the layout of every other data set. Of ten pictures one is validated on.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CodedError } from '../../errors.ts';
import { readPictureHeader } from '../../pictures/picture-header.ts';
import type { DatasetTask } from '../directory/layout.ts';

const MOST_LINES = 1_000_000;
/** One in so many. */
const VALIDATED = 10;
const FEWEST_VALIDATED = 2;

interface Example {
  task: DatasetTask;
  pictures: string[];
  text: string;
  answer: string;
}
type Split = 'train' | 'valid';

/** @returns how many examples it had @throws CodedError dataset_unusable */
export async function unpackLines(path: string, target: string): Promise<number> {
  await mkdir(join(target, 'images'), { recursive: true });
  const examples: Example[] = [];
  const written = new Set<string>();
  const lines = createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.replace('\ufeff', '').trim() === '') continue;
    if (examples.length >= MOST_LINES) throw unusable(number, `there are more than ${MOST_LINES} lines`);
    const { files, ...example } = readLine(line.replace('\ufeff', ''), number);
    for (const { id, bytes, format } of files) {
      if (!written.has(id)) await writeFile(join(target, 'images', `${id}.${format}`), bytes);
      written.add(id);
    }
    examples.push({ ...example, pictures: files.map(({ id }) => id) });
  }
  if (examples.length === 0) throw unusable(1, 'there is no example');
  await writeTasks(target, examples);
  return examples.length;
}

interface Message {
  role?: unknown;
  content?: unknown;
}

function readLine(line: string, number: number) {
  const refuse = (what: string): never => {
    throw unusable(number, what);
  };
  let messages: Message[];
  try {
    messages = (JSON.parse(line) as { messages: Message[] }).messages;
  } catch {
    return refuse('it is not JSON');
  }
  if (!Array.isArray(messages)) return refuse('it has no list of "messages"');
  const of = (role: string) => messages.filter((message) => message?.role === role);
  const asked = of('user').flatMap(({ content }) => partsOf(content));
  const said = of('assistant').flatMap(({ content }) => partsOf(content));
  const text = textOf(asked);
  const answer = textOf(said);
  if (answer === '') return refuse('the assistant says nothing');
  const files = asked
    .flatMap(({ image_url }) => (image_url === undefined ? [] : [addressOf(image_url)]))
    .map((address) => readPicture(address) ?? refuse('an image is no data URL with base64'))
    .map((bytes) => {
      try {
        const { format } = readPictureHeader(bytes);
        const id = createHash('sha256').update(bytes).digest('hex').slice(0, 24);
        return { id, bytes, format: format === 'jpeg' ? 'jpg' : format };
      } catch (error) {
        return refuse(`an image cannot be read: ${(error as Error).message}`);
      }
    });
  if (files.length === 0) return refuse('it shows no image');
  if (files.length > 2) return refuse('it shows more than two images');
  if (files.length === 2 && !/^(true|false)$/i.test(answer))
    return refuse('of two images, the assistant says "true" or "false"');
  const task: DatasetTask = files.length === 2 ? 'nlvr2' : text === '' ? 'pretrain' : 'vqa';
  if (task === 'nlvr2' && text === '') return refuse('two images need a statement');
  return { task, files, text, answer };
}

interface Part {
  text?: unknown;
  image_url?: unknown;
}
const partsOf = (content: unknown): Part[] =>
  typeof content === 'string' ? [{ text: content }] : Array.isArray(content) ? (content as Part[]) : [];
const textOf = (parts: readonly Part[]): string =>
  parts
    .flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
    .join(' ')
    .trim();
const addressOf = (image: unknown): string =>
  String(typeof image === 'object' && image !== null ? (image as { url?: unknown }).url : image);

function readPicture(address: string): Buffer | undefined {
  const [, data] = /^data:[^,]*;base64,(.+)$/is.exec(address) ?? [];
  return data === undefined ? undefined : Buffer.from(data, 'base64');
}

async function writeTasks(target: string, examples: readonly Example[]): Promise<void> {
  const splitOf = splitter(examples);
  for (const task of ['pretrain', 'vqa', 'nlvr2'] as const) {
    const own = examples.filter((example) => example.task === task);
    if (own.length === 0) continue;
    const folder = join(target, task === 'pretrain' ? 'lxmert' : task);
    await mkdir(folder, { recursive: true });
    for (const split of ['train', 'valid'] as const) {
      const entries = own.filter((example) => splitOf(example) === split);
      await writeFile(join(folder, `${split}.json`), JSON.stringify(ENTRIES[task](entries)));
    }
  }
}

/** A picture is trained on or validated on, whatever is asked about it; of each there are as many as a data set needs. */
function splitter(examples: readonly Example[]): (example: Example) => Split {
  const pictures = [...new Set(examples.map(({ pictures: [first] }) => first!))].sort();
  const validated = new Set(pictures.filter((_, i) => i % VALIDATED === VALIDATED - 1));
  for (let i = pictures.length - 1; validated.size < FEWEST_VALIDATED && i > 0; i--)
    validated.add(pictures[i]!);
  return ({ pictures: [first] }) => (validated.has(first!) ? 'valid' : 'train');
}

const ENTRIES: Record<'pretrain' | 'vqa' | 'nlvr2', (examples: readonly Example[]) => unknown[]> = {
  vqa: (examples) =>
    examples.map(({ pictures: [img_id], text, answer }, i) => ({
      ...{ img_id, question_id: i + 1, sent: text, label: { [answer]: 1 } },
    })),
  nlvr2: (examples) =>
    examples.map(({ pictures: [img0, img1], text, answer }, i) => ({
      ...{ img0, img1, uid: String(i + 1), sent: text, label: answer.toLowerCase() === 'true' ? 1 : 0 },
    })),
  pretrain: (examples) => {
    const captions = new Map<string, string[]>();
    for (const { pictures, answer } of examples)
      captions.set(pictures[0]!, [...(captions.get(pictures[0]!) ?? []), answer]);
    return [...captions].map(([img_id, mscoco]) => ({ img_id, sentf: { mscoco } }));
  },
};

const unusable = (line: number, what: string) =>
  new CodedError('dataset_unusable', `Line ${line} cannot be used: ${what}.`, { param: '/file' });
