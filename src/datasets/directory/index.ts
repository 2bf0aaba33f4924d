export { checkDirectory, DATASET_NAME } from './check.ts';
export { type DirectoryDataset, type TaskSizes, withoutTexts } from './dataset.ts';
export {
  type GqaFields,
  type QuestionEntry,
  type StatementEntry,
  scoresOf,
} from './entries.ts';
export { type DatasetFault, faultText } from './faults.ts';
export {
  type DatasetTask,
  type DirectorySplit,
  directoriesIn,
} from './layout.ts';
export { type DirectoryEntries, openEntries } from './open-split.ts';
export { type DirectoryTexts, openTexts } from './open-texts.ts';
export {
  clusterIdFiles,
  type FeatureReader,
  type FeatureShape,
  featureShape,
  indexImages,
  indexPictures,
  openFeatures,
  pictureName,
} from './pictures.ts';
export { trainingTexts } from './training-texts.ts';
