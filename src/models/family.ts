/**
 * The two families of models that look at words and pictures, LXMERT's of two streams and UNITER's of one, as what
 * samplers, pipelines and training know of them. The config says which: only UNITER's has `num_hidden_layers`.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../engines/engine.ts';
import type { HostTensor, HostTensors } from '../tensor.ts';
import {
  ANSWER_HEADS,
  ANSWER_LOSSES,
  type AnswerHead,
  type AnswerLoss,
  NLVR2_SETUPS,
  type Nlvr2Setup,
} from './finetuning-choices.ts';
import type { NormalSource } from './initialise.ts';
import { answerTexts } from './lxmert/answering.ts';
import * as lxmertCaptioning from './lxmert/captioning.ts';
import {
  type AnswerNames,
  answerLoss,
  dropTiedWeights,
  type FinetunedConfig,
  finetunedWeightShapes,
  initFinetuned,
  initXLxmert,
  type LxmertConfig,
  finetunedLogits as lxmertFinetunedLogits,
  pretrainingLoss as lxmertPretrainingLoss,
  lxmertWeightShapes,
  type PretrainingOptions,
  type PretrainingResult,
  parseFinetunedConfig,
  parseLxmertConfig,
  regressedFeatures,
} from './lxmert/index.ts';
import * as lxmertPainting from './lxmert/painting.ts';
import { MASK_EMBEDDING } from './uniter/backbone.ts';
import {
  initUniterFinetuned,
  uniterFinetunedLogits,
  uniterFinetunedShapes,
  uniterTypes,
} from './uniter/finetuning.ts';
import {
  initUniter,
  parseUniterConfig,
  type UniterConfig,
  UniterConfigError,
  uniterPretrainingLoss,
  uniterRegressedFeatures,
  uniterWeightShapes,
} from './uniter/index.ts';
import * as uniterParts from './uniter/painting.ts';

export type ModelConfig = LxmertConfig | UniterConfig;
export type FinetunedModelConfig = ModelConfig & {
  head: AnswerHead;
  num_answers: number;
  /** The setup of UNITER's family on NLVR2. */
  nlvr2_setup?: Nlvr2Setup;
  /** What vqa was trained with; left out: binary. */
  answer_loss?: AnswerLoss;
};

export const isUniter = (config: ModelConfig): config is UniterConfig => 'num_hidden_layers' in config;

/** @throws LxmertConfigError, UniterConfigError that name every bad field */
export function parseModelConfig(value: unknown): ModelConfig {
  const uniter = typeof value === 'object' && value !== null && 'num_hidden_layers' in value;
  return uniter ? parseUniterConfig(value) : parseLxmertConfig(value);
}

export function parseFinetunedModelConfig(value: unknown): FinetunedModelConfig {
  const config = parseModelConfig(value);
  if (!isUniter(config)) return parseFinetunedConfig(value);
  const {
    head,
    num_answers: answers,
    nlvr2_setup: setup,
    answer_loss: loss,
  } = config as Partial<FinetunedModelConfig>;
  if (!head || !ANSWER_HEADS.includes(head) || !Number.isSafeInteger(answers) || answers! < 1) {
    throw new UniterConfigError(
      `fine-tuned UNITER config: head (${ANSWER_HEADS.join(', ')}) and num_answers`,
    );
  }
  if (setup !== undefined && !NLVR2_SETUPS.includes(setup)) {
    throw new UniterConfigError(`fine-tuned UNITER config: nlvr2_setup (one of ${NLVR2_SETUPS.join(', ')})`);
  }
  if (loss !== undefined && !ANSWER_LOSSES.includes(loss)) {
    throw new UniterConfigError(`fine-tuned UNITER config: answer_loss (one of ${ANSWER_LOSSES.join(', ')})`);
  }
  return config as UniterConfig & FinetunedModelConfig;
}

/**
 * The config of what is fine-tuned from a pre-trained model of this one.
 * @param setup of UNITER's family on NLVR2; LXMERT has one of its own
 * @throws as `parseFinetunedModelConfig`
 */
export function finetunedModelConfig(
  base: unknown,
  head: AnswerHead,
  num_answers: number,
  setup?: Nlvr2Setup,
): FinetunedModelConfig {
  const config = parseModelConfig(base);
  const uniter = isUniter(config);
  return parseFinetunedModelConfig({
    ...config,
    ...(uniter && { type_vocab_size: uniterTypes(config, head) }),
    ...{ head, num_answers },
    ...(uniter && setup && { nlvr2_setup: setup }),
  });
}

