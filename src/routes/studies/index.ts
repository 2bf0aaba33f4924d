import { setMaxListeners } from 'node:events';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { CodedError } from '../../errors.ts';
import type { Study as StudyRow } from '../../generated/prisma/client.ts';
import { bringDataset } from '../../jobs/shared-files.ts';
import { ownOrigin } from '../../plugins/cross-site.ts';
import { changeErrorResponses, errorResponses } from '../../plugins/errors.ts';
import { JSON_TYPE } from '../../plugins/media-types.ts';
import type { Services } from '../../services.ts';
import { planItems, type StudyKind } from '../../studies/plan-items.ts';
import { prepareStudy } from '../../studies/prepare.ts';
import { HUMMUS_CATEGORIES, hummusResults, preferenceResult } from '../../studies/results.ts';
import {
  checkSources,
  drawCaptions,
  nameOf,
  type StudyRequest,
  type StudySource,
} from '../../studies/sources.ts';
import { createStudies, itemsOf } from '../../studies/studies.ts';
import { possibleSteps } from '../generate-image/possible-sampler.ts';
import { DEFAULT_LIMIT, Page, PageQuery, page } from '../page.ts';
import { chooseModel } from '../recorded-run.ts';
import { ref } from '../ref.ts';
import { studyPages } from './pages.ts';
import {
  ChangedStudyParams,
  Imported,
  NewStudy,
  Study,
  StudyBody,
  StudyParams,
  StudyResults,
} from './schema.ts';
import { studyTables } from './tables.ts';

const tags = ['studies'];
const config = { scope: 'infer', audited: true } as const;

const TITLES: Record<StudyKind, string> = {
  hummus: 'Which word is missing?',
  semantic: 'Which picture fits the caption?',
  fidelity: 'Which picture looks more real?',
};

const CREATE = `Its pictures are made at once, in the background: GET /v1/studies/{id} says how far they are. People answer at the
\`url\`, in a browser, without an API key: each item goes to the one who has it least, one answer a person an item.`;

