/**
 * Tells a photograph from a scene of the drawn world by what the demo zoo's grid encoder makes of it, so that a
 * picture reaches the model that knows its kind: logistic regression on the mean and the deviation of every feature
 * over the cells.
 *
 * V cells, F visual feature.
 */
import type { HostTensors } from '../tensor.ts';

export const PICTURE_KINDS = ['scene', 'photograph'] as const;
export type PictureKind = (typeof PICTURE_KINDS)[number];

/** Sizes of a router, as `config.json` of its checkpoint holds them. */
export interface PictureRouterConfig {
  /** F of the grid encoder that it reads. */
  visual_feat_dim: number;
}

export const routerWeightShapes = ({ visual_feat_dim }: PictureRouterConfig): Record<string, number[]> => ({
  weight: [2 * visual_feat_dim],
  bias: [1],
});

/** Mean and standard deviation of every feature. @param features [V × F] @returns [2F] */
export function pictureSummary(features: Float32Array, F: number): Float32Array {
  const V = features.length / F;
  const summary = new Float32Array(2 * F);
  for (let f = 0; f < F; f++) {
    let [sum, squares] = [0, 0];
    for (let at = f; at < features.length; at += F) {
      sum += features[at]!;
      squares += features[at]! ** 2;
    }
    summary[f] = sum / V;
    summary[F + f] = Math.sqrt(Math.max(0, squares / V - (sum / V) ** 2));
  }
  return summary;
}

/** Probability of what the weights tell, such as that a picture is a photograph. @param summary of `pictureSummary` */
export function summaryScore(weights: HostTensors, summary: Float32Array): number {
  const weight = weights.weight!.data;
  let logit = weights.bias!.data[0]!;
  for (let i = 0; i < summary.length; i++) logit += weight[i]! * summary[i]!;
  return 1 / (1 + Math.exp(-logit));
}

/** A picture's kind, and how sure that is. @param features [V × F] of the grid encoder */
export function routePicture(
  { visual_feat_dim: F }: PictureRouterConfig,
  weights: HostTensors,
  features: Float32Array,
): { kind: PictureKind; score: number } {
  const score = summaryScore(weights, pictureSummary(features, F));
  return score > 0.5 ? { kind: 'photograph', score } : { kind: 'scene', score: 1 - score };
}
