import type { Recipe } from '../src/runs/recipe.ts';

/** Photographs, with a pretrained encoder. */
export default {
  title: 'Photographs, with a pretrained encoder',
  needs:
    'A data set `photos` in DATA_DIR/datasets (docs/training.md, "Your own data"): its own pictures are not shipped.',
  stages: [
    {
      name: 'visual-vocabulary-photos',
      why: '2,048 codes of photographs.',
      kind: 'visual-vocabulary',
      dataset: 'photos',
      seed: 1,
      components: { grid_encoder: 'grid-encoder/coco' },
      hyperparameters: { clusters: 2048, iterations: 10, gate_scenes: 200 },
      publish: 'visual-vocabulary/photos',
    },
    {
      name: 'photos-first-grounded',
      why: 'Captions photographs.',
      kind: 'pretrain',
      dataset: 'photos',
      seed: 1,
      components: { grid_encoder: 'grid-encoder/coco', visual_vocabulary: 'visual-vocabulary-photos' },
      hyperparameters: {
        exact_features: true,
        pre_norm: true,
        grounded_words: true,
        uniform_word_mask_share: 0.7,
        fully_masked_share: 0.3,
        l_layers: 3,
        r_layers: 1,
        x_layers: 2,
        batch_size: 16,
        word_share: 0.7,
        question_share: 0.25,
        fully_masked_text_share: 0.3,
        image_share: 0.05,
        learning_rate: 0.0008,
        warmup_ratio: 0.02,
        checkpoint_every: 1500,
        steps: 7500,
      },
      publish: 'x-lxmert/photos',
    },
    {
      name: 'picture-router',
      why: 'Tells photographs from drawn scenes.',
      kind: 'picture-router',
      dataset: 'photos',
      seed: 1,
      components: { grid_encoder: 'grid-encoder/scenes' },
      publish: 'picture-router/photos',
    },
  ],
} satisfies Recipe;
