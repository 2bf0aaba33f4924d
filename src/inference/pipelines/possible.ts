/** What is wrong with a sampler is the user's to mend. */
import { CodedError } from '../../errors.ts';
import { SamplerError } from '../../sampling/sampler.ts';

/** @param field JSON pointer of the sampler @throws CodedError impossible_request in place of a SamplerError */
export function possible<T>(check: () => T, field = '/sampler'): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof SamplerError)) throw error;
    throw CodedError.of('impossible_request', error, `${field}/${error.subject}`);
  }
}
