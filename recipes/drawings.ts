import type { Recipe } from '../src/runs/recipe.ts';

/** Eyes for drawings by others, on top of the demo zoo and of the pretrained eyes of photographs. */
export default {
  title: 'Drawings by others, seen as scenes',
  took: 'two hours of one core that had other work, one of them to compute features',
  needs:
    'the drawings of `npm install --no-save --ignore-scripts @iconify-json/fluent-emoji @lobehub/fluent-emoji-3d ' +
    '@iconify-json/openmoji @iconify-json/noto-v1 @iconify-json/emojione @iconify-json/emojione-v1 @iconify-json/fxemoji ' +
    '@iconify-json/streamline-emojis`, and for the router the photographs of the recipe photos.',
  stages: [
    {
      name: 'drawings-2',
      why: 'Sees what others drew as the demo zoo’s encoder sees the same scene in its own drawing.',
      kind: 'drawing-encoder',
      dataset: 'redrawn',
      seed: 1,
      minutes: 120,
      components: { grid_encoder: 'grid-encoder/coco', base_model: 'grid-encoder/scenes' },
      hyperparameters: { scenes: 20480, steps: 4500 },
      publish: 'grid-encoder/drawings',
    },
  ],
} satisfies Recipe;
