import { CodedError } from '../errors.ts';
import type { InferenceHost } from '../inference/host.ts';

/** Before anything is read, decoded or recorded: refusing under load must cost nothing. @throws CodedError queue_full */
export function refuseWhenFull(host: InferenceHost): void {
  const { queuedWorks, queueLimit } = host.stats();
  if (queuedWorks >= queueLimit) throw new CodedError('queue_full');
}
