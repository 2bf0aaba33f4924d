/** What is wrong with a sampler is the user's to mend. */
import { CodedError } from '../../errors.ts';
import { SamplerError } from '../../sampling/sampler.ts';

/** @throws CodedError impossible_request in place of a SamplerError */
export function possible<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof SamplerError)) throw error;
    throw new CodedError('impossible_request', `${error.message}.`, { param: `/sampler/${error.param}` });
  }
}
