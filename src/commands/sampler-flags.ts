/** Flags of samplers, of codes and of words. */
import { choice, real, whole } from './flag.ts';

/** @param about what the steps and the temperature are, where the sampler's own defaults differ */
export const samplerFlags = <Strategy extends string>(
  strategies: readonly Strategy[],
  about: { strategy: string; steps: string; temperature: string; topK: string },
) => ({
  strategy: choice(about.strategy, strategies),
  steps: whole(about.steps, { least: 1, most: 10_000 }),
  temperature: real(about.temperature, { least: 0, most: 100, value: 't' }),
  'top-k': whole(about.topK, { least: 1, most: 1_000_000, value: 'k' }),
});

interface SamplerValues<Strategy> {
  strategy: Strategy | undefined;
  steps: number | undefined;
  temperature: number | undefined;
  'top-k': number | undefined;
}

/** A strategy with its settings: those that were given. */
export function samplerOf<Strategy extends string>(
  { strategy, steps, temperature, 'top-k': top_k }: SamplerValues<Strategy>,
  fallback: Strategy,
): { strategy: Strategy; steps?: number; temperature?: number; top_k?: number } {
  return {
    strategy: strategy ?? fallback,
    ...(steps !== undefined && { steps }),
    ...(temperature !== undefined && { temperature }),
    ...(top_k !== undefined && { top_k }),
  };
}
