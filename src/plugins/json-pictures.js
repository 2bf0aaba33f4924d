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
  const take = (field, value, pointer) => {
    const picture = readPicture(value, mostBytes);
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

function readPicture(text, mostBytes) {
  const address = /^[\0-\x20]*https?:\/\//i.test(text.slice(0, 200)) ? text.trim() : undefined;
  if (address !== undefined && address.length <= 4000) return { url: address };
  const url = /^[\0-\x20]*data:/i.exec(text.slice(0, 200));
  const bytes =
    url === null ? fromBase64(text, mostBytes) : fromDataUrl(text.slice(url[0].length), mostBytes);
  if (bytes === undefined) return NOT_BASE64;
  if (typeof bytes === 'number' || bytes.length > mostBytes) {
    const size = typeof bytes === 'number' ? bytes : bytes.length;
    return {
      code: 'image_too_large',
      message: `The image is too large: ${Math.ceil((size / 2 ** 20) * 10) / 10} MB. At most ${mostBytes / 2 ** 20} MB.`,
    };
  }
  return { bytes, hash: createHash('sha256').update(bytes).digest('hex') };
}

const NOT_BASE64 = {
  code: 'invalid_request',
  message: 'must be an image in base64, bare or as "data:image/png;base64,…".',
};

/**
 * RFC 2397 as browsers read it (WHATWG Fetch, "data: URL processor"): any parameters before the comma, "base64" in
 * any case and last, percent-escapes in the data, a fragment after it. The type is not asked: the content decides.
 * @param rest what follows "data:"
 * @returns the bytes; their number when they are too many; undefined when it is none
 */
function fromDataUrl(rest, mostBytes) {
  const comma = rest.indexOf(',');
  if (comma < 0) return undefined;
  const header = rest
    .slice(0, comma)
    .replace(/[\t\n\r]/g, '')
    .trimEnd();
  const hash = rest.indexOf('#', comma);
  const data = rest.slice(comma + 1, hash < 0 ? undefined : hash);
  if (/; *base64$/i.test(header)) {
    const plain = data.includes('%') ? percentDecoded(Buffer.from(data)).latin1Slice() : data;
    return fromBase64(plain, mostBytes);
  }
  return percentDecoded(Buffer.from(data.replace(/[\t\n\r]+/g, '').trimEnd()));
}

/** In place. A percent sign that no two hexadecimal digits follow stands for itself. */
function percentDecoded(bytes) {
  let to = 0;
  for (let from = 0; from < bytes.length; from++, to++) {
    const [high, low] =
      bytes[from] === 0x25 ? [hexadecimal(bytes[from + 1]), hexadecimal(bytes[from + 2])] : [-1, -1];
    if (high >= 0 && low >= 0) {
      bytes[to] = high * 16 + low;
      from += 2;
    } else bytes[to] = bytes[from];
  }
  // Its own memory: what lies behind it belongs to it too.
  return Buffer.from(bytes.subarray(0, to));
}

function hexadecimal(code) {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Broken into lines or not, with the alphabet of files or of addresses, padded or not. Returns as `fromDataUrl`. */
function fromBase64(text, mostBytes) {
  // Most have no line breaks: looking for them takes longer than decoding.
  const whole = text.length <= (mostBytes / 3) * 4 + 4 ? decodeStrictly(text) : undefined;
  if (whole !== undefined) return whole;
  const plain = withoutSpace(text);
  const size = Math.floor((plain.length / 4) * 3);
  return size > mostBytes + 2 ? size : decodeStrictly(plain);
}

/** A regular expression takes seconds for a picture with short lines. */
function withoutSpace(text) {
  const bytes = Buffer.from(text, 'latin1');
  // Characters that latin1 has no place for would turn into others.
  if (/[^\0-\xff]/.test(text)) return '?';
  let to = 0;
  for (let from = 0; from < bytes.length; from++) {
    const byte = bytes[from];
    if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) bytes[to++] = byte;
  }
  return bytes.latin1Slice(0, to);
}

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
