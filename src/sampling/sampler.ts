/** How to sample an image: what a caller may ask for, checked and completed. */
import { Fault } from '../fault.ts';

export const STRATEGIES = [
  'adaptive-easy-first',
  'mask-predict',
  'top-left',
  'random',
  'easy-first',
  'parallel',
] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** As the API takes it. */
export interface Sampler {
  strategy: Strategy;
  /** Passes of the model, of which adaptive-easy-first may need fewer. Default: `DEFAULT_STEPS`, else one per position. */
  steps?: number;
  /** 0 takes the likeliest code. Default 0, or 1 when top_k is given. */
  temperature?: number;
  /** Draw among this many of the likeliest codes. Default: all. */
  top_k?: number;
}

export interface ResolvedSampler {
  strategy: Strategy;
  steps: number;
  temperature: number;
  topK: number;
}

/** The paper's (3.3), of a model whose config names none. */
export const DEFAULT_SAMPLER = 'mask-predict';

/** @param own what suits the model (or its name), for whoever asks for no strategy */
export function samplerFor(asked: Partial<Sampler> = {}, own: Sampler | string = DEFAULT_SAMPLER): Sampler {
  const { strategy } = asked;
  if (strategy !== undefined) return { ...asked, strategy };
  return { ...(typeof own === 'string' ? samplerOfName(own) : own), ...asked };
}

/**
 * As evaluations and the configs of models name them: `mask-predict-4`, `parallel`, `random-64@1`, which is a strategy, its steps and its
 * temperature. Whether a model can follow it `resolveSampler` says.
 */
export function samplerOfName(name: string): Sampler {
  const [, strategy, steps, temperature] = /^([a-z-]+?)(?:-(\d+))?(?:@(\d+(?:\.\d+)?))?$/.exec(name) ?? [];
  return {
    strategy: strategy as Strategy,
    ...(steps !== undefined && { steps: Number(steps) }),
    ...(temperature !== undefined && { temperature: Number(temperature) }),
  };
}

/** An impossible sampler, and which of its fields is wrong. */
export class SamplerError extends Fault {
  override readonly name = 'SamplerError';
  override readonly subject: string;

  constructor(subject: string, message: string) {
    super(message, { subject });
    this.subject = subject;
  }
}

/** Two seeds then differ in about one cell of ten, and no fewer pictures show what they should. */
const TEMPERATURE_OF_SEVERAL = 0.5;

/**
 * For n pictures of one caption, or n captions of one picture, which are to differ: drawn where the caller names no
 * temperature.
 */
export function samplerOfSeveral<S extends Pick<Sampler, 'temperature' | 'top_k'>>(sampler: S, n: number): S {
  if (n === 1 || sampler.temperature !== undefined || sampler.top_k !== undefined) return sampler;
  return { ...sampler, temperature: TEMPERATURE_OF_SEVERAL };
}

/** For a part of a picture, whose cells nobody counts before: no more steps than it can have. */
export function samplerOfPart(sampler: Sampler, positions: number): Sampler {
  const { steps } = sampler;
  if (steps === undefined) return sampler;
  return { ...sampler, steps: Math.min(steps, mostSteps(sampler.strategy, positions)) };
}

/** Most steps of the random strategy, in visits of every position: what one request may cost. */
const MOST_VISITS = 4;

/** What one request may cost: images × steps, and of them those that are shown after every step. */
export const MOST_PASSES = 2048;
export const MOST_SHOWN_STEPS = 512;

/** @throws SamplerError when the images of a request would take more together than one request may */
export function assertAffordable(images: number, steps: number, shown: boolean): void {
  const most = shown ? MOST_SHOWN_STEPS : MOST_PASSES;
  if (images * steps <= most) return;
  const what = shown ? ' whose every step is shown' : '';
  throw new SamplerError(
    'steps',
    `${images} image${images === 1 ? '' : 's'} of ${steps} steps${what} are ${images * steps} together, and a request may have ${most}: ask for fewer at a time.`,
  );
}

/**
 * Fills in the defaults for a grid of V positions and a vocabulary of K codes.
 * @throws SamplerError
 */
export function resolveSampler(sampler: Sampler, positions: number, clusters: number): ResolvedSampler {
  const { strategy, temperature = sampler.top_k === undefined ? 0 : 1, top_k = clusters } = sampler;
  if (!STRATEGIES.includes(strategy)) {
    throw new SamplerError('strategy', `strategy must be one of ${STRATEGIES.join(', ')}.`);
  }
  const steps = sampler.steps ?? Math.min(DEFAULT_STEPS[strategy] ?? positions, positions);
  const most = mostSteps(strategy, positions);
  if (!Number.isInteger(steps) || steps < 1 || steps > most) {
    const range = most === 1 ? 'takes exactly 1 step' : `takes 1 to ${most} steps`;
    throw new SamplerError('steps', `${strategy} ${range} on a grid of ${positions} positions.`);
  }
  if (!(temperature >= 0 && temperature <= 100)) {
    throw new SamplerError('temperature', 'temperature must be between 0 and 100.');
  }
  if (!Number.isInteger(top_k) || top_k < 1) {
    throw new SamplerError('top_k', 'top_k must be an integer of at least 1.');
  }
  return { strategy, steps, temperature, topK: Math.min(top_k, clusters) };
}

const DEFAULT_STEPS: Partial<Record<Strategy, number>> = {
  'adaptive-easy-first': 6,
  'mask-predict': 4,
  parallel: 1,
};

function mostSteps(strategy: Strategy, positions: number): number {
  if (strategy === 'parallel') return 1;
  return strategy === 'random' ? MOST_VISITS * positions : positions;
}
