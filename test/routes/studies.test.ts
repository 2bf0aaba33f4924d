/** Human studies over HTTP: what people are shown and may do, and what their answers come to. */
import type { FastifyInstance } from 'fastify';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost, MODEL, result } from './fake-host.ts';

let records: Awaited<ReturnType<typeof createTestRecords>>;
let app: FastifyInstance;
const host = createFakeHost();

beforeAll(async () => {
  records = await createTestRecords();
  host.behaviour = async (request, options) => {
    const painted = result(request, options);
    const background = request.sampler.strategy === 'parallel' ? '#ff0000' : '#0000ff';
    const encoded = await sharp({ create: { width: 16, height: 16, channels: 3, background } })
      .webp()
      .toBuffer();
    return { ...painted, images: painted.images.map((image) => ({ ...image, encoded })) };
  };
  app = await buildApp({ records, host });
});
afterAll(async () => {
  await app.close();
  await records.close();
});

const post = async (url: string, payload?: object, cookie?: string) => {
  const answer = await app.inject({
    ...{ method: 'POST', url },
    ...(payload && { payload }),
    headers: cookie ? { cookie } : {},
  });
  const body = answer.body.startsWith('{') ? answer.json() : undefined;
  return { status: answer.statusCode, body, cookie: cookieOf(answer) };
};
const get = (url: string, cookie?: string) => app.inject({ url, headers: cookie ? { cookie } : {} });
const cookieOf = ({ headers }: { headers: Record<string, unknown> }) =>
  String(headers['set-cookie'] ?? '').split(';')[0]!;

async function create(body: object) {
  const { status, body: created } = await post('/v1/studies', body);
  expect([status, created.error]).toEqual([201, undefined]);
  const { id } = created.study;
  while ((await get(`/v1/studies/${id}`)).json().status === 'preparing')
    await new Promise((resolve) => setTimeout(resolve, 20));
  return { id: id as string, invitations: created.invitations as string[] };
}

/** Somebody who answers everything that comes. @returns what was shown */
async function person(
  id: string,
  answer: (item: { id: string; text: string; pictures: string[] }) => string,
) {
  const shown: { id: string; text: string; pictures: string[] }[] = [];
  let cookie = '';
  for (;;) {
    const turn = await post(`/studies/${id}/next`, undefined, cookie);
    expect(turn.status).toBe(200);
    cookie ||= turn.cookie;
    if (turn.body.item === null) return { shown, cookie, total: turn.body.total };
    shown.push(turn.body.item);
    const { status } = await post(
      `/studies/${id}/answers`,
      { item: turn.body.item.id, answer: answer(turn.body.item) },
      cookie,
    );
    expect(status).toBe(204);
  }
}

const captions = ['a red car on a road', 'two dogs sitting in the snow', 'a blue bus'];
const [painted, parallel] = [{ model: MODEL }, { model: MODEL, sampler: { strategy: 'parallel' } }];

describe('HUMMUS', () => {
  let id: string;
  it('is answered by three people; most of them decide', async () => {
    ({ id } = await create({
      kind: 'hummus',
      captions,
      sources: [painted],
      annotators: 3,
      categories: ['noun'],
    }));
    const truth = (text: string) => (text.includes('road') ? 'car' : text.includes('snow') ? 'DOG' : 'bus');
    const first = await person(id, ({ text }) => truth(text));
    expect(first.shown).toHaveLength(3);
    expect(first.total).toBe(3);
    for (const { text, pictures } of first.shown) {
      expect(text).toContain('_____');
      expect(pictures).toHaveLength(1);
    }
    await person(id, ({ text }) => (text.includes('snow') ? 'dog' : 'giraffe'));
    await person(id, ({ text }) => (text.includes('road') ? 'cars' : 'zebra'));
    const results = (await get(`/v1/studies/${id}/results`)).json();
    // car: car, giraffe, cars. dogs: dog, dog, zebra. bus: bus, giraffe, zebra.
    expect(results).toMatchObject({
      answers: 9,
      hummus: [
        { source: MODEL, score: { count: 2, total: 3 }, categories: { noun: { count: 2, total: 3 } } },
      ],
    });
    expect((await get(`/v1/studies/${id}`)).json()).toMatchObject({
      ...{ status: 'complete', items: 3, people: 3 },
      answers: { given: 9, total: 9 },
    });
  });
  it('has no more questions for a fourth', async () => {
    const { shown } = await person(id, () => 'x');
    expect(shown).toEqual([]);
  });
  it('comes out as a table', async () => {
    const { headers, body } = await get(`/v1/studies/${id}/answers`);
    expect(headers['content-type']).toContain('text/csv');
    const rows = body.trim().split('\r\n');
    expect(rows[0]).toMatch(/^item,index,caption,source,category,word,person,answer,right,/);
    expect(rows).toHaveLength(10);
    expect(rows.filter((row) => row.includes(',true,'))).toHaveLength(5);
  });
  it('goes to Mechanical Turk and back, once', async () => {
    const table = (await get(`/v1/studies/${id}/items`)).body.trim().split('\r\n');
    expect(table[0]).toBe('item,text,left,right');
    expect(table.join()).not.toMatch(/car|dogs|bus/);
    const [item, , address] = table[1]!.split(',') as [string, string, string];
    expect((await get(new URL(address).pathname)).headers['content-type']).toBe('image/webp');
    const csv = `WorkerId,Input.item,Answer.word\nA1,${item},car\nA2,${item},car\n`;
    expect((await post(`/v1/studies/${id}/import`, { csv })).body).toMatchObject({ added: 2, known: 0 });
    expect((await post(`/v1/studies/${id}/import`, { csv })).body).toMatchObject({ added: 0, known: 2 });
    expect((await get(`/v1/studies/${id}/results`)).json().answers).toBe(11);
    const wrong = await post(`/v1/studies/${id}/import`, { csv: `${csv}A3,itm_other,car\n` });
    expect(wrong).toMatchObject({
      status: 422,
      body: { error: { message: expect.stringMatching(/^Line 4/) } },
    });
  });
});

