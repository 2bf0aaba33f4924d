import Type from 'typebox';
import { PRETRAINING_CONFIGS, type PretrainingConfigName } from '../../models/compared-configs.ts';
import { KIND_DESCRIPTIONS } from '../kind-descriptions.ts';
import {
  commonHyperparameters,
  DROPOUT,
  PASSES,
  PRECISION,
  PROCESSES,
} from '../run/shared-hyperparameters.ts';

export const pretrainOutline = {
  name: 'pretrain',
  description: KIND_DESCRIPTIONS.pretrain,
  hyperparameters: Type.Object({
    config: Type.Union(
      (Object.keys(PRETRAINING_CONFIGS) as PretrainingConfigName[]).map((name) => Type.Literal(name)),
      { default: 'x-lxmert', description: 'Which of the models that the paper compares' },
    ),
    ...commonHyperparameters({
      steps: 6000,
      batch_size: 16,
      learning_rate: 1e-3,
      warmup_ratio: 0.05,
      weight_decay: 0.01,
      max_grad_norm: 1,
      checkpoint_every: 500,
    }),
    ...PASSES,
    ...PRECISION,
    ...PROCESSES,
    ...DROPOUT,
    hidden_size: Type.Integer({ minimum: 8, maximum: 1024, default: 192 }),
    num_attention_heads: Type.Integer({ minimum: 1, maximum: 64, default: 6 }),
    intermediate_size: Type.Integer({ minimum: 8, maximum: 4096, default: 768 }),
    l_layers: Type.Integer({ minimum: 1, maximum: 24, default: 4 }),
    r_layers: Type.Integer({ minimum: 1, maximum: 24, default: 3 }),
    x_layers: Type.Integer({ minimum: 1, maximum: 24, default: 3 }),
    num_hidden_layers: Type.Integer({
      minimum: 1,
      maximum: 24,
      default: 6,
      description: "Of UNITER's one stream, in place of the three above",
    }),
    scenes: Type.Integer({
      minimum: 2,
      maximum: 1_000_000,
      default: 32_768,
      description: 'Training scenes; of a directory all pictures, or these',
    }),
    validation_scenes: Type.Integer({ minimum: 1, maximum: 10_000, default: 256 }),
    word_mask_ratio: Type.Number({ minimum: 0, maximum: 1, default: 0.15 }),
    code_captions: Type.Union([Type.Literal('all'), Type.Literal('mscoco')], {
      default: 'all',
      description:
        'Captions that codes are predicted from: all, or those of COCO (sentf.mscoco) alone, as in the paper; of a directory',
    }),
    uniform_word_mask_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description:
        'Share of the texts masked at a ratio drawn from 0 to 1: captioning begins with every word masked',
    }),
    image_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 1 / 3,
      description: 'Share of the steps that mask the picture; words and nothing share the rest',
    }),
    word_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.5,
      description: 'Share of the steps that mask words, of those that leave the picture whole',
    }),
    question_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.5,
      description: 'Share of questions among the texts, where they are not captions alone',
    }),
    fully_masked_text_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'Share of the steps of masked words that see a caption without any of its words',
    }),
    background_weight: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 1 / 3,
      description: 'Weight of background cells in the loss of the codes',
    }),
    vocabulary_size: Type.Integer({
      minimum: 0,
      maximum: 100_000,
      default: 6000,
      description:
        'Most tokens of the vocabulary that is made of the training texts of a directory; 0: the 30,522 of ' +
        'bert-base-uncased. A base model keeps its own, and scenes have theirs',
    }),
    scene_words: Type.Boolean({
      default: false,
      description: 'Take the vocabulary of the composed scenes into that of a directory: for a model of both',
    }),
    position_cosines: Type.Boolean({
      default: true,
      description: 'Cosines of a cell’s place beside its four coordinates; the paper has these alone',
    }),
    pre_norm: Type.Boolean({
      default: false,
      description: 'LayerNorm before each block, not after it as in the paper',
    }),
    exact_features: Type.Boolean({
      default: false,
      description:
        'Pictures of which nothing is masked are seen as their features are, not as the nearest centroids: photographs say more than a small vocabulary keeps',
    }),
    grounded_words: Type.Boolean({
      default: false,
      description:
        'Begin with words and features in one space, found in closed form: of an X-LXMERT of a directory without a base model, with exact_features',
    }),
    fully_masked_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'Share of the captions whose picture is masked whole, beside the uniform ratios',
    }),
    objects_first_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description:
        "Share of the pictures that lose their objects' cells before any of the background, as mask-predict, which is surest of the background, leaves them",
    }),
  }),
};
