import { LARGEST_SEED } from '../../random.ts';
import { defaultTextStrategy } from '../../sampling/text.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { defineCommand } from '../define-command.ts';
import { switchFlag, text, whole } from '../flag.ts';
import { textSamplerFlags } from '../sampler-flags.ts';

export const ask = defineCommand({
  name: 'ask',
  usage: {
    'ask <picture> "<question>"': 'answer a question about a picture',
    'ask <left> <right> "<statement>"': 'is the statement true of the two pictures?',
    'ask <picture>': 'caption a picture',
  },
  about: 'Pictures are PNG, JPEG, WebP, GIF or AVIF. Options:',
  flags: {
    model: text('of the zoo (its default model for the task), or a run', { value: 'id or run' }),
    json: switchFlag('everything there is to know, as JSON'),
    prefix: text('the caption begins with these ("A")', { value: 'words' }),
    n: whole('captions, the best first (1)', { least: 1, most: 100 }),
    seed: whole('the same seed gives the same caption (random, and told)', { least: 0, most: LARGEST_SEED }),
    'max-tokens': whole(`length of a caption, two tokens that mark its ends included (${MAX_TEXT_TOKENS})`, {
      least: 3,
      most: MAX_TEXT_TOKENS,
    }),
    ...textSamplerFlags({
      strategy: `(${defaultTextStrategy()})`,
      steps: 'how often every word is drawn (3 for gibbs, else 1)',
      temperature:
        '0 takes the likeliest words; 1 draws as the model says (1 for gibbs; 0.5 for n above 1; else 0)',
      topK: 'answers to a question (5); for captions: draw among the k likeliest words',
    }),
  },
  settings: ['checkpoints-dir', 'data-dir', 'threads'],
  words: true,
  isIdle: ({ words }) => words.length === 0,
});
