/**
 * What the paper compares (tables 2 and 3): two backbones, each with and without its three refinements, and X-LXMERT
 * with one of them taken away.
 */

export interface PretrainingConfig {
  description: string;
  backbone: 'lxmert' | 'uniter';
  /** Codes and cluster-centroid classification; otherwise features, regressed, and classes of objects. */
  discrete: boolean;
  /** Any number of cells masked, all counts equally likely; otherwise each cell by itself, BERT's way. */
  uniformMasking: boolean;
  /** Codes (or features) predicted from captions alone; otherwise from questions too. */
  updatedData: boolean;
}

const REFINED = { discrete: true, uniformMasking: true, updatedData: true } as const;
const UNREFINED = { discrete: false, uniformMasking: false, updatedData: false } as const;

export const PRETRAINING_CONFIGS = {
  'x-lxmert': { description: 'X-LXMERT', backbone: 'lxmert', ...REFINED },
  'lxmert-grid': { description: 'LXMERT + Grid', backbone: 'lxmert', ...UNREFINED },
  'x-uniter': { description: 'X-UNITER', backbone: 'uniter', ...REFINED },
  'uniter-grid': { description: 'UNITER + Grid', backbone: 'uniter', ...UNREFINED },
  'without-discrete': {
    ...{ description: 'X-LXMERT without discrete visual representations', backbone: 'lxmert' },
    ...{ ...REFINED, discrete: false },
  },
  'without-uniform-masking': {
    ...{ description: 'X-LXMERT without uniform masking', backbone: 'lxmert' },
    ...{ ...REFINED, uniformMasking: false },
  },
  'without-updated-data': {
    ...{ description: 'X-LXMERT without updated pre-training data', backbone: 'lxmert' },
    ...{ ...REFINED, updatedData: false },
  },
} as const satisfies Record<string, PretrainingConfig>;

export type PretrainingConfigName = keyof typeof PRETRAINING_CONFIGS;
