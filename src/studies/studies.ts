/**
 * Human studies in the database.
 *
 *   preparing ──its pictures are there──▶ open        preparing ──they cannot be made──▶ failed
 *
 * - An item is given to whoever asks next, the one that the fewest people have had first, so that answers come evenly;
 *   it is given to no more people than `annotators`. Who was given one and stays silent for half an hour makes room for
 *   another, and may still answer.
 * - One person sees a caption once: of HUMMUS another source's picture of it would give the word away.
 * - A person has a random token in a cookie, of which the hash is kept. A study of invitations has its people from the
 *   beginning, each by a link of their own, and takes no others.
 * - An answer is given once. It is not changed, by anyone.
 *
 * Giving out is one transaction that holds the study's row, so that two people at a time cannot get the same last place.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { Database } from '../database/connect.ts';
import { newId } from '../database/ids.ts';
import { type Owner, ownedBy } from '../database/runs.ts';
import { CodedError } from '../errors.ts';
import type { Prisma, Study } from '../generated/prisma/client.ts';
import type { ForeignAnswer } from './answers-csv.ts';
import type { PlannedItem } from './plan-items.ts';
import type { AnsweredItem } from './results.ts';

export interface NewStudy {
  kind: string;
  title: string;
  request: object;
  annotators: number;
  perPerson: number;
  /** People who get a link of their own; 0: everybody comes by the same link. */
  invitations: number;
  items: readonly PlannedItem[];
  keyId: string | null;
}

export interface Progress {
  items: number;
  pictures: number;
  answers: number;
  people: number;
  /** Items that have all their answers. */
  complete: number;
}

/** What a person is asked. */
export interface GivenItem {
  id: string;
  caption: number;
  text: string;
  source: number;
  word: string | null;
  start: number | null;
  swapped: boolean;
}

export interface Turn {
  item: GivenItem | undefined;
  /** Items that this person has answered. */
  answered: number;
  /** Items that this person will get, those before and this one included. */
  total: number;
}

const hashOf = (token: string) => createHash('sha256').update(token).digest();
const newToken = () => randomBytes(24).toString('base64url');
const itemId = () => `itm_${randomBytes(15).toString('hex')}`;

export type Studies = ReturnType<typeof createStudies>;

