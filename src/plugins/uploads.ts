/**
 * Pictures in requests: files in multipart/form-data, base64 or data URLs in JSON. What comes out is the same: the
 * bytes, their hash, and a header that was read; nothing is decoded here.
 *
 * A route says which fields hold pictures (`config: { pictures: { image: 1 } }`). In a form, a picture's place in the
 * body is taken by its hash, so that validation and idempotency keys work as they do for JSON.
 */
import { createHash } from 'node:crypto';
import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Gauge } from 'prom-client';
import { CodedError } from '../errors.ts';
import type { Picture } from '../inference/host.ts';
import {
  MAX_PICTURE_BYTES,
  type PictureHeader,
  readPictureHeader,
  tooLarge,
} from '../inference/picture-header.ts';
import type { Services } from '../services.ts';
import { BODY_LIMIT } from './errors.ts';
import { refuseWhenFull } from './full-queue.ts';

export interface Upload extends Picture, PictureHeader {}

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The pictures of a field, in order, their headers checked.
     * @throws CodedError image_too_large, image_not_supported, image_damaged, invalid_request (not base64)
     */
    pictures(field: string): Upload[];
  }
  interface FastifyContextConfig {
    /** Field → how many pictures it holds. A field of one is the picture, a field of more is a list. */
    pictures?: Record<string, number>;
  }
}

/** Bytes of uploads that may be in memory at a time, whatever stage they are in. */
const MOST_HELD = 256 * 2 ** 20;
const FORM = 'multipart/form-data';
const JSON_TYPE = 'application/json';
/** Text fields: a question is short, a sampler is a small object. */
const LIMITS = { fieldNameSize: 100, fieldSize: 64 * 1024, fields: 20, parts: 30, headerPairs: 50 };

/** For a route's `bodyLimit`: base64 makes four bytes of three. */
export const picturesBodyLimit = (pictures: number) =>
  Math.ceil((MAX_PICTURE_BYTES * pictures * 4) / 3) + BODY_LIMIT;

export const uploads = fp<{ services: Services }>(async (app, { services }) => {
  await app.register(multipart, { throwFileSizeLimit: false });
  const read = new WeakMap<FastifyRequest, Map<string, Upload[]>>();
  let held = 0;
  new Gauge({
    name: 'xlxmert_upload_bytes',
    help: 'Bytes of uploads that are being received or worked on, as their senders declared them.',
    registers: [app.metrics.registry],
    collect() {
      this.set(held);
    },
  });

  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.pictures === undefined) return;
    refuseWhenFull(services.host);
    const declared = Number(request.headers['content-length']);
    const bytes = Number.isFinite(declared) ? declared : request.routeOptions.bodyLimit;
    if (held > 0 && held + bytes > MOST_HELD) {
      throw new CodedError('queue_full', 'Too many images are being uploaded. Try again in a moment.');
    }
    held += bytes;
    reply.raw.once('close', () => {
      held -= bytes;
    });
  });

  app.addHook('preValidation', async (request) => {
    const fields = request.routeOptions.config.pictures;
    if (fields === undefined) return;
    const type = request.mediaType;
    // Fastify lets a request without any body through to here.
    if (type !== FORM && type !== JSON_TYPE) throw new CodedError('unsupported_media_type');
    if (type === FORM) read.set(request, await readForm(request, fields));
  });

  app.decorateRequest('pictures', function (this: FastifyRequest, field: string) {
    const files = read.get(this)?.get(field);
    if (files !== undefined) return files;
    const value = (this.body as Record<string, string | string[]>)[field]!;
    if (typeof value === 'string') return [fromBase64(value, `/${field}`)];
    return value.map((text, i) => fromBase64(text, `/${field}/${i}`));
  });
});

