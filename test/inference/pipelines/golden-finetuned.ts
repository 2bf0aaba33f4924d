/** The authors' fine-tuned models (`finetune-tiny`) with a vocabulary, so that they can be asked in words. */
import type { EncodedPicture } from '../../../src/inference/pipelines/encode-picture.ts';
import type { FinetunedParts } from '../../../src/inference/pipelines/finetuned.ts';
import { parseFinetunedConfig } from '../../../src/models/lxmert/finetuning.ts';
import { type GoldenCase, golden } from '../../fixtures/golden.ts';

const fixture = golden('finetune-tiny');
const backbone = Object.fromEntries(
  Object.entries(golden('x-lxmert-tiny').tensors()).filter(([name]) => name.startsWith('bert.')),
);

/** Token 117 is the word `w117`. */
export const VOCABULARY: string[] = Array.from({ length: 200 }, (_, id) => `w${id}`);
for (const [id, token] of [
  [0, '[PAD]'],
  [100, '[UNK]'],
  [101, '[CLS]'],
  [102, '[SEP]'],
  [103, '[MASK]'],
] as const) {
  VOCABULARY[id] = token;
}

export interface GoldenFinetuned {
  parts: FinetunedParts;
  /** Text of every row of the case. */
  texts: string[];
  /** One picture of every row, or two. */
  pictures: EncodedPicture[][];
  /** [rows][answers] */
  logits: number[][];
  tolerance: GoldenCase['tolerance'];
}

export function goldenFinetuned(head: 'vqa' | 'nlvr2'): GoldenFinetuned {
  const one = fixture.cases.find(({ name }) => name === head)!;
  const { input_ids, visual_feats } = fixture.inputs(one);
  const { logits } = fixture.expected(one);
  const rows = input_ids!.shape[0]!;
  const row = <T>(data: ArrayLike<T>, i: number): T[] =>
    Array.prototype.slice.call(data, (i * data.length) / rows, ((i + 1) * data.length) / rows);
  const config = parseFinetunedConfig({
    ...fixture.config,
    head,
    num_answers: logits!.shape[1]!,
  });
  const indices = Array.from({ length: rows }, (_, i) => i);
  return {
    parts: {
      config,
      weights: { ...backbone, ...fixture.tensors(`${head}-head.safetensors`) },
      vocabulary: VOCABULARY,
    },
    texts: indices.map((i) =>
      row(input_ids!.data, i)
        .filter((id) => id > 0 && id !== 101 && id !== 102)
        .map((id) => VOCABULARY[id]!)
        .join(' '),
    ),
    pictures: indices.map((i) => {
      const features = row(visual_feats!.data, i);
      const each = head === 'nlvr2' ? features.length / 2 : features.length;
      return Array.from({ length: features.length / each }, (_, k) => ({
        features: Float32Array.from(features.slice(k * each, (k + 1) * each)),
      }));
    }),
    logits: indices.map((i) => row(logits!.data, i)),
    tolerance: one.tolerance,
  };
}