/** @param records whose database is asked for when it is needed: a document of the routes has none */
export function createStudies(records: { readonly database: Database }) {
  const prisma = () => records.database.prisma;
  const retry = <T>(operation: () => Promise<T>) => records.database.retry(operation);
  const requireSpace = () => records.database.requireSpace();

  async function find(id: string, owner: Owner): Promise<Study> {
    const where = { ...ownedBy(owner), ...(id === 'latest' ? {} : { id }) };
    const study = await retry(() => prisma().study.findFirst({ where, orderBy: { id: 'desc' } }));
    if (study) return study;
    throw new CodedError('study_not_found', `There is no study "${id}". GET /v1/studies lists them.`);
  }

  return {
    find,

    /** @returns the tokens of its invitations, which are not told again */
    async create(study: NewStudy): Promise<{ id: string; tokens: string[] }> {
      await requireSpace();
      const id = newId('std');
      const now = new Date();
      const tokens = Array.from({ length: study.invitations }, newToken);
      const items = study.items.map((item, index) => ({ ...item, id: itemId(), studyId: id, index }));
      const people = tokens.map((token) => ({
        ...{ id: newId('ann'), studyId: id, createdAt: now, hash: new Uint8Array(hashOf(token)) },
      }));
      await retry(() =>
        prisma().$transaction(
          async (tx) => {
            const { kind, title, request, annotators, perPerson, keyId } = study;
            const { count } = await tx.study.createMany({
              data: {
                ...{ id, kind, title, annotators, perPerson, keyId, createdAt: now, status: 'preparing' },
                request: request as Prisma.InputJsonObject,
                invited: study.invitations > 0,
              },
              skipDuplicates: true,
            });
            // Committed by the try before, whose answer was lost.
            if (count === 0) return;
            await tx.studyItem.createMany({ data: items });
            if (people.length > 0) await tx.studyAnnotator.createMany({ data: people });
          },
          { timeout: 30_000 },
        ),
      );
      return { id, tokens };
    },

    list: (owner: Owner, after: string | undefined, limit: number) =>
      retry(() =>
        prisma().study.findMany({
          where: { ...ownedBy(owner), ...(after === undefined ? {} : { id: { lt: after } }) },
          orderBy: { id: 'desc' },
          take: limit,
        }),
      ),

    async remove(id: string): Promise<void> {
      await retry(() => prisma().study.deleteMany({ where: { id } }));
    },

    async progress(id: string): Promise<Progress> {
      const [row] = await retry(
        () => prisma().$queryRaw<Record<keyof Progress, bigint>[]>`
          WITH counts AS (
            SELECT item.id, count(answer.answered_at) AS answers FROM study_items item
            LEFT JOIN study_answers answer ON answer.item_id = item.id WHERE item.study_id = ${id} GROUP BY item.id)
          SELECT (SELECT count(*) FROM counts) AS items,
            (SELECT count(*) FROM study_pictures WHERE study_id = ${id}) AS pictures,
            (SELECT coalesce(sum(answers), 0)::bigint FROM counts) AS answers,
            (SELECT count(DISTINCT annotator_id) FROM study_answers WHERE answered_at IS NOT NULL
              AND item_id IN (SELECT id FROM counts)) AS people,
            (SELECT count(*) FROM counts WHERE answers >= (SELECT annotators FROM studies WHERE id = ${id})) AS complete`,
      );
      return Object.fromEntries(
        Object.entries(row!).map(([name, value]) => [name, Number(value)]),
      ) as unknown as Progress;
    },

    unprepared: () =>
      retry(() => prisma().study.findMany({ where: { status: 'preparing' }, orderBy: { id: 'asc' } })),

    /** Those that are there already, as `<source>/<caption>`. */
    async pictures(id: string): Promise<Set<string>> {
      const rows = await retry(() =>
        prisma().studyPicture.findMany({ where: { studyId: id }, select: { source: true, caption: true } }),
      );
      return new Set(rows.map(({ source, caption }) => `${source}/${caption}`));
    },

    /** @returns false when the study is gone */
    async addPicture(
      studyId: string,
      picture: { source: number; caption: number; contentType: string; bytes: Uint8Array<ArrayBuffer> },
    ): Promise<boolean> {
      const { source, caption, contentType, bytes } = picture;
      const done = await retry(
        () => prisma().$executeRaw`
          INSERT INTO study_pictures (study_id, source, caption, content_type, bytes)
          SELECT id, ${source}, ${caption}, ${contentType}, ${bytes} FROM studies WHERE id = ${studyId}
          ON CONFLICT (study_id, source, caption) DO UPDATE SET content_type = EXCLUDED.content_type`,
      );
      return done > 0;
    },

    async opened(id: string): Promise<void> {
      await retry(() =>
        prisma().study.updateMany({ where: { id, status: 'preparing' }, data: { status: 'open' } }),
      );
    },

    async failed(id: string, reason: string): Promise<void> {
      await retry(() =>
        prisma().study.updateMany({ where: { id, status: 'preparing' }, data: { status: 'failed', reason } }),
      );
    },

    /** For the page, which knows the id alone. */
    known: (id: string) =>
      retry(() =>
        prisma().study.findUnique({
          where: { id },
          select: { id: true, kind: true, title: true, status: true, invited: true },
        }),
      ),

    async person(studyId: string, token: string | undefined): Promise<string | undefined> {
      if (token === undefined) return undefined;
      const hash = new Uint8Array(hashOf(token));
      const found = await retry(() =>
        prisma().studyAnnotator.findFirst({ where: { studyId, hash }, select: { id: true } }),
      );
      return found?.id;
    },

    async newPerson(studyId: string): Promise<{ id: string; token: string }> {
      await requireSpace();
      const [id, token] = [newId('ann'), newToken()];
      const data = { id, studyId, createdAt: new Date(), hash: new Uint8Array(hashOf(token)) };
      await retry(() => prisma().studyAnnotator.createMany({ data, skipDuplicates: true }));
      return { id, token };
    },

    /** The item that the person has in hand, or the next one. */
    turn: (studyId: string, annotatorId: string): Promise<Turn> =>
      retry(() =>
        prisma().$transaction(async (tx) => {
          const [study] = await tx.$queryRaw<{ annotators: number; per_person: number }[]>`
            SELECT annotators, per_person FROM studies WHERE id = ${studyId} FOR UPDATE`;
          const own = await tx.studyAnswer.findMany({
            where: { annotatorId },
            include: { item: true },
            orderBy: { givenAt: 'asc' },
          });
          const answered = own.filter(({ answeredAt }) => answeredAt !== null).length;
          const waiting = own.find(({ answeredAt }) => answeredAt === null);
          const free = await tx.$queryRaw<{ id: string; caption: number }[]>`
            SELECT item.id, item.caption FROM study_items item
            LEFT JOIN study_answers answer ON answer.item_id = item.id
              AND (answer.answered_at IS NOT NULL OR answer.given_at > now() - interval '30 minutes')
            WHERE item.study_id = ${studyId} AND item.caption NOT IN (
              SELECT mine.caption FROM study_answers given JOIN study_items mine ON mine.id = given.item_id
              WHERE given.annotator_id = ${annotatorId})
            GROUP BY item.id HAVING count(answer.item_id) < ${study!.annotators}
            ORDER BY count(answer.item_id), md5(item.id || ${annotatorId})`;
          const captions = new Set(free.map(({ caption }) => caption)).size;
          const total = Math.min(study!.per_person, own.length + captions);
          if (waiting) return { item: { ...waiting.item, swapped: waiting.swapped }, answered, total };
          const [next] = free;
          if (!next || own.length >= study!.per_person) return { item: undefined, answered, total: answered };
          const swapped = randomInt(2) === 1;
          await tx.studyAnswer.create({
            data: { itemId: next.id, annotatorId, givenAt: new Date(), swapped },
          });
          const item = await tx.studyItem.findUniqueOrThrow({ where: { id: next.id } });
          return { item: { ...item, swapped }, answered, total };
        }),
      ),

    /** What the person was given. */
    given: (annotatorId: string, item: string) =>
      retry(() =>
        prisma().studyAnswer.findUnique({
          where: { itemId_annotatorId: { itemId: item, annotatorId } },
          include: { item: true },
        }),
      ),

    picture: (studyId: string, source: number, caption: number) =>
      retry(() =>
        prisma().studyPicture.findUnique({
          where: { studyId_source_caption: { studyId, source, caption } },
          select: { contentType: true, bytes: true },
        }),
      ),

    /** @returns false when it was answered before, or was not given to this person */
    async answer(annotatorId: string, item: string, answer: string): Promise<boolean> {
      await requireSpace();
      const answeredAt = new Date();
      const { count } = await retry(() =>
        prisma().studyAnswer.updateMany({
          where: { itemId: item, annotatorId, answeredAt: null },
          data: { answer, answeredAt },
        }),
      );
      return count > 0;
    },

    /** Answers that were given elsewhere, all of them or none. @returns how many were new */
    async take(studyId: string, answers: readonly ForeignAnswer[]): Promise<number> {
      await requireSpace();
      const now = new Date();
      const people = [...new Set(answers.map(({ person }) => person))];
      return retry(() =>
        prisma().$transaction(
          async (tx) => {
            await tx.studyAnnotator.createMany({
              data: people.map((external) => ({ id: newId('ann'), studyId, external, createdAt: now })),
              skipDuplicates: true,
            });
            const known = await tx.studyAnnotator.findMany({
              where: { studyId, external: { in: people } },
              select: { id: true, external: true },
            });
            const ids = new Map(known.map(({ id, external }) => [external, id]));
            const { count } = await tx.studyAnswer.createMany({
              data: answers.map(({ item, person, answer }) => ({
                ...{ itemId: item, annotatorId: ids.get(person)!, answer },
                ...{ givenAt: now, answeredAt: now, swapped: false },
              })),
              skipDuplicates: true,
            });
            return count;
          },
          { timeout: 60_000 },
        ),
      );
    },

    /** Every item with its answers, in order. */
    async answered(studyId: string) {
      return retry(() =>
        prisma().studyItem.findMany({
          where: { studyId },
          orderBy: { index: 'asc' },
          include: { answers: { where: { answeredAt: { not: null } }, orderBy: { answeredAt: 'asc' } } },
        }),
      );
    },
  };
}

/** Items as results are counted from. */
export function itemsOf(rows: Awaited<ReturnType<Studies['answered']>>): AnsweredItem[] {
  return rows.map(({ id, text, source, word, category, answers }) => ({
    ...{ id, text, source, word, category },
    answers: answers.map(({ answer }) => answer!),
  }));
}
