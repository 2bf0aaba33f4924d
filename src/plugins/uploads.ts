/**
 * Pictures in requests: files in multipart/form-data; base64, data URLs or addresses in JSON. What comes out is the
 * same: the bytes, their hash, and a header that was read; nothing is decoded here.
 *
 * A route says which fields hold pictures (`config: { pictures: { image: 1 } }`). A picture's place in the body is
 * taken by its hash, so that validation and idempotency keys handle a small body, the same in a form and in JSON.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyBodyParser, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { CodedError } from '../errors.ts';
import type { Picture } from '../inference/host.ts';
import {
  MAX_PICTURE_BYTES,
  type PictureHeader,
  readPictureHeader,
  tooLarge,
} from '../pictures/picture-header.ts';
import type { Services } from '../services.ts';
import { BODY_LIMIT } from './errors.ts';
import { refuseWhenFull } from './full-queue.ts';
import { unless } from './incoming-bodies.ts';
import { NOT_UTF8 } from './json-bodies.ts';
import type { SentPicture } from './json-pictures.js';
import { createLargeBodies } from './large-bodies.ts';
import { FORM_TYPE, JSON_TYPE } from './media-types.ts';

export interface Upload extends Picture, PictureHeader {
  /** Its address, when it was fetched, without the query, which may hold a key. */
  from?: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The pictures of a field, in order, their headers checked; fetched first when they are addresses.
     * @throws CodedError image_too_large, image_not_supported, image_damaged, invalid_request (not base64),
     *   image_url_not_allowed, image_not_reachable, queue_full
     */
    pictures(field: string): Promise<Upload[]>;
  }
  interface FastifyContextConfig {
    /**
     * Field → how many pictures it holds: a field of one is the picture, a field of more is a list. Of a path into a JSON
     * body, `messages[].content[].image_url`, it is how many there may be.
     */
    pictures?: Record<string, number>;
  }
}

/** Text fields: a question is short, a sampler is a small object. */
const LIMITS = { fieldNameSize: 100, parts: 30, headerPairs: 50 };
const LONGEST_FIELD = 64 * 1024;

/**
 * For a route's `bodyLimit`. Base64 makes four bytes of three, and a line break, two bytes in JSON, may follow each;
 * percent-escapes make three bytes of one.
 */
export const picturesBodyLimit = (pictures: number) => 4 * MAX_PICTURE_BYTES * pictures + BODY_LIMIT;

export const uploads = fp<{ services: Services }>(async (app, { services }) => {
  const { remoteImages } = services;
  await app.register(multipart, { throwFileSizeLimit: false });
  const read = new WeakMap<FastifyRequest, Map<string, Upload[]>>();
  const sent = new WeakMap<FastifyRequest, Record<string, SentPicture[]>>();
  const bodies = createLargeBodies();
  app.addHook('onClose', () => bodies.close());

  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.pictures !== undefined) refuseWhenFull(services.host);
  });

  const parseRest = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(JSON_TYPE);
  app.addContentTypeParser(
    JSON_TYPE,
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      // Fastify's own parser says what an empty body is told.
      if (body.length === 0) return parsed(parseRest, request, '');
      if (!isUtf8(body)) throw new CodedError('invalid_json', NOT_UTF8);
      const { rest, pictures } = await bodies.take(body, request.routeOptions.config.pictures ?? {});
      if (rest.length > BODY_LIMIT) {
        const most = `The fields beside the images are too large: at most ${BODY_LIMIT / 2 ** 20} MB.`;
        throw new CodedError('payload_too_large', most);
      }
      sent.set(request, pictures);
      return parsed(parseRest, request, rest);
    },
  );

  app.addHook('preValidation', async (request) => {
    const fields = request.routeOptions.config.pictures;
    if (fields === undefined) return;
    const type = request.mediaType;
    // Fastify lets a request without any body through to here.
    if (type !== FORM_TYPE && type !== JSON_TYPE) throw new CodedError('unsupported_media_type');
    if (type === FORM_TYPE) read.set(request, await readForm(request, fields));
  });

  async function look(request: FastifyRequest, picture: SentPicture, param: string): Promise<Upload> {
    if ('code' in picture) {
      const where = picture.code === 'invalid_request' ? `${param.slice(1).replaceAll('/', '.')}: ` : '';
      throw new CodedError(picture.code, `${where}${picture.message}`, { param });
    }
    if ('hash' in picture) {
      const { bytes, hash } = picture;
      return { bytes, hash, ...readPictureHeader(bytes, param) };
    }
    if (remoteImages === undefined) throw new CodedError('image_url_not_allowed', undefined, { param });
    const { charge } = request.incoming();
    const bytes = await remoteImages.fetch(picture.url, param, request.gone(), charge);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const { origin, pathname } = new URL(picture.url);
    return { bytes, hash, from: `${origin}${pathname}`, ...readPictureHeader(bytes, param) };
  }

  app.decorateRequest('pictures', async function (this: FastifyRequest, field: string) {
    const files = read.get(this)?.get(field);
    if (files !== undefined) return files;
    const pictures = sent.get(this)?.[field] ?? [];
    const most = this.routeOptions.config.pictures![field]!;
    if (pictures.length > most) {
      const message = `There are ${pictures.length} images; at most ${most} are looked at.`;
      throw new CodedError('impossible_request', message, { param: pictures[most]?.pointer ?? `/${field}` });
    }
    const single = this.routeOptions.config.pictures![field] === 1;
    const uploads: Upload[] = [];
    for (const [i, picture] of pictures.entries()) {
      const { pointer = single ? `/${field}` : `/${field}/${i}` } = picture;
      uploads.push(await look(this, picture, pointer));
    }
    return uploads;
  });
});