/** Where fine-tuning starts; `initFinetuned` in src/models/lxmert/finetuning.ts says how. */
export const initFinetunedModel = (
  config: FinetunedModelConfig,
  base: HostTensors,
  answers: AnswerNames,
  random: NormalSource,
): HostTensors =>
  isUniter(config)
    ? initUniterFinetuned(config, base, answers, random)
    : initFinetuned(config, base, answers, random);

type PaintingFunction = lxmertPainting.PaintingFunction;

/** The model cut into what painting and captioning run how often; src/models/lxmert/painting.ts says what each is. */
export interface ModelParts {
  foldCodes: PaintingFunction;
  foldPositions: PaintingFunction;
  foldHead: PaintingFunction;
  encodeLanguage: PaintingFunction;
  encodeCodes(positions: number): PaintingFunction;
  encodeFeatures(positions: number): PaintingFunction;
  /** Undefined where there is nothing between the embeddings and the last layer. */
  crossModality(positions: number): PaintingFunction | undefined;
  /** Undefined in one stream, where the last layer is for both as well. */
  lastVision(positions: number): PaintingFunction | undefined;
  lastLanguage(positions: number): PaintingFunction | undefined;
  predictCodes: PaintingFunction;
  nearestCodes(positions: number): PaintingFunction;
  predictWords: PaintingFunction;
}

export function partsOf(config: ModelConfig): ModelParts {
  const nearestCodes = (positions: number) =>
    lxmertCaptioning.nearestCodes(config.visual_feat_dim, positions);
  if (isUniter(config)) {
    return {
      foldCodes: uniterParts.foldCodes(config),
      foldPositions: uniterParts.foldPositions(config),
      foldHead: uniterParts.foldHead(config),
      encodeLanguage: uniterParts.encodeLanguage(config),
      encodeCodes: (positions) => uniterParts.encodeCodes(config, positions),
      encodeFeatures: (positions) => uniterParts.encodeFeatures(config, positions),
      crossModality: (positions) => uniterParts.crossModality(config, positions),
      lastVision: () => undefined,
      lastLanguage: () => undefined,
      predictCodes: uniterParts.predictCodes(config),
      nearestCodes,
      predictWords: uniterParts.predictWords(config),
    };
  }
  return {
    foldCodes: lxmertPainting.foldCodes(config),
    foldPositions: lxmertPainting.foldPositions(config),
    foldHead: lxmertPainting.foldHead(config),
    encodeLanguage: lxmertPainting.encodeLanguage(config),
    encodeCodes: (positions) => lxmertPainting.encodeCodes(config, positions),
    encodeFeatures: (positions) => lxmertPainting.encodeFeatures(config, positions),
    crossModality: (positions) => lxmertPainting.crossModality(config, positions),
    lastVision: (positions) => lxmertPainting.lastVision(config, positions),
    lastLanguage: (positions) => lxmertCaptioning.lastLanguage(config, positions),
    predictCodes: lxmertPainting.predictCodes(config),
    nearestCodes,
    predictWords: lxmertCaptioning.predictWords(config),
  };
}

/** A fine-tuned model cut into what it computes once per picture, and what with every text about it. */
export interface AnsweringParts {
  /** visual_feats [N, V, F] → vision [N, V, D]. Undefined in one stream, where words and picture meet at once. */
  encodePicture: PaintingFunction | undefined;
  /**
   * input_ids int32 [N, T], positions int32 [T], and of each picture, [N, V, …] or [N, 2, V, …] for nlvr2, its vision,
   * or its visual_feats where nothing is computed before → logits [N, A]
   */
  answerTexts: PaintingFunction;
}

/**
 * @param positions V. The weights have the cells' places, `FOLDED.positions` and `visual_pos` [V, P], among them; where
 *   boxes are comes with what they show, visual_pos [N, V, P].
 */
