/**
 * Tells drawings by others from scenes as the demo zoo draws them, by what the demo zoo's encoder makes of them: which of
 * the two encoders a picture is for.
 */
import type { HostTensors } from '../../tensor.ts';
import { routerWeightShapes, summaryScore } from '../picture-router.ts';

/** Before the names of its weights, beside those of the head. */
export const GATE = 'gate.';

/** @param D width of the demo zoo's feature */
export const gateShapes = (D: number): Record<string, readonly number[]> =>
  Object.fromEntries(
    Object.entries(routerWeightShapes({ visual_feat_dim: D })).map(([name, shape]) => [
      `${GATE}${name}`,
      shape,
    ]),
  );

/** @param weights with the gate's @param summary of `pictureSummary`, of the demo zoo's features */
export const isByOthers = (weights: HostTensors, summary: Float32Array): boolean =>
  summaryScore({ weight: weights[`${GATE}weight`]!, bias: weights[`${GATE}bias`]! }, summary) > 0.5;
