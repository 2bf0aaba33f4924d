/** X-LXMERT: the LXMERT backbone, its pre-training heads and objectives, and the parts that painting runs. */
export { type LxmertOutput, lxmert } from './backbone.ts';
export { type LxmertConfig, LxmertConfigError, parseLxmertConfig } from './config.ts';
export { answerScores, matchedScores, objectLogits, predictedFeature, wordScores } from './heads.ts';
export { gridPositions } from './positions.ts';
export {
  type PretrainingOptions,
  type PretrainingResult,
  type PretrainingTask,
  pretrainingLoss,
  visualFeatures,
} from './pretraining.ts';
export { dropTiedWeights, FROZEN_WEIGHTS, initXLxmert, lxmertWeightShapes, TIED_WEIGHTS } from './weights.ts';
