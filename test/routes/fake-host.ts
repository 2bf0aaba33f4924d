/** An inference host without models: paints at once, or when a test says so. */
import { CodedError } from '../../src/errors.ts';
import type {
  CaptionRequest,
  InferenceHost,
  InferenceStats,
  ModelStatus,
  Nlvr2Request,
  PaintOptions,
  PaintRequest,
  PaintResult,
  ReconstructRequest,
  VqaRequest,
  WorkOptions,
} from '../../src/inference/host.ts';
import { defaultModel } from '../../src/zoo/default-model.ts';

export const MODEL = 'x-lxmert-scenes';
export const REVISION = 'a'.repeat(64);

export const SEEING = { caption: MODEL, vqa: 'x-lxmert-vqa-scenes', nlvr2: 'x-lxmert-nlvr2-scenes' };

export interface FakeHost extends InferenceHost {
  /** Every request about pictures that came. */
  readonly looks: (CaptionRequest | VqaRequest | Nlvr2Request | ReconstructRequest)[];
  /** Set: awaited before such a request is answered. */
  looking: ((options: WorkOptions) => Promise<void>) | undefined;
  /** Every request that came. */
  readonly requests: PaintRequest[];
  /** Set: what paint does instead of painting. */
  behaviour: ((request: PaintRequest, options: PaintOptions) => Promise<PaintResult>) | undefined;
  readonly statistics: InferenceStats;
  isReady: boolean;
}

/** Depends on prompt and seed alone. */
const file = (prompt: string, seed: number, step: number) => Buffer.from(`${prompt}/${seed}/${step}`);

export function result(request: PaintRequest, options: PaintOptions): PaintResult {
  const steps = request.sampler.steps ?? 4;
  const images = request.seeds.map((seed, image) => {
    const prompt = request.prompts[Math.floor(image / request.n)]!;
    const intermediate: Buffer[] = [];
    for (let step = 1; step <= steps; step++) {
      const encoded = file(prompt, seed, step);
      options.onStep?.({ image, step, steps, encoded, updated: [step] });
      intermediate.push(encoded);
    }
    return {
      prompt,
      ...(prompt === 'a bus' && { revisedPrompt: 'a yellow bus' }),
      ...read(prompt),
      seed,
      width: 128,
      height: 128,
      codes: Array.from({ length: 64 }, (_, i) => i),
      encoded: intermediate.at(-1)!,
      ...(request.intermediate ? { intermediate } : {}),
    };
  });
  return { images, ...served(request.model) };
}

/** It does not know words with a z. */
const read = (text: string) => ({
  truncated: text.split(' ').length > 18,
  unknownWords: text.split(' ').filter((word) => word.includes('z')),
});

const served = (model: string) => ({
  model,
  revision: REVISION,
  engine: 'fake',
  queueMs: 1.5,
  computeMs: 20.25,
});

export function createFakeHost(): FakeHost {
  const status = (id: string, tasks: string[]): ModelStatus => ({
    id,
    tasks,
    state: 'ready',
    revision: REVISION,
    architecture: tasks.length > 0 ? 'x-lxmert' : 'generator',
    parameters: 1000,
    memoryBytes: 4000,
    ...(tasks.includes('paint') && { grid: 8, sampler: 'easy-first-4' }),
  });
  const models = [
    status('generator-scenes', []),
    status(MODEL, ['paint', 'caption']),
    status(SEEING.nlvr2, ['nlvr2']),
    status(SEEING.vqa, ['vqa']),
  ];
  const find = (id: string) => {
    const found = models.find((model) => model.id === id);
    if (found === undefined) throw new CodedError('model_not_found');
    return found;
  };
  const host: FakeHost = {
    requests: [],
    looks: [],
    looking: undefined,
    behaviour: undefined,
    isReady: true,
    statistics: {
      queuedWorks: 0,
      activeWorks: 0,
      pendingRequests: 0,
      queueLimit: 4,
      restarts: 0,
      childResidentBytes: 1234,
      batchSizes: { 1: 2, 4: 1 },
      stageMs: { encode: 500 },
      picturesEncoded: 0,
      picturesCached: 0,
    },
    async paint(request, options = {}) {
      host.requests.push(request);
      return host.behaviour === undefined ? result(request, options) : host.behaviour(request, options);
    },
    async caption(request, options = {}) {
      host.looks.push(request);
      await host.looking?.(options);
      const captions = request.seeds.map((seed) => ({
        text: `${request.prefix} picture`,
        score: -seed,
        seed,
        ...read(request.prefix),
      }));
      for (const [index, one] of captions.entries()) options.onCaption?.(one, index);
      return { captions, ...served(request.model) };
    },
    async vqa(request, options = {}) {
      host.looks.push(request);
      await host.looking?.(options);
      const answers = ['red', 'blue', 'green'].map((answer, i) => ({ answer, score: 0.5 ** (i + 1) }));
      const { topK, occlusion } = request;
      const hidden = blocks(occlusion).map((i) => ({
        answer: i === 0 ? 'blue' : 'red',
        score: i === 0 ? 0.125 : 0.5,
      }));
      const occluded = occlusion === undefined ? {} : { hidden };
      return {
        answers: answers.slice(0, topK),
        ...occluded,
        ...read(request.question),
        ...served(request.model),
      };
    },
    async nlvr2(request, options = {}) {
      host.looks.push(request);
      await host.looking?.(options);
      const label = request.left.hash === request.right.hash;
      const { occlusion, statement, model } = request;
      const hidden = [0, 1].flatMap(() => blocks(occlusion).map(() => ({ answer: label, score: 0.5 })));
      const occluded = occlusion === undefined ? {} : { hidden };
      return { label, score: label ? 0.75 : 0.25, ...occluded, ...read(statement), ...served(model) };
    },
    async reconstruct(request, options = {}) {
      host.looks.push(request);
      await host.looking?.(options);
      const codes = Array.from({ length: 64 }, (_, i) => i);
      return {
        width: 128,
        height: 128,
        codes,
        encoded: file(request.picture.hash, 0, 1),
        ...served(request.model),
      };
    },
    defaultModel: (task) => defaultModel(models, task),
    modelFor: async (task) => defaultModel(models, task),
    models: () => models,
    rescan: async () => {},
    refresh: async () => {},
    announce: async () => {},
    async load(id) {
      const model = find(id);
      model.state = 'ready';
      return model;
    },
    async unload(id) {
      const model = find(id);
      model.state = 'available';
      return model;
    },
    async remove(id) {
      find(id);
      throw new CodedError('model_shipped');
    },
    ready: () => host.isReady,
    alive: () => true,
    stats: () => host.statistics,
    close: async () => {},
  };
  return host;
}

const blocks = (grid = 0): number[] => Array.from({ length: grid ** 2 }, (_, i) => i);
