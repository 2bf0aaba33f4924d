import { CodedError } from '../../errors.ts';
import type { InferenceHost, ModelStatus } from '../../inference/host.ts';

/**
 * A hosted model. Before it is said not to be there, its folders are looked at once more: another server may have
 * promoted it a moment ago.
 * @param param where the request names it
 * @throws CodedError model_not_found
 */
export async function findModel(host: InferenceHost, id: string, param?: string): Promise<ModelStatus> {
  const known = () => host.models().find((model) => model.id === id);
  let found = known();
  if (found === undefined) {
    await host.rescan();
    found = known();
  }
  if (found !== undefined) return found;
  throw new CodedError('model_not_found', modelNotFound(id), param === undefined ? {} : { param });
}

export const modelNotFound = (id: string) =>
  `There is no model "${id}". GET /v1/models lists the hosted ones.`;
