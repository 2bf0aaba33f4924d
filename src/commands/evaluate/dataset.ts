/** Captioned data sets as evaluations name them, and the part of them that is looked at. */
import type { DirectoryDataset } from '../../datasets/directory/index.ts';
import { UsageError } from '../../errors.ts';
import { type ResolvedDataset, resolveDataset } from '../../runs/datasets.ts';
import { pretrain } from '../../training/pretraining/kind.ts';
import { saidOf } from '../said-of.ts';

/** A world by its full name, or a folder. @throws UsageError */
export const findDataset = (name: string, dataDir: string): Promise<ResolvedDataset> =>
  resolveDataset(name, pretrain, dataDir).catch(saidOf('--dataset'));

/** @returns undefined for scenes @throws UsageError */
export async function openDataset(name: string, dataDir: string): Promise<DirectoryDataset | undefined> {
  const { directory } = await findDataset(name, dataDir);
  return directory;
}

export function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw new UsageError(`--pictures: ${(cause as Error).message}.`, { cause });
  }
}
