import { LARGEST_SEED } from '../../random.ts';
import { STRATEGIES } from '../../sampling/sampler.ts';
import { defineCommand } from '../define-command.ts';
import { switchFlag, text, whole } from '../flag.ts';
import { samplerFlags } from '../sampler-flags.ts';

export const paint = defineCommand({
  name: 'paint',
  usage: {
    'paint "<caption>" [-o picture.png]': 'paint one caption',
    'paint --captions <file> -o <folder>': 'paint every line of a file',
  },
  flags: {
    output: text('picture (painting.png), or the folder for many; .png, .jpg or .webp', {
      ...{ short: 'o', value: 'path' },
    }),
    captions: text('one caption a line', { value: 'file' }),
    n: whole('pictures per caption (1)', { least: 1, most: 1000 }),
    seed: whole('the same seed gives the same picture (random, and told)', { least: 0, most: LARGEST_SEED }),
    model: text('of the zoo (its default model), or a run', { value: 'id or run' }),
    ...samplerFlags(STRATEGIES, {
      strategy: "(the model's own, else mask-predict)",
      steps:
        "sampling steps (the model's own; of a strategy that is named 4 for mask-predict, at most 6 for adaptive-easy-first)",
      temperature: '0 takes the likeliest codes; 1 draws as the model says (0; 0.5 for n above 1)',
      topK: 'draw among the k likeliest codes',
    }),
    format: text('png, jpeg or webp, for a folder (png)', { value: 'name' }),
    strip: switchFlag(
      "one caption in the making, as in the paper's Figure 4: after steps 1, 5, 10, … of 140 at random, or of the " +
        'sampler that is given; cells not yet written as the generator makes them',
    ),
    grey: switchFlag('with --strip: cells not yet written are grey'),
  },
  settings: ['checkpoints-dir', 'data-dir', 'threads'],
  words: true,
  isIdle: ({ words, flags }) => words.length === 0 && flags.captions === undefined,
});
