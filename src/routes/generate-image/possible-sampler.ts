/** Samplers that a model cannot follow, or that ask for too much, are refused before anything is recorded or loaded. */
import type { InferenceHost } from '../../inference/host.ts';
import { possible } from '../../inference/pipelines/possible.ts';
import { assertAffordable, resolveSampler, type Sampler } from '../../sampling/sampler.ts';

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
  return possible(() => {
    const grid = host.models().find(({ id }) => id === model)?.grid;
    const steps =
      grid === undefined ? sampler.steps : resolveSampler(sampler, grid ** 2, Number.MAX_SAFE_INTEGER).steps;
    if (steps !== undefined) assertAffordable(images, steps, shown);
    return steps;
  }, field);
}
