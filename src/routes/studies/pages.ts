/**
 * The pages on which people answer: plain files, a strict content policy, and what they ask for. They take no API key:
 * who knows the id of a study, which is random, may take part, or who has an invitation.
 *
 * Nothing that the page is given says what is right or where a picture comes from: pictures are named by item and side,
 * and only for items that this person was given.
 */
import { readFileSync } from 'node:fs';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CodedError } from '../../errors.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { masked, NO_PICTURE, readAnswer, wanted } from '../../studies/asking.ts';
import type { GivenItem, Studies } from '../../studies/studies.ts';

const FILES = new Map(
  [
    ['study.html', 'text/html; charset=utf-8'],
    ['study.css', 'text/css; charset=utf-8'],
    ['study.js', 'text/javascript; charset=utf-8'],
  ].map(([name, type]) => [
    name!,
    { type: type!, bytes: readFileSync(new URL(`./page/${name}`, import.meta.url)) },
  ]),
);

const POLICY = [
  "default-src 'none'",
  ...['script-src', 'style-src', 'img-src', 'connect-src'].map((what) => `${what} 'self'`),
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

const COOKIE = 'study_person';
const YEAR = 365 * 24 * 3600;
const params = Type.Object({ id: Type.String({ maxLength: 100 }) });
const schema = { hide: true, params };

export const studyPages: FastifyPluginAsyncTypebox<{ store: Studies }> = async (app, { store }) => {
  app.addHook('onSend', async (_request, reply) => {
    reply.headers({
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
      'cache-control': reply.getHeader('cache-control') ?? 'no-store',
    });
  });

  app.get(
    '/studies/page/:file',
    { schema: { hide: true, params: Type.Object({ file: Type.String({ maxLength: 100 }) }) } },
    async (request, reply) => {
      const file = FILES.get(request.params.file);
      if (!file || request.params.file.endsWith('.html')) throw new CodedError('file_not_found');
      return reply.type(file.type).header('cache-control', 'no-cache').send(file.bytes);
    },
  );

  app.get(
    '/studies/:id',
    {
      schema: {
        ...schema,
        querystring: Type.Object({ invitation: Type.Optional(Type.String({ maxLength: 100 })) }),
      },
    },
    async (request, reply) => {
      const { invitation } = request.query;
      const { id } = request.params;
      if (invitation !== undefined && (await store.person(id, invitation)) !== undefined) {
        // Out of the address, which people share.
        return setCookie(request, reply, id, invitation).redirect(`/studies/${id}`, 303);
      }
      const { type, bytes } = FILES.get('study.html')!;
      return reply.type(type).send(bytes);
    },
  );

  app.post('/studies/:id/next', { config: { bodyOptional: true }, schema }, async (request, reply) => {
    const study = await open(request.params.id);
    let person = await store.person(study.id, tokenOf(request));
    if (person === undefined) {
      if (study.invited) {
        throw new CodedError(
          'study_not_found',
          'This study is by invitation: open the link that you were sent.',
        );
      }
      const { id, token } = await store.newPerson(study.id);
      person = id;
      setCookie(request, reply, study.id, token);
    }
    const { item, answered, total } = await store.turn(study.id, person);
    return {
      ...{ kind: study.kind, title: study.title, answered, total },
      item: item ? shown(study, item) : null,
    };
  });

  app.get(
    '/studies/:id/items/:item/:side',
    {
      schema: {
        hide: true,
        params: Type.Object({
          ...params.properties,
          item: Type.String({ maxLength: 100 }),
          side: Type.Enum(['0', '1']),
        }),
      },
    },
    async (request, reply) => {
      const { id, item, side } = request.params;
      const study = await open(id);
      const person = await store.person(id, tokenOf(request));
      const given = person === undefined ? null : await store.given(person, item);
      if (!given || (study.kind === 'hummus' && side === '1'))
        throw new CodedError('image_not_found', NO_PICTURE);
      const right = Number(side);
      const source = study.kind === 'hummus' ? given.item.source : given.swapped ? 1 - right : right;
      const picture = await store.picture(id, source, given.item.caption);
      if (!picture) throw new CodedError('image_not_found', NO_PICTURE);
      return reply
        .type(picture.contentType)
        .header('cache-control', 'private, max-age=3600')
        .send(Buffer.from(picture.bytes));
    },
  );

  app.post(
    '/studies/:id/answers',
    {
      schema: {
        ...schema,
        body: Type.Object(
          {
            item: Type.String({ maxLength: 100 }),
            answer: Type.String({ maxLength: 200, [EXPECTED]: 'a word, or left, right, tie' }),
          },
          { additionalProperties: false },
        ),
      },
    },
    async (request, reply) => {
      const study = await open(request.params.id);
      const { item, answer } = request.body;
      const person = await store.person(study.id, tokenOf(request));
      const given = person === undefined ? null : await store.given(person, item);
      if (!given) throw new CodedError('answer_given');
      const kept = readAnswer(study.kind, answer, given.swapped);
      if (kept === undefined)
        throw new CodedError('invalid_request', wanted(study.kind), { param: '/answer' });
      if (!(await store.answer(person!, item, kept))) throw new CodedError('answer_given');
      return reply.code(204).send();
    },
  );

  async function open(id: string) {
    const study = await store.known(id);
    if (!study) throw new CodedError('study_not_found', 'There is no such study.');
    if (study.status === 'open') return study;
    throw new CodedError(
      'study_state',
      study.status === 'preparing'
        ? 'The pictures of this study are being made. Come back in a moment.'
        : 'The pictures of this study could not be made.',
    );
  }
};

/** Without the truth. */
function shown({ id, kind }: { id: string; kind: string }, item: GivenItem) {
  const address = (side: number) => `/studies/${id}/items/${item.id}/${side}`;
  return {
    id: item.id,
    text: kind === 'hummus' ? masked(item) : kind === 'semantic' ? item.text : null,
    pictures: kind === 'hummus' ? [address(0)] : [address(0), address(1)],
  };
}

function tokenOf({ headers }: FastifyRequest): string | undefined {
  const found = new RegExp(`(?:^|; *)${COOKIE}=([\\w-]{1,100})(?:;|$)`).exec(headers.cookie ?? '');
  return found?.[1];
}

function setCookie(request: FastifyRequest, reply: FastifyReply, study: string, token: string): FastifyReply {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  return reply.header(
    'set-cookie',
    `${COOKIE}=${token}; Path=/studies/${study}; Max-Age=${YEAR}; HttpOnly; SameSite=Lax${secure}`,
  );
}
