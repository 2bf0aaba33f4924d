import { defineCommand } from '../define-command.ts';
import { needed, text } from '../flag.ts';

export const extract = defineCommand({
  name: 'extract',
  usage: {
    'extract --dataset <name> --grid-encoder <checkpoint> [--images <folder>]':
      'features of the pictures of a folder in DATA_DIR/datasets, to its features/*.h5: float32 [8, 8, F] at ' +
      "<img_id>/features, as X-LXMERT's scripts write them; with --boxes [boxes, F], with boxes, obj_id and obj_conf",
  },
  about:
    'What is stopped or killed goes on with the next picture when it is called again. As a job: the kind "extract".',
  flags: {
    dataset: needed('folder in DATA_DIR/datasets', { value: 'name' }),
    'grid-encoder': needed('any picture encoder: detector/published, grid-encoder/coco, …', {
      value: 'checkpoint',
    }),
    images: text("of pictures: linked to from the data set's images/, which is made", { value: 'folder' }),
    boxes: text('so many boxes of each picture in place of its grid, such as 36 (0)', { value: 'n' }),
    'images-per-file': text('(1000)', { value: 'n' }),
  },
  settings: ['data-dir', 'checkpoints-dir', 'threads'],
});