describe('a preference', () => {
  it('knows the pictures apart, whatever side they were shown on', async () => {
    const { id } = await create({ kind: 'semantic', captions, sources: [painted, parallel], annotators: 4 });
    const sides = new Set<string>();
    const looks = async (address: string, cookie: string) => {
      const { rawPayload } = await get(address, cookie);
      const { dominant } = await sharp(rawPayload).stats();
      return dominant.r > dominant.b ? 'parallel' : 'painted';
    };
    for (let i = 0; i < 4; i++) {
      let cookie = '';
      for (let n = 0; n < 3; n++) {
        const { body, cookie: set } = await post(`/studies/${id}/next`, undefined, cookie);
        cookie ||= set;
        const left = await looks(body.item.pictures[0], cookie);
        sides.add(left);
        expect(await looks(body.item.pictures[1], cookie)).not.toBe(left);
        // Three of four like the first source, the fourth cannot say.
        const answer = i === 3 ? 'tie' : left === 'painted' ? 'left' : 'right';
        expect((await post(`/studies/${id}/answers`, { item: body.item.id, answer }, cookie)).status).toBe(
          204,
        );
      }
    }
    expect(sides.size).toBe(2);
    const { preference } = (await get(`/v1/studies/${id}/results`)).json();
    expect(preference).toMatchObject({
      shares: { first: { count: 9, total: 12 }, second: { count: 0 }, tie: { count: 3 } },
      items: { first: 3, second: 0, tie: 0, undecided: 0 },
    });
  });
  it('of fidelity shows no caption', async () => {
    const { id } = await create({ kind: 'fidelity', captions, sources: [painted, parallel], annotators: 1 });
    const { body } = await post(`/studies/${id}/next`);
    expect(body.item).toMatchObject({ text: null, pictures: [expect.any(String), expect.any(String)] });
  });
});

