/** `--preset paper` against the numbers of the paper: the sentence that states each stands beside it. */
import { describe, expect, it } from 'vitest';
import { withoutEpochs, withPreset } from '../../src/runs/given-hyperparameters.ts';
import { KINDS } from '../../src/training/kinds.ts';
import { resolveHyperparameters } from '../../src/training/run/hyperparameters.ts';

const kindOf = (name: string) => KINDS.find((kind) => kind.name === name)!;
const resolved = (name: string, given: Record<string, unknown> = {}) => {
  const { epochs, ...values } = withPreset(kindOf(name), { preset: 'paper', ...given }, {});
  return { epochs, ...resolveHyperparameters(kindOf(name), values) };
};

describe('preset paper', () => {
  it.each<[string, string, unknown, string]>([
    ['pretrain', 'epochs', 20, 'C.5: We train LXMERT and X-LXMERT for 20 epochs'],
    ['pretrain', 'batch_size', 920, 'C.5: training X-LXMERT takes 40 hours with batch size 920'],
    ['pretrain', 'learning_rate', 1e-5, 'C.5: learning rate 1e-5'],
    ['pretrain', 'warmup_ratio', 0.05, 'C.5: with 5% linear warmup schedule'],
    ['pretrain', 'max_grad_norm', 1, 'C.5: gradient clipping with maximum norm 1'],
    [
      'pretrain',
      'image_share',
      1 / 3,
      '5.3: uniformly sample a modality to mask from [image, text, no-mask]',
    ],
    ['pretrain', 'word_share', 0.5, 'the same: words and nothing share the rest'],
    [
      'pretrain',
      'r_layers',
      5,
      'C.1: object relation encoder … 5 (LXMERT’s, which C.1 lists in another order)',
    ],
    ['pretrain', 'l_layers', 9, 'C.1: 9 self-attention layer'],
    ['pretrain', 'x_layers', 5, 'C.1: 5 cross-attention layer'],
    ['pretrain', 'hidden_size', 768, 'C.1: the dimension of the layers is 768'],
    ['pretrain', 'vocabulary_size', 0, 'C.1: the same vocabulary used in BERT … with size 30522'],
    ['pretrain', 'position_cosines', false, 'C.1: Four bounding box coordinates'],
    ['pretrain', 'background_weight', 1, 'every cell counts alike'],
    ['pretrain', 'code_captions', 'mscoco', '4 (updating data): CCC from COCO captions alone'],
    ['pretrain', 'dropout', 0.1, 'BERT’s, which LXMERT’s layers are'],
    ['vqa', 'epochs', 10, 'C.6: for 10 epochs for each task'],
    ['vqa', 'learning_rate', 5e-4, 'C.6: AdamW optimizer with learning rate 5e-4'],
    ['gqa', 'epochs', 10, 'C.6'],
    ['nlvr2', 'learning_rate', 5e-4, 'C.6'],
    ['visual-vocabulary', 'clusters', 10_000, 'C.2: 10,000 cluster centroids'],
    ['generator', 'architecture', 'spade', 'D.1: spatially adaptive instance norm (SPADE)'],
    ['generator', 'image_size', 256, 'D.1: 256 × 256 RGB images'],
    ['generator', 'discriminator_width', 64, 'D.2: 64 channels of 3x3 kernel for every convolution layer'],
    ['generator', 'adversarial_weight', 1, 'D.5: (λGAN, λACGAN, λFM, λFM−E) = (1, 1, 10, 10)'],
    ['generator', 'cluster_weight', 1, 'D.5'],
    ['generator', 'feature_matching_weight', 10, 'D.5'],
    ['generator', 'perceptual_weight', 10, 'D.5'],
    ['generator', 'reconstruction_weight', 0, 'D.4: trained with 4 losses'],
    ['generator', 'adam_beta1', 0, 'D.4: (β1, β2) = (0, 0.999)'],
    ['generator', 'learning_rate', 4e-4, 'D.4: 0.0004 and 0.0001 for generator and discriminator'],
    ['generator', 'discriminator_learning_rate', 1e-4, 'D.4'],
    ['generator', 'epochs', 60, 'D.4: for 60 epochs with batch size 96'],
    ['generator', 'batch_size', 96, 'D.4'],
  ])('%s: %s is %s (%s)', (kind, name, value) => {
    expect(resolved(kind)).toMatchObject({ [name]: value });
  });

  it('is beneath what is given, and its epochs give way to steps', () => {
    expect(resolved('pretrain', { batch_size: 1280, steps: 5 })).toMatchObject({
      batch_size: 1280,
      steps: 5,
    });
    expect(resolved('pretrain', { steps: 5 }).epochs).toBeUndefined();
  });

  it.each([
    [{ batch_size: 2 }, 2],
    [{ batch_size: 12 }, 6],
    [{ batch_size: 7 }, 7],
    [{ batch_size: 32 }, 8],
    [{ batch_size: 6, processes: 2 }, 3],
    [{ batch_size: 32, micro_batch_size: 0 }, 0],
  ])('its passes fit the batch that is given: %j is done in passes of %i', (given, size) => {
    for (const name of ['pretrain', 'vqa', 'nlvr2'])
      expect(resolved(name, given), name).toMatchObject({ micro_batch_size: size });
  });

  it('is refused where there is none, by name', () => {
    expect(() => withPreset(kindOf('recogniser'), { preset: 'paper' }, {})).toThrow(/recogniser has none/);
    expect(() => withPreset(kindOf('vqa'), { preset: 'mine' }, {})).toThrow(/one of paper/);
    expect(() => withoutEpochs(kindOf('recogniser'), { epochs: 1, steps: 1 }, undefined)).toThrow(/epochs/);
    expect(() => withoutEpochs(kindOf('vqa'), { epochs: 'many' }, undefined)).toThrow(/above 0/);
  });
});
