/** A caption as the metrics take it: in words, beside what people wrote of the same picture. */
export interface ScoredCaption {
  words: readonly string[];
  /** At least one. */
  references: readonly (readonly string[])[];
}