export function answeringPartsOf(config: FinetunedModelConfig, positions: number): AnsweringParts {
  if (!isUniter(config)) {
    return {
      encodePicture: (config.num_boxes === undefined
        ? lxmertPainting.encodeFeatures
        : lxmertPainting.encodeBoxes)(config, positions),
      answerTexts: answerTexts(config as FinetunedConfig, positions),
    };
  }
  const { visual_feat_dim: F, visual_pos_dim: P } = config;
  const regions = config.head === 'nlvr2' ? [2, positions] : [positions];
  return {
    encodePicture: undefined,
    answerTexts: {
      fn: (weights, inputs) => ({
        logits: uniterFinetunedLogits(config, weights, {
          ...inputs,
          visual_pos: inputs.visual_pos ?? weights.visual_pos!,
        }),
      }),
      inputs: {
        input_ids: { dtype: 'int32', shape: ['N', uniterParts.streamTokens(config)] },
        visual_feats: { dtype: 'float32', shape: ['N', ...regions, F] },
        ...(config.num_boxes !== undefined && {
          visual_pos: { dtype: 'float32', shape: ['N', ...regions, P] } as const,
        }),
      },
      uses: (name) => !name.startsWith('painting.'),
    },
  };
}

/** The one length that a family pads texts to; undefined where any length will do. */
export const paddedTextLength = (config: ModelConfig): number | undefined =>
  isUniter(config) ? uniterParts.streamTokens(config) : undefined;

/** What stands for a masked cell. [F] */
export function maskFeature(config: ModelConfig, weights: HostTensors): Float32Array {
  if (!isUniter(config)) return weights.mask_feat!.data as Float32Array;
  return (weights[MASK_EMBEDDING]!.data as Float32Array).subarray(config.visual_feat_dim);
}

export const modelWeightShapes = (config: ModelConfig): Record<string, number[]> =>
  isUniter(config) ? uniterWeightShapes(config) : lxmertWeightShapes(config);

/** How many numbers they are. */
export const weightsOf = (config: ModelConfig): number =>
  Object.values(modelWeightShapes(config)).reduce(
    (sum, shape) => sum + shape.reduce((size, dimension) => size * dimension, 1),
    0,
  );

export const finetunedModelShapes = (config: FinetunedModelConfig): Record<string, number[]> =>
  isUniter(config) ? uniterFinetunedShapes(config) : finetunedWeightShapes(config);

/** Weights as a checkpoint holds them, without the second copies of published ones. */
export const untied = (config: ModelConfig, weights: HostTensors): HostTensors =>
  isUniter(config) ? weights : dropTiedWeights(weights);

/** Fresh weights. @param centroids where the config has clusters */
export const initModel = (config: ModelConfig, random: NormalSource, centroids?: HostTensor): HostTensors =>
  isUniter(config) ? initUniter(config, random, centroids) : initXLxmert(config, random, centroids);

export function modelPretrainingLoss(
  config: ModelConfig,
  weights: Tensors,
  batch: Tensors,
  options: PretrainingOptions,
): PretrainingResult {
  if (isUniter(config)) return uniterPretrainingLoss(config, weights, batch, options);
  return lxmertPretrainingLoss(config, weights, batch, options);
}

/** Does it predict features, so that it paints by regression? */
export const regresses = (config: ModelConfig): boolean =>
  config.num_clusters === 0 && config.visual_losses.includes('feat');

/** What a model that regresses thinks is in every cell; the batch is that of the task vis_mask. [B, V, F] */
export function modelRegressedFeatures(config: ModelConfig, weights: Tensors, batch: Tensors): tf.Tensor {
  if (isUniter(config)) return uniterRegressedFeatures(config, weights, batch);
  return regressedFeatures(config, weights, batch);
}

/** Logits of a fine-tuned model [B, A]. For nlvr2 the pictures are [B, 2, V, F]. */
export function modelLogits(config: FinetunedModelConfig, weights: Tensors, inputs: Tensors): tf.Tensor {
  if (isUniter(config)) return uniterFinetunedLogits(config, weights, inputs);
  return lxmertFinetunedLogits(config, weights, inputs);
}

/** The mean loss of a fine-tuning batch (`answerLoss` says which), and its logits [B, A]. */
export function modelFinetuningLoss(
  config: FinetunedModelConfig,
  weights: Tensors,
  batch: Tensors,
  kind?: AnswerLoss,
): { loss: tf.Scalar; logits: tf.Tensor } {
  const logits = modelLogits(config, weights, batch);
  return { loss: answerLoss(config.head, logits, batch, kind), logits };
}