export const studies: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { host } = services;
  const dataDir = services.training?.dataDir ?? '';
  const store = createStudies(services.records);
  for (const schema of [Study, NewStudy, StudyResults, Imported]) app.addSchema(schema);

  const closing = new AbortController();
  // Each study that is being prepared listens, at every picture.
  setMaxListeners(0, closing.signal);
  const working = new Set<Promise<void>>();
  const prepare = (id: string, request: StudyRequest, captions: readonly number[]) => {
    const work = prepareStudy(id, request, captions, store, host, dataDir, closing.signal)
      .catch((err) => app.log.warn({ err, study: id }, 'a study was not prepared; the next start goes on'))
      .finally(() => working.delete(work));
    working.add(work);
  };
  app.addHook('onListen', async () => {
    for (const study of await store.unprepared()) {
      const rows = await store.answered(study.id);
      prepare(study.id, study.request as unknown as StudyRequest, captionsOf(rows));
    }
  });
  app.addHook('preClose', async () => closing.abort());
  app.addHook('onClose', async () => void (await Promise.allSettled(working)));

  const find = (request: FastifyRequest<{ Params: { id: string } }>) =>
    store.find(request.params.id, request.owner());

  async function show(study: StudyRow, request: FastifyRequest): Promise<Type.Static<typeof Study>> {
    const asked = study.request as unknown as StudyRequest;
    const { items, pictures, answers, people, complete } = await store.progress(study.id);
    const perItem = study.kind === 'hummus' ? 1 : 2;
    return {
      id: study.id,
      object: 'study',
      kind: study.kind as StudyKind,
      title: study.title,
      status: study.status === 'open' && complete === items ? 'complete' : study.status,
      reason: study.reason,
      created_at: study.createdAt.toISOString(),
      url: `${ownOrigin(request)}/studies/${study.id}`,
      sources: asked.sources.map(nameOf),
      items,
      annotators: study.annotators,
      per_person: study.perPerson,
      invited: study.invited,
      pictures: { made: pictures, total: items * perItem },
      answers: { given: answers, total: items * study.annotators },
      people,
      request: study.request as Record<string, unknown>,
    };
  }

  app.post(
    '/v1/studies',
    {
      config,
      schema: {
        tags,
        operationId: 'createStudy',
        summary: 'Ask people about pictures',
        description: CREATE,
        headers: Type.Object({
          'idempotency-key': Type.Optional(
            Type.String({ description: 'The same key and body give the stored answer.' }),
          ),
        }),
        body: StudyBody,
        response: {
          201: {
            description: 'Its pictures are being made.',
            headers: { location: { type: 'string' } },
            content: { [JSON_TYPE]: { schema: ref(NewStudy) } },
          },
          ...changeErrorResponses(401, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { kind, annotators = 5, per_person = 50, invitations = 0, seed = 0 } = request.body;
      const { title = TITLES[kind], per_category = 100, categories = [...HUMMUS_CATEGORIES] } = request.body;
      const sources = request.body.sources.map(readSource);
      if (kind !== 'hummus' && sources.length !== 2) {
        throw new CodedError('impossible_request', 'A preference is between two sources: give two.', {
          param: '/sources',
        });
      }
      const { captions: given, dataset, count = 30 } = request.body;
      if ((given === undefined) === (dataset === undefined)) {
        throw new CodedError('impossible_request', 'Give captions, or a dataset to draw them from.', {
          param: '/captions',
        });
      }
      if (dataset !== undefined) await bringDataset(services.training?.shared, dataset);
      const captions = given
        ? given.map((text) => ({ text }))
        : await drawCaptions(dataset!, count, seed, dataDir);
      const asked: StudyRequest = { captions, dataset: dataset ?? null, sources, seed };
      await checkSources(asked, dataDir, host, async (model, sampler, i) => {
        await chooseModel(host, 'paint', model, `/sources/${i}/model`);
        possibleSteps(host, model, sampler, { field: `/sources/${i}/sampler` });
      });
      const texts = captions.map(({ text }) => text);
      const items = planItems(kind, texts, sources.length, categories, per_category, seed);
      if (items.length === 0) {
        throw new CodedError(
          'impossible_request',
          `No caption has a word of ${categories.join(', ')} to hide: objects of COCO, verbs in -ing, ten colors.`,
          { param: '/captions' },
        );
      }
      const { id, tokens } = await store.create({
        ...{ kind, title, request: asked, annotators, invitations, items },
        perPerson: per_person,
        keyId: request.owner().keyId,
      });
      prepare(id, asked, captionsOf(items));
      const study = await show(await store.find(id, request.owner()), request);
      return reply
        .code(201)
        .header('location', `/v1/studies/${id}`)
        .send({ study, invitations: tokens.map((token) => `${study.url}?invitation=${token}`) });
    },
  );

  app.get(
    '/v1/studies',
    {
      config,
      schema: {
        tags,
        operationId: 'listStudies',
        summary: 'List studies, newest first',
        querystring: PageQuery,
        response: { 200: Page('StudyList', ref(Study)), ...errorResponses(401, 403, 429) },
      },
    },
    async (request) => {
      const { after, limit = DEFAULT_LIMIT } = request.query;
      const rows = await store.list(request.owner(), after, limit + 1);
      return page(await Promise.all(rows.map((row) => show(row, request))), limit);
    },
  );

  app.get(
    '/v1/studies/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getStudy',
        summary: 'One study',
        params: StudyParams,
        response: { 200: ref(Study), ...errorResponses(401, 403, 404, 429) },
      },
    },
    async (request) => show(await find(request), request),
  );

  app.delete(
    '/v1/studies/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'deleteStudy',
        summary: 'Delete a study with its pictures and answers',
        params: ChangedStudyParams,
        response: { 204: Type.Null({ description: 'Gone.' }), ...changeErrorResponses(401, 404, 429) },
      },
    },
    async (request, reply) => {
      await store.remove((await find(request)).id);
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/v1/studies/:id/results',
    {
      config,
      schema: {
        tags,
        operationId: 'getStudyResults',
        summary: 'What the answers come to so far',
        description:
          'Words are compared by their lemmas. HUMMUS counts the items of which more than half of the people gave the ' +
          'hidden word; items that nobody answered count nowhere.',
        params: StudyParams,
        response: { 200: ref(StudyResults), ...errorResponses(401, 403, 404, 429) },
      },
    },
    async (request) => {
      const study = await find(request);
      const items = itemsOf(await store.answered(study.id));
      const names = (study.request as unknown as StudyRequest).sources.map(nameOf);
      const answers = items.reduce((sum, item) => sum + item.answers.length, 0);
      const kind = study.kind as StudyKind;
      const common = { id: study.id, object: 'study.results' as const, kind, answers };
      if (kind === 'hummus') return { ...common, hummus: hummusResults(items, names) };
      const { first, second, tie, ...rest } = preferenceResult(items);
      const shares = { first, second, tie };
      return { ...common, preference: { first: names[0]!, second: names[1]!, shares, ...rest } };
    },
  );

  await app.register(studyPages, { store });
  await app.register(studyTables, { store });
};

const captionsOf = (items: readonly { caption: number }[]) => [
  ...new Set(items.map(({ caption }) => caption)),
];

/** @throws CodedError invalid_request unless it is exactly one of the three */
function readSource(
  { model, sampler, original, folder }: Static<typeof StudyBody>['sources'][number],
  i: number,
): StudySource {
  const given = [model, original, folder].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new CodedError('invalid_request', `sources/${i} must be one of model, original and folder.`, {
      param: `/sources/${i}`,
    });
  }
  if (model !== undefined) return { model, ...(sampler && { sampler }) };
  return folder === undefined ? { original: true } : { folder };
}