/** Fastify's parser takes a callback. */
function parsed(parse: FastifyBodyParser<string>, request: FastifyRequest, text: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    void parse(request, text, (error, body) => (error ? reject(error) : resolve(body)));
  });
}

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
  const { charge, silence } = request.incoming();
  const read = async () => {
    const parts = request.parts({
      limits: { ...LIMITS, files: LIMITS.parts, fileSize: MAX_PICTURE_BYTES },
      // Bytes of texts too: the parser would read what is not UTF-8 as something else.
      isPartAFile: () => true,
    });
    for await (const part of parts as AsyncIterable<MultipartFile>) {
      // Some clients write a list's name with brackets.
      const name = part.fieldname.replace(/\[\]$/, '');
      const isFile = isSentAsFile(part);
      const isPicture = name in fields;
      const { bytes, hash } = await readPart(part.file, charge);
      // A file field that was left empty in a browser.
      if (bytes.length === 0 && part.filename === '') continue;
      if (!UNCODED.includes(part.encoding)) {
        throw invalid(name, `has the content-transfer-encoding ${part.encoding}; send plain bytes`);
      }
      // Forms made by tools send objects as small files of JSON.
      if (isFile && !isPicture && part.mimetype !== JSON_TYPE) {
        throw invalid(name, `is a file; the file fields here are: ${Object.keys(fields).join(', ')}`);
      }
      if (!isPicture) {
        if (bytes.length > LONGEST_FIELD) throw invalid(name, 'is too long');
        if (name in body) throw invalid(name, 'is there twice');
        body[name] = readText(name, bytes, part.mimetype);
        continue;
      }
      const pointer = fields[name] === 1 ? `/${name}` : `/${name}/${files.get(name)?.length ?? 0}`;
      if (part.file.truncated)
        throw tooLarge(`more than ${MAX_PICTURE_BYTES / 2 ** 20} MB`, { param: pointer });
      const uploaded = files.get(name) ?? [];
      files.set(name, uploaded);
      uploaded.push({ bytes, hash, ...readPicturePart(name, bytes, isFile, pointer) });
      if (uploaded.length > fields[name]!) {
        throw invalid(name, `must be ${fields[name] === 1 ? 'one file' : `${fields[name]} files`}`);
      }
    }
  };
  try {
    await unless(silence, read());
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

async function readPart(
  file: AsyncIterable<Buffer>,
  charge: (bytes: number) => void,
): Promise<{ bytes: Buffer; hash: string }> {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  for await (const chunk of file) {
    charge(chunk.length);
    hash.update(chunk);
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), hash: hash.digest('hex') };
}

/** Content-transfer-encodings that leave bytes as they are; RFC 7578 has no others any more. */
const UNCODED = ['7bit', '8bit', 'binary'];

/** A text field has neither a name of a file nor a type that is not text. */
const isSentAsFile = ({ filename, mimetype }: MultipartFile): boolean =>
  (filename as string | undefined) !== undefined || mimetype === 'application/octet-stream';

/** @throws CodedError invalid_request */
function readText(name: string, bytes: Buffer, mimetype: string): unknown {
  if (!isUtf8(bytes)) throw invalid(name, 'is not valid UTF-8; send texts in UTF-8');
  const text = bytes.toString('utf8');
  if (mimetype !== JSON_TYPE) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(name, `is not JSON, which its content type says`);
  }
}

/** Some clients leave out the name of the file: what looks like a picture is one. */
function readPicturePart(name: string, bytes: Buffer, isFile: boolean, pointer: string): PictureHeader {
  try {
    return readPictureHeader(bytes, pointer);
  } catch (error) {
    if (isFile || !(error instanceof CodedError) || error.code !== 'image_not_supported') throw error;
    throw invalid(name, 'must be sent as a file');
  }
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
