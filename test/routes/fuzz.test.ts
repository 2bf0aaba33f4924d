/**
 * Two thousand broken pictures through HTTP, decoder and model: each is answered or refused with its code, and
 * neither the server nor the inference process ends, hangs or keeps anything of them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import type { Runs } from '../../src/database/runs.ts';
import type { InferenceHost } from '../../src/inference/host.ts';
import { createInferenceHost } from '../../src/inference/host-process.ts';
import { createRandom, type Random } from '../../src/random.ts';
import type { Services } from '../../src/services.ts';
import { sampleFiles } from '../pictures/sample-pictures.ts';
import { writeTinyAnswerer } from '../zoo/tiny-answerer.ts';

const PICTURES = 2000;
const AT_A_TIME = 8;
const MODEL = 'tiny-vqa';
/** Codes that a picture may be refused with. */
const REFUSALS = ['image_not_supported', 'image_too_large', 'image_damaged'];

let root: string;
let host: InferenceHost;
let app: FastifyInstance;
let files: Buffer[];

beforeAll(async () => {
  files = Object.values(await sampleFiles(24, 24));
  root = await mkdtemp(join(tmpdir(), 'fuzz-'));
  await writeTinyAnswerer(root, 'vqa');
  host = await createInferenceHost({ checkpoints: [root], threads: 1, heartbeatMs: 200 });
  // The database is not what is tried here.
  const runs = {
    accept: async () => {},
    succeed: async () => {},
    fail: async () => {},
  } as Partial<Runs> as Runs;
  app = await buildApp({ host, records: { runs } } as Partial<Services> as Services);
  await host.load(MODEL);
});
afterAll(async () => {
  await app.close();
  await host.close(0);
  await rm(root, { recursive: true });
});

const MUTATIONS: ((file: Buffer, random: Random) => Buffer)[] = [
  function flipBits(file, random) {
    for (let i = 1 + random.int(8); i > 0; i--) {
      const at = random.int(file.length);
      file[at] = file[at]! ^ (1 << random.int(8));
    }
    return file;
  },
  function overwrite(file, random) {
    const at = random.int(file.length);
    const value = random.pick([0, 0x7f, 0x80, 0xff, random.int(256)]);
    return file.fill(value, at, Math.min(file.length, at + 1 + random.int(16)));
  },
  function overwriteHeader(file, random) {
    file.writeUInt32BE(
      random.pick([0, 1, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff]),
      random.int(Math.min(40, file.length - 4)),
    );
    return file;
  },
  function cut(file, random) {
    return file.subarray(0, random.int(file.length));
  },
  function remove(file, random) {
    const at = random.int(file.length);
    return Buffer.concat([file.subarray(0, at), file.subarray(at + 1 + random.int(64))]);
  },
  function repeat(file, random) {
    const at = random.int(file.length);
    const piece = file.subarray(at, at + 1 + random.int(200));
    return Buffer.concat([file.subarray(0, at), ...Array(1 + random.int(20)).fill(piece), file.subarray(at)]);
  },
  function splice(file, random) {
    const other = random.pick(files);
    return Buffer.concat([
      file.subarray(0, random.int(file.length)),
      other.subarray(random.int(other.length)),
    ]);
  },
];

async function send(image: Buffer, asForm: boolean) {
  const path = '/v1/vqa';
  if (!asForm) {
    const payload = { image: image.toString('base64'), question: 'a dog' };
    return app.inject({ method: 'POST', url: path, payload });
  }
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(image)]), 'x');
  form.append('question', 'a dog');
  return app.inject({ method: 'POST', url: path, payload: form });
}

it(`${PICTURES} mutated pictures kill neither process`, async () => {
  const random = createRandom('fuzz');
  const { childPid, restarts } = host.stats();
  const outcomes: Record<string, number> = {};
  const strange: unknown[] = [];
  let left = PICTURES;
  const client = async () => {
    while (left-- > 0) {
      let file: Buffer = Buffer.from(random.pick(files));
      for (let i = 1 + random.int(3); i > 0 && file.length > 8; i--) {
        file = Buffer.from(random.pick(MUTATIONS)(file, random));
      }
      const { statusCode, body } = await send(file, random.chance(0.5));
      const answer = JSON.parse(body);
      const outcome = statusCode === 200 ? 'answered' : answer.error.code;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (outcome !== 'answered' && !REFUSALS.includes(outcome)) {
        strange.push({ statusCode, error: answer.error, file: file.toString('base64') });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, client));
  expect(strange).toEqual([]);
  expect(host.stats()).toMatchObject({
    childPid,
    restarts,
    activeWorks: 0,
    queuedWorks: 0,
    pendingRequests: 0,
  });
  // The mutations are neither harmless nor all alike.
  for (const outcome of ['answered', ...REFUSALS])
    expect([outcome, (outcomes[outcome] ?? 0) > 5]).toEqual([outcome, true]);
  const whole = await send(files[0]!, false);
  expect(whole.statusCode).toBe(200);
}, 120_000);
