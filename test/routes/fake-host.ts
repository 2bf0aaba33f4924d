/** An inference host without models: paints at once, or when a test says so. */
import { CodedError } from '../../src/errors.ts';
import type {
  InferenceHost,
  InferenceStats,
  ModelStatus,
  PaintOptions,
  PaintRequest,
  PaintResult,
} from '../../src/inference/host.ts';

export const MODEL = 'x-lxmert-scenes';
export const REVISION = 'a'.repeat(64);

export interface FakeHost extends InferenceHost {
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
      truncated: prompt.split(' ').length > 18,
      seed,
      width: 128,
      height: 128,
      codes: Array.from({ length: 64 }, (_, i) => i),
      encoded: intermediate.at(-1)!,
      ...(request.intermediate ? { intermediate } : {}),
    };
  });
  return { images, model: request.model, revision: REVISION, engine: 'fake', queueMs: 1.5, computeMs: 20.25 };
}

export function createFakeHost(): FakeHost {
  const status = (id: string, tasks: string[]): ModelStatus => ({
    id,
    tasks,
    state: 'ready',
    revision: REVISION,
    architecture: tasks.length > 0 ? 'x-lxmert' : 'generator',
    parameters: 1000,
    memoryBytes: 4000,
  });
  const models = [status('generator-scenes', []), status(MODEL, ['paint'])];
  const find = (id: string) => {
    const found = models.find((model) => model.id === id);
    if (found === undefined) throw new CodedError('model_not_found');
    return found;
  };
  const host: FakeHost = {
    requests: [],
    behaviour: undefined,
    isReady: true,
    statistics: {
      queuedImages: 0,
      activeImages: 0,
      pendingRequests: 0,
      queueLimit: 4,
      restarts: 0,
      childResidentBytes: 1234,
      batchSizes: { 1: 2, 4: 1 },
      picturesEncoded: 0,
      picturesCached: 0,
    },
    async paint(request, options = {}) {
      host.requests.push(request);
      return host.behaviour === undefined ? result(request, options) : host.behaviour(request, options);
    },
    defaultModel: () => MODEL,
    models: () => models,
    rescan: async () => {},
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
    ready: () => host.isReady,
    alive: () => true,
    stats: () => host.statistics,
    close: async () => {},
  };
  return host;
}
