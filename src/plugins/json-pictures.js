/**
 * Takes the pictures out of a JSON body: base64 becomes bytes and their hash, and the hash takes the text's place.
 * What is left is small, and is parsed, validated and compared as any other body.
 *
 * Large bodies go through it in a thread of their own, see large-bodies.ts. That is why it is JavaScript, with its
 * types beside it: threads have no loader for TypeScript (tsx leaves them out, and its API did not start in one).
 */
import { createHash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

export function takePictures(body, fields, mostBytes) {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const parsed = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  const pictures = {};
  if (typeof parsed !== 'object' || parsed === null) return { rest: text, pictures };
  const found = parsed;
  const take = (field, value) => {
    const picture = readPicture(value, mostBytes);
    const own = pictures[field] ?? [];
    pictures[field] = own;
    own.push(picture);
    return 'hash' in picture ? picture.hash : 'url' in picture ? picture.url : 'not an image';
  };
  for (const [field, count] of Object.entries(fields)) {
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

function readPicture(text, mostBytes) {
  if (/^https?:\/\//i.test(text) && text.length <= 4000) return { url: text };
  let encoded = text;
  if (text.startsWith('data:')) {
    const comma = text.indexOf(',');
    if (comma < 0 || comma > 200 || !text.slice(0, comma).endsWith(';base64')) return NOT_BASE64;
    encoded = text.slice(comma + 1);
  }
  // A little more than the limit, for padding and line breaks.
  if (encoded.length > (mostBytes / 3) * 4.2) {
    return {
      code: 'image_too_large',
      message: `The image is too large: ${Math.round((encoded.length * 3) / 4 / 2 ** 20)} MB. At most ${mostBytes / 2 ** 20} MB.`,
    };
  }
  const bytes = decodeStrictly(encoded) ?? decodeStrictly(encoded.replace(/\s+/g, ''));
  if (bytes === undefined) return NOT_BASE64;
  return { bytes, hash: createHash('sha256').update(bytes).digest('hex') };
}

const NOT_BASE64 = {
  code: 'invalid_request',
  message: 'must be an image in base64, bare or as "data:image/png;base64,…".',
};

/** Buffer skips what is not base64: fewer bytes than there should be tell. Faster than a regular expression. */
function decodeStrictly(text) {
  let end = text.length;
  while (end > 0 && text.length - end < 2 && text[end - 1] === '=') end--;
  const bytes = Buffer.from(text, 'base64');
  return end % 4 !== 1 && bytes.length === Math.floor((end * 3) / 4) ? bytes : undefined;
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
