/** What a data set is, once it has been read. */
import type { DatasetFault } from './faults.ts';
import type { DatasetTask, DirectorySplit, TaskFiles } from './layout.ts';
import type { PictureIndex } from './pictures.ts';

interface SplitSize {
  /** Questions, statements, or (for pre-training) pictures with captions or questions. */
  examples: number;
  pictures: number;
}

export type TaskSizes = Record<DirectorySplit, SplitSize>;

/** A data set as it is on disk. */
export interface DirectoryDataset {
  name: string;
  folder: string;
  /** Changes with any byte of the JSON and with the size or time of any picture. */
  revision: string;
  tasks: Partial<Record<DatasetTask, TaskFiles>>;
  sizes: Partial<Record<DatasetTask, TaskSizes>>;
  /** What there is to answer, in the order of the logits. Empty where nothing is asked. */
  answers: Partial<Record<DatasetTask, string[]>>;
  /** Where captions of both splits come from. */
  captionSources: readonly string[];
  pictures: PictureIndex['kind'];
  /** F of precomputed features. */
  featureWidth: number | undefined;
  /** Where they are of boxes and not of a grid: how many of each picture. */
  featureBoxes: number | undefined;
  /** The first ten of `faultCount`. None: it can be trained on. */
  faults: readonly DatasetFault[];
  faultCount: number;
}

/** Pictures or features alone: nothing is said or asked of them. */
export const withoutTexts = (
  part: Pick<DirectoryDataset, 'name' | 'folder' | 'pictures' | 'featureWidth' | 'featureBoxes'>,
): DirectoryDataset => ({
  ...part,
  ...{ revision: '', tasks: {}, sizes: {}, answers: {}, captionSources: [], faults: [], faultCount: 0 },
});
