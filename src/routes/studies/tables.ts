/** Answers and items of studies as tables, and Mechanical Turk's answers in. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { CodedError } from '../../errors.ts';
import { ownOrigin } from '../../plugins/cross-site.ts';
import { changeErrorResponses, errorResponses } from '../../plugins/errors.ts';
import { AnswersError, readTurkAnswers, toCsv } from '../../studies/answers-csv.ts';
import { masked, NO_PICTURE, readAnswer, turkSwaps, wanted } from '../../studies/asking.ts';
import { isRight } from '../../studies/results.ts';
import { nameOf, type StudyRequest } from '../../studies/sources.ts';
import type { Studies } from '../../studies/studies.ts';
import { ref } from '../ref.ts';
import { ChangedStudyParams, ImportBody, Imported, LONGEST_CSV, StudyParams } from './schema.ts';

const tags = ['studies'];
const config = { scope: 'infer', audited: true } as const;
const csv = (description: string) => ({
  description,
  headers: { 'content-disposition': { type: 'string' } },
  content: { 'text/csv': { schema: Type.String() } },
});
const attachment = (name: string) => ({
  'content-type': 'text/csv; charset=utf-8',
  'content-disposition': `attachment; filename="${name}"`,
});

export const studyTables: FastifyPluginAsyncTypebox<{ store: Studies }> = async (app, { store }) => {
  app.get(
    '/v1/studies/:id/answers',
    {
      config,
      schema: {
        tags,
        operationId: 'getStudyAnswers',
        summary: 'Every answer, as a table',
        params: StudyParams,
        response: { 200: csv('A row an answer.'), ...errorResponses(401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      const study = await store.find(request.params.id, request.owner());
      const names = (study.request as unknown as StudyRequest).sources.map(nameOf);
      const rows = (await store.answered(study.id)).flatMap((item) =>
        item.answers.map(({ annotatorId, answer, answeredAt, swapped }) => [
          ...[item.id, item.index, item.text],
          study.kind === 'hummus' ? names[item.source]! : `${names[0]} | ${names[1]}`,
          ...[item.category, item.word, annotatorId, answer],
          study.kind === 'hummus' ? isRight(answer!, item) : null,
          ...[study.kind === 'hummus' ? null : swapped, answeredAt!.toISOString()],
        ]),
      );
      const columns = [
        ...['item', 'index', 'caption', 'source', 'category', 'word', 'person', 'answer', 'right'],
        ...['second_on_the_left', 'answered_at'],
      ];
      return reply.headers(attachment(`${study.id}.csv`)).send(toCsv(columns, rows));
    },
  );

  app.get(
    '/v1/studies/:id/items',
    {
      config,
      schema: {
        tags,
        operationId: 'getStudyItems',
        summary: 'The items, as a table to put into Mechanical Turk',
        description:
          'What people are to be shown, without the truth: `item`, `text`, and the addresses of the pictures, which want ' +
          'your API key. Its results come back by POST …/import.',
        params: StudyParams,
        response: { 200: csv('A row an item.'), ...errorResponses(401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      const study = await store.find(request.params.id, request.owner());
      const origin = ownOrigin(request);
      const rows = (await store.answered(study.id)).map((item) => {
        const address = (side: number) => `${origin}/v1/studies/${study.id}/items/${item.id}/${side}`;
        if (study.kind === 'hummus') return [item.id, masked(item), address(0), null];
        return [item.id, study.kind === 'semantic' ? item.text : null, address(0), address(1)];
      });
      return reply
        .headers(attachment(`${study.id}-items.csv`))
        .send(toCsv(['item', 'text', 'left', 'right'], rows));
    },
  );

  app.get(
    '/v1/studies/:id/items/:item/:side',
    {
      config,
      schema: {
        tags,
        operationId: 'getStudyPicture',
        summary: 'A picture of an item, on the side where Mechanical Turk shows it',
        params: Type.Object({
          id: StudyParams.properties.id,
          item: Type.String({ maxLength: 100 }),
          side: Type.Enum(['0', '1'], { description: '0: left, or the only one. 1: right.' }),
        }),
        response: {
          200: {
            description: 'The picture.',
            content: { 'image/webp': { schema: { type: 'string', format: 'binary' } } },
          },
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const study = await store.find(request.params.id, request.owner());
      const { item: id, side } = request.params;
      const item = (await store.answered(study.id)).find((one) => one.id === id);
      const right = Number(side);
      if (!item || (study.kind === 'hummus' && right === 1))
        throw new CodedError('image_not_found', NO_PICTURE);
      const source = study.kind === 'hummus' ? item.source : turkSwaps(id) ? 1 - right : right;
      const picture = await store.picture(study.id, source, item.caption);
      if (!picture) throw new CodedError('image_not_found', NO_PICTURE);
      return reply.type(picture.contentType).send(Buffer.from(picture.bytes));
    },
  );

  app.post(
    '/v1/studies/:id/import',
    {
      config,
      bodyLimit: 4 * LONGEST_CSV,
      schema: {
        tags,
        operationId: 'importStudyAnswers',
        summary: 'Take answers from Mechanical Turk',
        description:
          'All of the file or, where a row is wrong, nothing. Rejected assignments do not count; the same file twice adds nothing.',
        params: ChangedStudyParams,
        body: ImportBody,
        response: { 200: ref(Imported), ...changeErrorResponses(401, 404, 429) },
      },
    },
    async (request) => {
      const study = await store.find(request.params.id, request.owner());
      const refuse = (message: string): never => {
        throw new CodedError('impossible_request', message, { param: '/csv' });
      };
      let rows: ReturnType<typeof readTurkAnswers>;
      try {
        rows = readTurkAnswers(request.body.csv);
      } catch (error) {
        throw error instanceof AnswersError ? CodedError.of('impossible_request', error, '/csv') : error;
      }
      const items = new Set((await store.answered(study.id)).map(({ id }) => id));
      const answers = rows.map((row) => {
        if (!items.has(row.item))
          refuse(`Line ${row.line}: the study has no item "${row.item.slice(0, 80)}".`);
        if (!/^[\w-]{1,100}$/.test(row.person)) refuse(`Line ${row.line}: no WorkerId.`);
        const answer = readAnswer(study.kind, row.answer, turkSwaps(row.item));
        return { ...row, answer: answer ?? refuse(`Line ${row.line}: ${wanted(study.kind)}`) };
      });
      const added = await store.take(study.id, answers);
      return { object: 'study.import' as const, added, known: answers.length - added };
    },
  );
};
