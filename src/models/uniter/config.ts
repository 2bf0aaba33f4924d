/** Sizes of a UNITER, as `config.json` of its checkpoint holds them. Names are LXMERT's where they mean the same. */
import type { LxmertConfig } from '../lxmert/config.ts';

export interface UniterConfig extends Omit<LxmertConfig, 'l_layers' | 'r_layers' | 'x_layers'> {
  /** Of the one stream: 12 in the base model. */
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
  const config = value as Record<string, unknown>;
  const bad: string[] = [];
  const integer = (name: string, least: number): void => {
    if (!Number.isSafeInteger(config[name]) || (config[name] as number) < least) {
      bad.push(`${name} (an integer of at least ${least})`);
    }
  };
  for (const name of SIZES) integer(name, name === 'visual_pos_dim' ? LEAST_POSITION_NUMBERS : 1);
  for (const name of COUNTS) integer(name, 0);
  if (config.grid !== undefined) integer('grid', 1);
  if ((config.type_vocab_size as number) < 2) bad.push('type_vocab_size (2 or more: words and pictures)');
  if (bad.length === 0 && (config.hidden_size as number) % (config.num_attention_heads as number) !== 0) {
    bad.push('num_attention_heads (must divide hidden_size)');
  }
  if (config.hidden_act !== 'gelu') bad.push("hidden_act ('gelu')");
  if (!(typeof config.layer_norm_eps === 'number' && config.layer_norm_eps > 0)) {
    bad.push('layer_norm_eps (a positive number)');
  }
  if (config.pre_norm !== undefined && typeof config.pre_norm !== 'boolean')
    bad.push('pre_norm (true or false)');
  const losses = config.visual_losses;
  if (!Array.isArray(losses) || !losses.every((loss) => loss === 'obj' || loss === 'feat')) {
    bad.push("visual_losses (a list of 'obj' and 'feat')");
  }
  if (bad.length > 0) throw new UniterConfigError(`UNITER config: missing or bad ${bad.join(', ')}`);
  return value as UniterConfig;
}
