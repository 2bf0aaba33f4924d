/** Captioned data sets as evaluations name them, and the part of them that is looked at. */
import type { DirectoryDataset } from '../../datasets/directory/index.ts';
import { UsageError } from '../../errors.ts';
import { resolveDataset } from '../../runs/datasets.ts';
import { pretrain } from '../../training/pretraining/kind.ts';
import { TrainingError } from '../../training/run/errors.ts';

/** @returns undefined for scenes @throws UsageError */
export async function openDataset(name: string, dataDir: string): Promise<DirectoryDataset | undefined> {
  const { directory } = await resolveDataset(name, pretrain, dataDir).catch(asDatasetUsage);
  return directory;
}

/** What is wrong with a data set is told in words. */
export function asDatasetUsage(error: unknown): never {
  if (!(error instanceof TrainingError)) throw error;
  throw new UsageError(`--dataset: ${error.message}`, { cause: error });
}

/** The same, and that too little of it is there. */
export function asPartUsage(error: unknown): never {
  if (error instanceof RangeError) throw new UsageError(`${error.message}.`, { cause: error });
  return asDatasetUsage(error);
}

export function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw new UsageError(`--pictures: ${(cause as Error).message}.`, { cause });
  }
}
