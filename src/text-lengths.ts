/** The longest text that the paper's models read, [CLS] and [SEP] included. */
export const MAX_TEXT_TOKENS = 20;

/** Most captions and questions have no more; padding them to the longest of all costs a tenth of their time and more. */
export const SHORT_TEXT_TOKENS = 12;

/** The largest length penalty of a caption's sampler, and of a model's config. */
export const MOST_LENGTH_PENALTY = 5;

export const isLengthPenalty = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= MOST_LENGTH_PENALTY;
