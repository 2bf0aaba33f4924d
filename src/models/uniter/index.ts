/** UNITER and X-UNITER: one stream for words and pictures, its heads and objectives. */
export { type UniterOutput, uniter } from './backbone.ts';
export { parseUniterConfig, type UniterConfig, UniterConfigError } from './config.ts';
export {
  answerScores,
  attendedPairScores,
  matchedScores,
  pairScores,
  predictedFeature,
  regionScores,
  tripletScores,
  wordScores,
} from './heads.ts';
export {
  regressionLoss,
  uniterOnGrid,
  uniterPretrainingLoss,
  uniterRegressedFeatures,
} from './pretraining.ts';
export { initUniter, UNITER_TIED, uniterWeightShapes } from './weights.ts';
