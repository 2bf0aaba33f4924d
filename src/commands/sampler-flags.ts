/** Flags of samplers, of codes and of words. */
import { TEXT_STRATEGIES, type TextSampler, type TextStrategy } from '../sampling/text.ts';
import { MOST_LENGTH_PENALTY } from '../text-lengths.ts';
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

type Abouts = Parameters<typeof samplerFlags>[1];

export const textSamplerFlags = (about: Abouts) => ({
  ...samplerFlags(TEXT_STRATEGIES, about),
  'length-penalty': real('more gives longer captions (what suits the model)', {
    ...{ least: 0, most: MOST_LENGTH_PENALTY, value: 'p' },
  }),
});

/** Those that were given. */
export const textSamplerOf = (
  values: SamplerValues<TextStrategy> & { 'length-penalty': number | undefined },
): Partial<TextSampler> => ({
  ...given(values),
  ...(values.strategy !== undefined && { strategy: values.strategy }),
  ...(values['length-penalty'] !== undefined && { length_penalty: values['length-penalty'] }),
});

interface SamplerValues<Strategy> {
  strategy: Strategy | undefined;
  steps: number | undefined;
  temperature: number | undefined;
  'top-k': number | undefined;
}

const given = ({ steps, temperature, 'top-k': top_k }: SamplerValues<string>) => ({
  ...(steps !== undefined && { steps }),
  ...(temperature !== undefined && { temperature }),
  ...(top_k !== undefined && { top_k }),
});

/** A strategy with its settings: those that were given. */
export const samplerOf = <Strategy extends string>(
  values: SamplerValues<Strategy>,
): { strategy?: Strategy; steps?: number; temperature?: number; top_k?: number } => ({
  ...(values.strategy !== undefined && { strategy: values.strategy }),
  ...given(values),
});
