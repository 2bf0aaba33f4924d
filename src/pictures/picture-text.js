/**
 * Pictures that are text: base64, data URLs, addresses. JavaScript, with its types beside it, because the thread that
 * reads large bodies (plugins/json-pictures.js) has no loader for TypeScript.
 */
import { createHash } from 'node:crypto';

export function readPictureText(text, mostBytes) {
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
  message: 'An image must be sent in base64, bare or as "data:image/png;base64,…".',
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
