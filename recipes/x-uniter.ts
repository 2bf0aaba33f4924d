import type { Recipe } from '../src/runs/recipe.ts';

/** What every stage of pre-training has: one stream of six layers. */
const X_UNITER = { config: 'x-uniter', num_hidden_layers: 6, pre_norm: true } as const;
const GENERATOR = 'generator/scenes';

/** X-UNITER on the demo zoo's world: its encoder, codes and generator are those of the recipe scenes. */
export default {
  title: 'X-UNITER on scenes of one style',
  took: 'two and a half hours of one core (AVX-512) that had much other work',
  stages: [
    {
      name: 'x-uniter-scenes-first',
      why: 'Learns to paint: nearly all steps are about the picture.',
      kind: 'pretrain',
      dataset: 'framed-1style',
      seed: 1,
      minutes: 45,
      components: { generator: GENERATOR },
      hyperparameters: {
        ...X_UNITER,
        learning_rate: 0.001,
        warmup_ratio: 0.05,
        image_share: 0.9,
        fully_masked_share: 0.8,
        steps: 4500,
        checkpoint_every: 500,
      },
    },
    {
      name: 'x-uniter-scenes',
      why: 'Learns to caption, to match and to answer.',
      kind: 'pretrain',
      dataset: 'framed-1style',
      seed: 2,
      minutes: 40,
      components: { generator: GENERATOR, base_model: 'x-uniter-scenes-first' },
      hyperparameters: {
        ...X_UNITER,
        learning_rate: 0.0008,
        image_share: 0.45,
        fully_masked_share: 0.4,
        objects_first_share: 0.3,
        word_share: 0.6,
        question_share: 0.6,
        fully_masked_text_share: 0.5,
        uniform_word_mask_share: 0.5,
        steps: 2800,
        checkpoint_every: 250,
      },
    },
    {
      name: 'x-uniter-scenes-last',
      why: 'Both together, with twice as many scenes, at a lower rate.',
      kind: 'pretrain',
      dataset: 'framed-1style',
      seed: 3,
      minutes: 40,
      components: { generator: GENERATOR, base_model: 'x-uniter-scenes' },
      hyperparameters: {
        ...X_UNITER,
        learning_rate: 0.0006,
        image_share: 0.5,
        fully_masked_share: 0.45,
        objects_first_share: 0.4,
        word_share: 0.5,
        question_share: 0.6,
        fully_masked_text_share: 0.5,
        uniform_word_mask_share: 0.5,
        scenes: 65536,
        steps: 5000,
        checkpoint_every: 500,
      },
      publish: 'x-uniter/scenes',
    },
    {
      name: 'x-uniter-vqa-scenes',
      why: 'Answers questions.',
      kind: 'vqa',
      dataset: 'framed-1style',
      seed: 1,
      minutes: 35,
      components: { base_model: 'x-uniter/scenes' },
      hyperparameters: { steps: 2000, checkpoint_every: 500 },
      publish: 'x-uniter-vqa/scenes',
    },
  ],
} satisfies Recipe;
