import { CodedError } from '../errors.ts';
import type { ZooContents } from '../zoo/discovery.ts';
import { pathOf, planRemoval } from '../zoo/remove-checkpoint.ts';

/**
 * The folders that go with a model.
 * @param own the folder of checkpoints that may be changed; undefined: none
 * @param check is given the paths in the zoo of what goes; throws for a reason to keep it
 * @throws CodedError model_shipped, model_in_use, and what `check` throws
 */
export async function plannedRemoval(
  contents: ZooContents,
  id: string,
  own: string | undefined,
  check: (paths: readonly string[]) => Promise<void>,
): Promise<string[]> {
  const removal = own === undefined ? undefined : planRemoval(contents, id, own);
  if (removal === undefined || ('refused' in removal && removal.refused === 'shipped')) {
    throw new CodedError('model_shipped', `The model "${id}" came with the server, and stays.`);
  }
  if ('refused' in removal) {
    throw new CodedError(
      'model_in_use',
      `The model "${id}" is a part of ${removal.by.join(', ')}. Delete ${removal.by.length > 1 ? 'these' : 'that'} first.`,
    );
  }
  await check(removal.folders.map(pathOf));
  return removal.folders;
}
