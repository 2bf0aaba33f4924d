import { defineCommand } from '../define-command.ts';
import { needed, switchFlag, text, whole } from '../flag.ts';

export const questions = defineCommand({
  name: 'questions',
  usage: {
    'questions --dataset <name> [options]':
      'questions about things, numbers, colours, places, what is there and what somebody does, by rule, out of the ' +
      'English captions of a folder in DATA_DIR/datasets',
  },
  about: `They go to <folder>/vqa/captions_train.json and captions_valid.json (--output for another folder), which training and
evaluation read beside what else is there, with "source": "captions". The same captions give the same questions.`,
  flags: {
    dataset: needed('folder in DATA_DIR/datasets', { value: 'name' }),
    output: text('(<folder>/vqa)', { value: 'folder' }),
    'new-answers': switchFlag(
      'where the data set lists its answers (trainval_label2ans.json, all_ans.json): append those that the captions ' +
        'have often enough and the list has not; left out, only listed answers are used',
    ),
    fewest: whole('answers that training has less often are left out', {
      ...{ least: 1, most: 1_000_000, fallback: 10 },
    }),
    show: whole('print so many of the questions, with their captions, to look at', {
      ...{ least: 0, most: 10_000, fallback: 0 },
    }),
    'dry-run': switchFlag('write nothing'),
  },
  settings: ['data-dir'],
});
