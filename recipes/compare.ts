import { PRETRAINING_CONFIGS } from '../src/models/compared-configs.ts';
import type { Recipe, Stage } from '../src/runs/recipe.ts';

/** One budget for all: 2,000 steps of 16, at half of the demo model's width. */
const stages = Object.entries(PRETRAINING_CONFIGS).map(
  ([config, { description }]): Stage => ({
    name: `compare-${config}`,
    why: `${description}.`,
    kind: 'pretrain',
    dataset: 'framed-1style',
    seed: 1,
    components: { generator: 'generator/scenes' },
    hyperparameters: {
      config,
      steps: 2000,
      batch_size: 16,
      checkpoint_every: 500,
      learning_rate: 0.0015,
      pre_norm: true,
      l_layers: 2,
      r_layers: 1,
      x_layers: 3,
      hidden_size: 96,
      num_attention_heads: 4,
      intermediate_size: 384,
      image_share: 0.9,
      fully_masked_share: 0.8,
    },
    publish: `compare/${config}`,
  }),
);

/** What the paper's Tables 2 and 3 compare, small enough to be shipped. */
export default {
  title: 'What the paper compares, small',
  took: 'twelve minutes of one core each (a slow one), two at a time',
  stages,
} satisfies Recipe;
