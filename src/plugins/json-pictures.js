/**
 * Takes the pictures out of a JSON body: base64 becomes bytes and their hash, and the hash takes the text's place.
 * What is left is small, and is parsed, validated and compared as any other body.
 *
 * Large bodies go through it in a thread of their own, see large-bodies.ts. That is why it is JavaScript, with its
 * types beside it: threads have no loader for TypeScript (tsx leaves them out, and its API did not start in one).
 */
import { parentPort } from 'node:worker_threads';
import { readPictureText } from '../pictures/picture-text.js';

export function takePictures(body, fields, mostBytes) {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const parsed = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  const pictures = {};
  if (typeof parsed !== 'object' || parsed === null) return { rest: text, pictures };
  const found = parsed;
  const take = (field, value, pointer) => {
    const picture = readPictureText(value, mostBytes);
    const own = pictures[field] ?? [];
    pictures[field] = own;
    own.push(pointer === undefined ? picture : { ...picture, pointer });
    return 'hash' in picture ? picture.hash : 'url' in picture ? picture.url : 'not an image';
  };
  for (const [field, count] of Object.entries(fields)) {
    if (field.includes('[]')) {
      takeNested(found, field.split(/\.|(?=\[\])/), '', (text, pointer) => take(field, text, pointer));
      continue;
    }
    const value = Object.hasOwn(found, field) ? found[field] : undefined;
    if (typeof value === 'string' && count === 1) found[field] = take(field, value);
    else if (
      Array.isArray(value) &&
      value.length === count &&
      value.every((one) => typeof one === 'string')
    ) {
      found[field] = value.map((one) => take(field, one));
    }
  }
  return { rest: JSON.stringify(parsed), pictures };
}

/**
 * Pictures deep in a body, in the order in which they stand there: "messages[].content[].image_url" as OpenAI has it,
 * where the last part is the text, or an object with a `url`.
 */
function takeNested(at, [part, ...parts], pointer, take) {
  if (typeof at !== 'object' || at === null) return;
  if (part === '[]') {
    if (!Array.isArray(at)) return;
    for (const [i, one] of at.entries()) takeNested(one, parts, `${pointer}/${i}`, take);
    return;
  }
  if (!Object.hasOwn(at, part)) return;
  const inner = at[part];
  if (parts.length > 0) takeNested(inner, parts, `${pointer}/${part}`, take);
  else if (typeof inner === 'string') at[part] = take(inner, `${pointer}/${part}`);
  else if (typeof inner?.url === 'string') inner.url = take(inner.url, `${pointer}/${part}/url`);
}

// In the thread: a body in, its pictures and the rest out. Buffers move, they are not copied.
parentPort?.on('message', ({ bodyJob: id, body, fields, mostBytes }) => {
  if (id === undefined) return;
  try {
    const taken = takePictures(body, fields, mostBytes);
    const buffers = Object.values(taken.pictures)
      .flat()
      // Small buffers share one that must stay here.
      .filter(({ bytes }) => bytes !== undefined && bytes.byteLength === bytes.buffer.byteLength)
      .map(({ bytes }) => bytes.buffer);
    parentPort.postMessage({ id, taken }, [...new Set(buffers)]);
  } catch (error) {
    parentPort.postMessage({ id, notJson: error.message });
  }
});
