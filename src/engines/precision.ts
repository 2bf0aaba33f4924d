/**
 * The numbers that models compute with: float32; int8, where large weights are multiplied as integers of 8 bits; auto,
 * which is int8 for the largest weights, where the processor has instructions for it.
 */
export const PRECISIONS = ['auto', 'float32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];
