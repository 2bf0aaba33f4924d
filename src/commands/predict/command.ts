import { defineCommand } from '../define-command.ts';
import { needed, text } from '../flag.ts';

export const predict = defineCommand({
  name: 'predict',
  usage: {
    'predict vqa | gqa | nlvr2 --model <checkpoint or run> --dataset <name> [--file <file>] [--output <file>]':
      "answers to questions that have none, in the form that the task's test server takes",
  },
  flags: {
    model: needed('that is fine-tuned on the task', { value: 'checkpoint or run' }),
    dataset: needed('folder in DATA_DIR/datasets', { value: 'name' }),
    file: text("of the data set's folder (<task>/test.json)", { value: 'file' }),
    output: text('(DATA_DIR/evaluations/<model>/<task>-test.json, or .csv for nlvr2)', { value: 'file' }),
  },
  settings: ['data-dir', 'checkpoints-dir', 'threads'],
  words: true,
});
