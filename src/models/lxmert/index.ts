/** X-LXMERT: the LXMERT backbone, its heads and objectives, and the parts that painting runs. */
export { type LxmertOutput, lxmert } from './backbone.ts';
export { type LxmertConfig, LxmertConfigError, parseLxmertConfig } from './config.ts';
export {
  type AnswerNames,
  answerLogits,
  answerLoss,
  type FinetunedConfig,
  finetunedLogits,
  finetunedWeightShapes,
  initFinetuned,
  nlvr2Logits,
  pairRows,
  parseFinetunedConfig,
} from './finetuning.ts';
export { answerScores, matchedScores, objectLogits, predictedFeature, wordScores } from './heads.ts';
export { gridPositions } from './positions.ts';
export {
  type PretrainingOptions,
  type PretrainingResult,
  type PretrainingTask,
  pretrainingLoss,
  regressedFeatures,
  visualFeatures,
} from './pretraining.ts';
export { dropTiedWeights, FROZEN_WEIGHTS, initXLxmert, lxmertWeightShapes, TIED_WEIGHTS } from './weights.ts';