/** Sets the body to the fields of the form. */
async function readForm(
  request: FastifyRequest,
  fields: Record<string, number>,
): Promise<Map<string, Upload[]>> {
  const places = Object.values(fields).reduce((sum, n) => sum + n, 0);
  const most = places * MAX_PICTURE_BYTES + BODY_LIMIT;
  const length = Number(request.headers['content-length']);
  if (length > most) throw tooLarge(`a form of ${Math.ceil(length / 2 ** 20)} MB`, {});
  const files = new Map<string, Upload[]>();
  const body: Record<string, unknown> = {};
  try {
    const parts = request.parts({
      limits: { ...LIMITS, files: places + 5, fileSize: MAX_PICTURE_BYTES },
    });
    for await (const part of parts) {
      const { fieldname: name } = part;
      if (part.type === 'field') {
        if (part.valueTruncated === true) throw invalid(name, 'is too long');
        if (name in fields) throw invalid(name, 'must be sent as a file');
        if (name in body) throw invalid(name, 'is there twice');
        body[name] = part.value;
        continue;
      }
      const pointer = fields[name] === 1 ? `/${name}` : `/${name}/${files.get(name)?.length ?? 0}`;
      const { bytes, hash } = await readPart(part.file);
      // A file field that was left empty in a browser.
      if (bytes.length === 0 && part.filename === '') continue;
      if (!(name in fields)) {
        // Forms made by tools send objects as small files of JSON.
        if (part.mimetype !== JSON_TYPE || bytes.length > LIMITS.fieldSize || name in body) {
          throw invalid(name, `is a file; the file fields here are: ${Object.keys(fields).join(', ')}`);
        }
        body[name] = bytes.toString('utf8');
        continue;
      }
      if (part.file.truncated)
        throw tooLarge(`more than ${MAX_PICTURE_BYTES / 2 ** 20} MB`, { param: pointer });
      const uploaded = files.get(name) ?? [];
      files.set(name, uploaded);
      uploaded.push({ bytes, hash, ...readPictureHeader(bytes, pointer) });
      if (uploaded.length > fields[name]!) {
        throw invalid(name, `must be ${fields[name] === 1 ? 'one file' : `${fields[name]} files`}`);
      }
    }
  } catch (error) {
    // Nobody reads the rest of the form; its sender must still get to read the answer.
    request.raw.unpipe();
    request.raw.resume();
    throw formError(request, error);
  }
  for (const [name, uploaded] of files) {
    body[name] = fields[name] === 1 ? uploaded[0]!.hash : uploaded.map(({ hash }) => hash);
  }
  request.body = body;
  return files;
}

async function readPart(file: AsyncIterable<Buffer>): Promise<{ bytes: Buffer; hash: string }> {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  for await (const chunk of file) {
    hash.update(chunk);
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), hash: hash.digest('hex') };
}

const invalid = (field: string, what: string) =>
  new CodedError('invalid_request', `${field} ${what}.`, { param: `/${field}` });

function formError(request: FastifyRequest, error: unknown): unknown {
  if (error instanceof CodedError) return error;
  const gone = request.gone();
  if (gone.aborted) return gone.reason;
  const { code, message } = error as { code?: string; message: string };
  if (code?.startsWith('FST_') && code !== 'FST_MP_PREMATURE_CLOSE') {
    return new CodedError('invalid_request', `The form cannot be read: ${message}.`, { cause: error });
  }
  // The parser's own complaints about boundaries and headers.
  return new CodedError('invalid_request', 'The form is malformed or cut short.', { cause: error });
}

/** @throws CodedError */
function fromBase64(text: string, param: string): Upload {
  let encoded = text;
  if (text.startsWith('data:')) {
    const comma = text.indexOf(',');
    if (comma < 0 || comma > 200 || !text.slice(0, comma).endsWith(';base64')) throw notBase64(param);
    encoded = text.slice(comma + 1);
  }
  // A little more than the limit, for padding and line breaks.
  if (encoded.length > (MAX_PICTURE_BYTES / 3) * 4.2) {
    throw tooLarge(`${Math.round((encoded.length * 3) / 4 / 2 ** 20)} MB`, { param });
  }
  const bytes = decodeStrictly(encoded) ?? decodeStrictly(encoded.replace(/\s+/g, ''));
  if (bytes === undefined) throw notBase64(param);
  const hash = createHash('sha256').update(bytes).digest('hex');
  return { bytes, hash, ...readPictureHeader(bytes, param) };
}

/** Buffer skips what is not base64: fewer bytes than there should be tell. Faster than a regular expression. */
function decodeStrictly(text: string): Buffer | undefined {
  let end = text.length;
  while (end > 0 && text.length - end < 2 && text[end - 1] === '=') end--;
  const bytes = Buffer.from(text, 'base64');
  return end % 4 !== 1 && bytes.length === Math.floor((end * 3) / 4) ? bytes : undefined;
}

function notBase64(param: string): CodedError {
  const message = `${param.slice(1).replace('/', '.')} must be an image in base64, bare or as "data:image/png;base64,…". Addresses are not fetched.`;
  return new CodedError('invalid_request', message, { param });
}
