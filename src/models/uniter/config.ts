/** Sizes of a UNITER, as `config.json` of its checkpoint holds them. Names are LXMERT's where they mean the same. */

import type { LxmertConfig } from '../lxmert/config.ts';
import { ConfigCheck } from '../transformer-config.ts';

export interface UniterConfig extends Omit<LxmertConfig, 'l_layers' | 'r_layers' | 'x_layers'> {
  /** Layers of the one stream: 12 in the base model. */
  num_hidden_layers: number;
}

export class UniterConfigError extends Error {}

const SIZES = [
  ...['vocab_size', 'hidden_size', 'num_attention_heads', 'intermediate_size', 'num_hidden_layers'],
  ...['max_position_embeddings', 'type_vocab_size', 'visual_feat_dim', 'visual_pos_dim'],
];
const COUNTS = ['num_clusters', 'num_qa_labels', 'num_object_labels'];

/** x0, y0, x1, y1, width, height, area. */
const LEAST_POSITION_NUMBERS = 7;

/** @throws UniterConfigError that names every bad field */
export function parseUniterConfig(value: unknown): UniterConfig {
  if (typeof value !== 'object' || value === null) {
    throw new UniterConfigError('a UNITER config is a JSON object');
  }
  const check = new ConfigCheck(value as Record<string, unknown>);
  const { bad, config } = check;
  for (const name of SIZES) check.integer(name, name === 'visual_pos_dim' ? LEAST_POSITION_NUMBERS : 1);
  for (const name of COUNTS) check.integer(name, 0);
  for (const name of ['grid', 'num_boxes']) if (config[name] !== undefined) check.integer(name, 1);
  if ((config.type_vocab_size as number) < 2) bad.push('type_vocab_size (2 or more: words and pictures)');
  check.transformer();
  if (bad.length > 0) throw new UniterConfigError(`UNITER config: missing or bad ${bad.join(', ')}`);
  return value as UniterConfig;
}
