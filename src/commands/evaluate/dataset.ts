/** Captioned data sets as evaluations name them, and the part of them that is looked at. */
import type { DirectoryDataset } from '../../datasets/directory/index.ts';
import { UsageError } from '../../errors.ts';
import { resolveDataset } from '../../runs/datasets.ts';
import { pretrain } from '../../training/pretraining/kind.ts';
import { TrainingError } from '../../training/run/errors.ts';

/** @returns undefined for scenes @throws UsageError */
export async function openDataset(name: string, dataDir: string): Promise<DirectoryDataset | undefined> {
  return resolveDataset(name, pretrain, dataDir).then(
    ({ directory }) => directory,
    (error: unknown) => {
      if (!(error instanceof TrainingError)) throw error;
      throw new UsageError(`--dataset: ${error.message}`, { cause: error });
    },
  );
}

export function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw new UsageError(`--pictures: ${(cause as Error).message}.`, { cause });
  }
}
