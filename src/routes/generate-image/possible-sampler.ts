/** Samplers that a model cannot follow, or that ask for too much, are refused before anything is recorded or loaded. */
import { CodedError } from '../../errors.ts';
import type { InferenceHost } from '../../inference/host.ts';
import { assertAffordable, resolveSampler, type Sampler, SamplerError } from '../../sampling/sampler.ts';

/**
 * @param model that is hosted
 * @param images of the request
 * @param shown every step is
 * @param field JSON pointer of the sampler
 * @returns the steps that are taken; those that were asked for, of a model whose grid is not known
 * @throws CodedError impossible_request
 */
export function possibleSteps(
  host: InferenceHost,
  model: string,
  sampler: Sampler,
  { images = 1, shown = false, field = '/sampler' } = {},
): number | undefined {
  return possible(field, () => {
    const grid = host.models().find(({ id }) => id === model)?.grid;
    const steps =
      grid === undefined ? sampler.steps : resolveSampler(sampler, grid ** 2, Number.MAX_SAFE_INTEGER).steps;
    if (steps !== undefined) assertAffordable(images, steps, shown);
    return steps;
  });
}

/** What is wrong with a sampler is the user's to mend. @throws CodedError impossible_request */
export function possible<T>(field: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof SamplerError)) throw error;
    throw new CodedError('impossible_request', `${error.message}.`, { param: `${field}/${error.param}` });
  }
}
