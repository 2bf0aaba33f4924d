/** What fine-tuning lets one choose. */

export const ANSWER_HEADS = ['vqa', 'gqa', 'nlvr2'] as const;
export type AnswerHead = (typeof ANSWER_HEADS)[number];

export const isAnswerHead = (task: string | undefined): task is AnswerHead =>
  ANSWER_HEADS.includes(task as AnswerHead);

/** What VQA is trained with: each answer by itself, or all against one another. */
export const ANSWER_LOSSES = ['binary', 'softmax'] as const;
export type AnswerLoss = (typeof ANSWER_LOSSES)[number];

/**
 * How UNITER reads a statement about two pictures (Chen et al. 2020, section 4.2): a row for each picture and what they
 * pool to side by side, the same with attention between the rows, or all of it in one row.
 */
export const NLVR2_SETUPS = ['pair', 'pair-attention', 'triplet'] as const;
export type Nlvr2Setup = (typeof NLVR2_SETUPS)[number];