describe('what nobody can do', () => {
  let id: string;
  let turn: Awaited<ReturnType<typeof post>>;
  beforeAll(async () => {
    ({ id } = await create({ kind: 'hummus', captions, sources: [painted, parallel], annotators: 2 }));
    turn = await post(`/studies/${id}/next`);
  });
  const answers = () => `/studies/${id}/answers`;

  it('answer twice', async () => {
    const answer = { item: turn.body.item.id, answer: 'car' };
    expect((await post(answers(), answer, turn.cookie)).status).toBe(204);
    expect(await post(answers(), answer, turn.cookie)).toMatchObject({
      ...{ status: 409, body: { error: { code: 'answer_given' } } },
    });
  });
  it('answer what was given to another, or to nobody', async () => {
    const other = await post(`/studies/${id}/next`);
    const answer = { item: other.body.item.id, answer: 'car' };
    expect((await post(answers(), answer, turn.cookie)).status).toBe(409);
    expect((await post(answers(), answer)).status).toBe(409);
  });
  it('see another’s pictures', async () => {
    const [address] = turn.body.item.pictures;
    expect((await get(address, turn.cookie)).statusCode).toBe(200);
    expect((await get(address)).statusCode).toBe(404);
    const other = await post(`/studies/${id}/next`);
    const also = other.body.item.id === turn.body.item.id;
    expect((await get(address, other.cookie)).statusCode).toBe(also ? 200 : 404);
    expect((await get(address.replace(/0$/, '1'), turn.cookie)).statusCode).toBe(404);
  });
  it('find the truth in what the page is given', async () => {
    const page = await get(`/studies/${id}`);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const all = `${page.body} ${JSON.stringify(turn.body)}`;
    for (const secret of [MODEL, 'parallel', 'noun', 'verb', 'color', 'source', 'swapped'])
      expect(all).not.toContain(`"${secret}`);
    expect(Object.keys(turn.body.item).sort()).toEqual(['id', 'pictures', 'text']);
    expect(turn.body.item.text).toContain('_____');
  });
  it('see the same caption by two sources', async () => {
    const { shown } = await person(id, () => 'x');
    const places = shown.map(({ text }) => text.replace('_____', ''));
    expect(new Set(places).size).toBe(places.length);
  });
  it('take part in another study with the same cookie', async () => {
    const { id: other } = await create({ kind: 'hummus', captions, sources: [painted], annotators: 1 });
    const { cookie } = await post(`/studies/${other}/next`, undefined, turn.cookie);
    expect(cookie).toMatch(/^study_person=/);
    expect(cookie).not.toBe(turn.cookie);
  });
});

it('by invitation nobody else takes part, and the link leaves the address', async () => {
  const { id, invitations } = await create({
    ...{ kind: 'hummus', captions, sources: [painted], annotators: 2, invitations: 2 },
  });
  expect(invitations).toHaveLength(2);
  expect((await post(`/studies/${id}/next`)).status).toBe(404);
  const { pathname, search } = new URL(invitations[0]!);
  const visit = await get(`${pathname}${search}`);
  expect(visit.statusCode).toBe(303);
  expect(visit.headers.location).toBe(`/studies/${id}`);
  expect(visit.headers['set-cookie']).toMatch(/HttpOnly; SameSite=Lax/);
  expect((await post(`/studies/${id}/next`, undefined, cookieOf(visit))).status).toBe(200);
});

it.each([
  [{ kind: 'semantic', captions, sources: [painted] }, 422, '/sources'],
  [
    { kind: 'hummus', captions, sources: [{ model: MODEL, sampler: { strategy: 'parallel', steps: 2 } }] },
    ...([422, '/sources/0/sampler/steps'] as const),
  ],
  [{ kind: 'hummus', captions, sources: [painted, { model: 'none' }] }, 404, '/sources/1/model'],
  [{ kind: 'hummus', sources: [painted] }, 422, '/captions'],
  [{ kind: 'hummus', captions, dataset: 'scenes', sources: [painted] }, 422, '/captions'],
  [{ kind: 'hummus', captions: ['nothing to hide'], sources: [painted] }, 422, '/captions'],
  [{ kind: 'hummus', captions, sources: [{ original: true }] }, 422, '/sources/0'],
  [{ kind: 'hummus', captions, sources: [{}] }, 400, '/sources/0'],
  [{ kind: 'hummus', captions, sources: [{ model: 'nothing' }] }, 404, '/sources/0/model'],
  [{ kind: 'hummus', captions, sources: [{ folder: 'nothing' }] }, 422, '/sources'],
  [{ kind: 'hummus', captions, sources: [{ folder: '../x' }] }, 400, '/sources/0/folder'],
  [{ kind: 'guess', captions, sources: [painted] }, 400, '/kind'],
])('%j is refused', async (body, status, param) => {
  const answer = await post('/v1/studies', body);
  expect(answer).toMatchObject({ status, body: { error: { param } } });
});

it('a study whose pictures cannot be painted says why', async () => {
  const { behaviour } = host;
  host.behaviour = async () => {
    throw new Error('no paint');
  };
  const { id } = await create({ kind: 'hummus', captions, sources: [painted] });
  expect((await get(`/v1/studies/${id}`)).json()).toMatchObject({ status: 'failed', reason: 'no paint' });
  host.behaviour = behaviour;
});

it('is deleted with all that it has', async () => {
  const { id } = await create({ kind: 'hummus', captions, sources: [painted] });
  await post(`/studies/${id}/next`);
  expect((await app.inject({ method: 'DELETE', url: `/v1/studies/${id}` })).statusCode).toBe(204);
  expect((await get(`/v1/studies/${id}`)).statusCode).toBe(404);
  expect((await post(`/studies/${id}/next`)).status).toBe(404);
});
