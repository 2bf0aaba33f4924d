import { createWriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { whileThereIsSpace } from '../../../disk-space.ts';
import { CodedError } from '../../../errors.ts';
import { createSentFiles, type SentFile } from '../../../jobs/sent-files.ts';
import { changeErrorResponses, errorResponses } from '../../../plugins/errors.ts';
import { unless } from '../../../plugins/incoming-bodies.ts';
import { FORM_TYPE } from '../../../plugins/media-types.ts';
import type { Services } from '../../../services.ts';
import { DEFAULT_LIMIT, Page, page } from '../../page.ts';
import { seconds } from '../model-name.ts';
import { File, FileDeleted, FileParams, FilesQuery, FileUpload, MOST_BYTES } from './schema.ts';

const config = { scope: 'train' } as const;
const tags = ['openai'];
const FileRef = Type.Unsafe<File>({ $ref: 'File#' });

const SEND = `What is sent is a data set, and is checked at once: one with faults is refused with them (422), and nothing of it stays.
\`GET /v1/datasets\` lists it, \`/v1/train-jobs\` and \`/v1/fine_tuning/jobs\` train on it. A zip has the folders of
a data set (\`images/\` and \`vqa/\`, \`gqa/\`, \`nlvr2/\` or \`lxmert/\` with \`train.json\` and \`valid.json\`). JSON lines have a
conversation each: a picture with a question and its answer, a picture with its caption, or two pictures with a
statement and "true" or "false".`;

export const files: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(File);
  await app.register(multipart);
  const sent = () => {
    if (services.training !== undefined)
      return createSentFiles(services.training.dataDir, services.training.shared);
    throw new CodedError('not_ready', 'This server takes no training jobs.');
  };

  app.post(
    '/v1/files',
    {
      bodyLimit: MOST_BYTES + 2 ** 20,
      // Its form is read from the request itself, to the disk.
      config: { ...config, pictures: {} },
      schema: {
        tags,
        operationId: 'uploadFile',
        summary: 'Send a data set to train on',
        description: SEND,
        body: { content: { [FORM_TYPE]: { schema: FileUpload } } },
        response: { 200: FileRef, ...changeErrorResponses(401, 429) },
      },
      // The form is not in memory: the handler reads it.
      validatorCompiler: () => () => true,
    },
    async (request) => {
      if (request.mediaType !== FORM_TYPE) throw new CodedError('unsupported_media_type', ONE_FILE);
      return show(await receive(request));
    },
  );

  async function receive(request: FastifyRequest): Promise<SentFile> {
    const files = sent();
    const { keyId } = request.owner();
    const parts = request.parts({ limits: { fileSize: MOST_BYTES, files: 1, fields: 10, fieldSize: 1000 } });
    let purpose = 'fine-tune';
    let file: SentFile | undefined;
    const read = async () => {
      for await (const part of parts) {
        if (part.type === 'field') {
          if (part.fieldname === 'purpose') purpose = String(part.value);
          if (purpose !== 'fine-tune') throw refused('purpose must be "fine-tune".', '/purpose');
        } else if (part.fieldname === 'file') {
          const filename = nameOf(part);
          const write = (path: string) => store(request, part, path);
          file = await files.add({ filename, purpose, keyId }, write, request.gone());
        } else throw refused(`There is no field "${part.fieldname}".`, `/${part.fieldname}`);
      }
    };
    const reading = read();
    const over = AbortSignal.any([request.gone(), request.incoming().silence]);
    try {
      await unless(over, reading);
    } catch (error) {
      // Nobody reads the rest; its sender must still get to read the answer.
      request.raw.unpipe();
      request.raw.resume();
      const remove = async () => file && files.remove(file);
      await remove();
      // The file may be on its way still, or the form never end.
      void reading.then(remove, () => {});
      throw formError(error);
    }
    if (file === undefined) throw refused(ONE_FILE, '/file');
    return file;
  }

  app.get(
    '/v1/files',
    {
      config,
      schema: {
        tags,
        operationId: 'listFiles',
        summary: 'Files that were sent, newest first',
        querystring: FilesQuery,
        response: { 200: Page('FileList', FileRef), ...errorResponses(401, 403, 429) },
      },
    },
    async (request) => {
      const { after, limit = DEFAULT_LIMIT, purpose } = request.query;
      const all = (await sent().list(request.owner())).filter(
        (file) => (after === undefined || file.id < after) && (purpose ?? file.purpose) === file.purpose,
      );
      return page(all.map(show), limit);
    },
  );

  app.get(
    '/v1/files/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getFile',
        summary: 'One file',
        params: FileParams,
        response: { 200: FileRef, ...errorResponses(401, 403, 404, 429) },
      },
    },
    async (request) => show(await sent().find(request.params.id, request.owner())),
  );

  app.get(
    '/v1/files/:id/content',
    {
      config,
      schema: {
        tags,
        operationId: 'downloadFile',
        summary: 'A file as it was sent',
        params: FileParams,
        response: {
          200: {
            description: 'The file.',
            content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
          },
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const file = await sent().find(request.params.id, request.owner());
      return sendStream(reply, file.bytes, sent().content(file));
    },
  );

  app.delete(
    '/v1/files/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'deleteFile',
        summary: 'Delete a file with its data set',
        params: FileParams,
        response: { 200: FileDeleted, ...changeErrorResponses(401, 404, 429) },
      },
    },
    async (request) => {
      const file = await sent().find(request.params.id, request.owner());
      await services.training?.jobs.requireUnusedDataset(file.id);
      await sent().remove(file);
      return { id: file.id, object: 'file' as const, deleted: true as const };
    },
  );
};

const ONE_FILE =
  'Send a form (multipart/form-data) with a zip or JSON lines as "file" and "fine-tune" as "purpose".';

const refused = (message: string, param: string) => new CodedError('invalid_request', message, { param });

/** Some clients leave it out. */
const nameOf = ({ filename }: MultipartFile): string =>
  ((filename as string | undefined) || 'file').slice(0, 255);

async function store(request: FastifyRequest, part: MultipartFile, path: string): Promise<number> {
  const target = createWriteStream(path, { flags: 'wx' });
  await pipeline(part.file, whileThereIsSpace(dirname(path)), target, {
    signal: AbortSignal.any([request.gone(), request.incoming().silence]),
  });
  if (!part.file.truncated) return target.bytesWritten;
  throw new CodedError('payload_too_large', `A file may have ${MOST_BYTES / 2 ** 20} MB.`, {
    param: '/file',
  });
}

function formError(error: unknown): unknown {
  const { code, message, name, cause } = error as Error & { code?: string };
  if (error instanceof CodedError) return error;
  if (name === 'AbortError' && cause instanceof CodedError) return cause;
  if (code?.startsWith('FST_')) return refused(`The form cannot be read: ${message}.`, '/file');
  // Of the disk; else the parser's complaints about boundaries and headers.
  return code?.startsWith('E') ? error : refused('The form is malformed or cut short.', '/file');
}

const sendStream = (reply: FastifyReply, bytes: number, stream: NodeJS.ReadableStream) =>
  reply.type('application/octet-stream').header('content-length', bytes).send(stream);

const show = ({ id, bytes, createdAt, filename, purpose }: SentFile): File => ({
  ...{ id, object: 'file', bytes, created_at: seconds(new Date(createdAt)), filename, purpose },
  status: 'processed',
});
