/** The parts of a tiny X-LXMERT with random weights, as the captioning pipeline takes them. */
import type { CaptioningParts } from '../../../src/inference/pipelines/caption.ts';
import type { EncodedPicture } from '../../../src/inference/pipelines/encode-picture.ts';
import { initXLxmert } from '../../../src/models/lxmert/index.ts';
import { createRandom } from '../../../src/random.ts';
import { float32 } from '../../../src/tensor.ts';
import { LXMERT } from '../tiny-zoo.ts';

export const VOCABULARY = [
  ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
  ...['a', 'red', 'car', 'dog', 'and', 'two', 'on', 'grass', 'the', 'sky', 'what', 'is', '##s', '.'],
];

/** @param fields of the config that differ */
export function tinyCaptioner(fields: Partial<CaptioningParts['config']> = {}): CaptioningParts {
  const config = { ...LXMERT, vocab_size: VOCABULARY.length, ...fields };
  const { num_clusters: K, visual_feat_dim: F } = config;
  const random = createRandom('tiny captioner');
  const centroids = float32(
    Float32Array.from({ length: K * F }, () => random.normal()),
    [K, F],
  );
  // Fresh weights are so small that every picture would be told in the same words.
  const weights = Object.fromEntries(
    Object.entries(initXLxmert(config, random, centroids)).map(([name, { data, shape }]) => {
      const scale = name === 'vis_emb.weight' || /norm/i.test(name) ? 1 : 6;
      return [
        name,
        float32(
          (data as Float32Array).map((x) => x * scale),
          shape,
        ),
      ];
    }),
  );
  return { config, weights, centroids, vocabulary: VOCABULARY };
}

export function randomPicture(seed: string, cells = 64, F = LXMERT.visual_feat_dim): EncodedPicture {
  const random = createRandom(`picture/${seed}`);
  return { features: Float32Array.from({ length: cells * F }, () => random.normal()) };
}
