import { defineCommand } from '../define-command.ts';
import { needed, switchFlag, text, texts, whole } from '../flag.ts';

/** Where the published files of a corpus are named. */
export const FILE_FLAGS = {
  captions: texts('of coco', { value: 'file' }),
  karpathy: texts('of coco, in place of --captions', { value: 'file' }),
  questions: texts('of vqa and visual-genome', { value: 'file' }),
  annotations: texts('of vqa', { value: 'file' }),
  train: texts('of gqa and nlvr2', { value: 'file' }),
  valid: texts('of gqa and nlvr2', { value: 'file' }),
  testdev: texts('of gqa', { value: 'file' }),
  choices: texts("of gqa's evaluation: which answers are valid, and which plausible", { value: 'file' }),
  test: texts('of gqa and nlvr2', { value: 'file' }),
  regions: texts('of visual-genome', { value: 'file' }),
  'images-of': texts('of visual-genome', { value: 'file' }),
  features: texts("of boxes: LXMERT's train2014_obj36.tsv", { value: 'file' }),
};

export const convert = defineCommand({
  name: 'convert',
  usage: {
    'convert <what> --dataset <name> …':
      'published files to a folder in DATA_DIR/datasets, which training reads',
  },
  about: `convert coco --captions captions_train2014.json --captions captions_val2014.json
convert coco --karpathy dataset_coco.json
convert vqa --questions v2_OpenEnded_mscoco_train2014_questions.json --annotations v2_mscoco_train2014_annotations.json …
convert gqa --train train_balanced_questions.json --testdev testdev_balanced_questions.json
convert nlvr2 --train train.json --valid dev.json --test test1.json
convert boxes --features train2014_obj36.tsv --features val2014_obj36.tsv
convert visual-genome --regions region_descriptions.json --questions question_answers.json --images-of image_data.json

Each goes to the files that LXMERT names so (lxmert/, vqa/, gqa/, nlvr2/; boxes to features/*.h5), several into one data
set. Options may be
given as often as there are files.`,
  flags: {
    ...FILE_FLAGS,
    dataset: needed('folder in DATA_DIR/datasets; made when it is not there', { value: 'name' }),
    images: texts("of pictures: linked to from the data set's images/", { value: 'folder' }),
    minival: text(
      "of coco and vqa: pictures of val2014 that are validated on, a JSON list of their names (or LXMERT's " +
        'minival.json) or one a line; the others are trained on',
      { value: 'file' },
    ),
    'min-answers': whole('of vqa: answers that are the commonest of fewer questions are not learned', {
      ...{ least: 1, most: 1_000_000, fallback: 9 },
    }),
    replace: switchFlag('write over files that are there'),
  },
  settings: ['data-dir'],
  words: true,
});
