/**
 * A data set that came as JSON lines, in the form in which OpenAI's models are tuned to look at pictures:
 *
 *   {"messages": [{"role": "user", "content": [{"type": "text", "text": "what is it?"},
 *     {"type": "image_url", "image_url": {"url": "data:image/png;base64,…"}}]}, {"role": "assistant", "content": "a cat"}]}
 *
 * One picture and a question are VQA, a picture alone is captioned with the answer, two pictures and "true" or "false"
 * are NLVR2. It becomes a folder in the layout of every other data set. Of ten pictures one is validated on.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../errors.ts';
import { MAX_PICTURE_BYTES, readPictureHeader } from '../../pictures/picture-header.ts';
import { readPictureText } from '../../pictures/picture-text.js';
import { isStorable } from '../../text.ts';
import type { DatasetTask } from '../directory/layout.ts';
import { LineError, textLines } from './text-lines.ts';

const MOST_LINES = 1_000_000;
/** Two of the largest pictures in base64, and texts. */
const LONGEST_LINE = 56 << 20;
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

/** @returns how many examples it had @throws CodedError dataset_unusable; the signal's reason */
export async function unpackLines(path: string, target: string, signal?: AbortSignal): Promise<number> {
  await mkdir(join(target, 'images'), { recursive: true });
  const examples: Example[] = [];
  const written = new Set<string>();
  try {
    for await (const { number, text } of textLines(path, LONGEST_LINE)) {
      signal?.throwIfAborted();
      if (examples.length >= MOST_LINES)
        throw new LineError(number, `There are more than ${MOST_LINES} lines.`);
      const { files, ...example } = readLine(text, number);
      for (const { id, bytes, format } of files) {
        if (!written.has(id)) await writeFile(join(target, 'images', `${id}.${format}`), bytes);
        written.add(id);
      }
      examples.push({ ...example, pictures: files.map(({ id }) => id) });
    }
    if (examples.length === 0) throw new LineError(1, 'There is no example.');
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    const message = `Line ${error.line} cannot be used. ${error.message}`;
    throw new CodedError('dataset_unusable', message, { param: '/file' });
  }
  await writeTasks(target, examples);
  return examples.length;
}

interface Message {
  role?: unknown;
  content?: unknown;
}

function readLine(line: string, number: number) {
  const refuse = (what: string): never => {
    throw new LineError(number, what);
  };
  let messages: Message[];
  try {
    messages = (JSON.parse(line) as { messages: Message[] }).messages;
  } catch {
    return refuse('It is not JSON.');
  }
  if (!Array.isArray(messages)) return refuse('It has no list of "messages".');
  const of = (role: string) => messages.filter((message) => message?.role === role);
  const asked = of('user').flatMap(({ content }) => partsOf(content));
  const said = of('assistant').flatMap(({ content }) => partsOf(content));
  const text = textOf(asked);
  const answer = textOf(said);
  if (answer === '') return refuse('The assistant says nothing.');
  if (!isStorable(text + answer)) return refuse('A text has NUL, or half of a surrogate pair.');
  const files = asked
    .flatMap(({ image_url }) => (image_url === undefined ? [] : [addressOf(image_url)]))
    .map((address) => {
      const read = readPictureText(address, MAX_PICTURE_BYTES);
      if ('url' in read) return refuse('An image is an address: send the image itself, as a data URL.');
      if ('code' in read) return refuse(read.message);
      try {
        const { format } = readPictureHeader(read.bytes);
        return {
          id: read.hash.slice(0, 24),
          bytes: read.bytes,
          format: format === 'jpeg' ? 'jpg' : format,
        };
      } catch (error) {
        return refuse(`An image cannot be read. ${(error as Error).message}`);
      }
    });
  if (files.length === 0) return refuse('It shows no image.');
  if (files.length > 2) return refuse('It shows more than two images.');
  if (files.length === 2 && !/^(true|false)$/i.test(answer))
    return refuse('Of two images, the assistant says "true" or "false".');
  const task: DatasetTask = files.length === 2 ? 'nlvr2' : text === '' ? 'pretrain' : 'vqa';
  if (task === 'nlvr2' && text === '') return refuse('Two images need a statement.');
  return { task, files, text, answer };
}

interface Part {
  text?: unknown;
  image_url?: unknown;
}
const isPart = (part: unknown): part is Part => typeof part === 'object' && part !== null;
const partsOf = (content: unknown): Part[] =>
  typeof content === 'string' ? [{ text: content }] : Array.isArray(content) ? content.filter(isPart) : [];
const textOf = (parts: readonly Part[]): string =>
  parts
    .flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
    .join(' ')
    .trim();
const addressOf = (image: unknown): string =>
  String(typeof image === 'object' && image !== null ? (image as { url?: unknown }).url : image);

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
