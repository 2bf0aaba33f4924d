/** X-LXMERT: the LXMERT backbone, its heads and objectives, and the parts that painting runs. */
export { lxmert } from './backbone.ts';
export { type LxmertConfig, LxmertConfigError, parseLxmertConfig } from './config.ts';
export {
  type AnswerNames,
  answerLoss,
  type FinetunedConfig,
  finetunedLogits,
  finetunedWeightShapes,
  initFinetuned,
  parseFinetunedConfig,
} from './finetuning.ts';
export { matchedScores } from './heads.ts';
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
