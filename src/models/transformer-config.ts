/** What the configs of both backbones have in common, and how it is checked. */
import { isLengthPenalty, MOST_LENGTH_PENALTY } from '../text-lengths.ts';

/** Letters alone, which are searched for. */
const isDictionary = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every((words) =>
    words.every((word) => typeof word === 'string' && /^[a-z]+([ -][a-z]+)*$/.test(word)),
  );

/** The fields of a `config.json` and what is wrong with them, collected so that all of it is told at once. */
export class ConfigCheck {
  readonly bad: string[] = [];
  readonly config: Record<string, unknown>;

  constructor(config: Record<string, unknown>) {
    this.config = config;
  }

  integer(name: string, least: number): void {
    const size = this.config[name];
    if (!Number.isSafeInteger(size) || (size as number) < least) {
      this.bad.push(`${name} (an integer of at least ${least})`);
    }
  }

  /** Once the sizes have been checked. */
  transformer(): void {
    const { config, bad } = this;
    if (bad.length === 0 && (config.hidden_size as number) % (config.num_attention_heads as number) !== 0) {
      bad.push('num_attention_heads (must divide hidden_size)');
    }
    if (config.hidden_act !== 'gelu') bad.push("hidden_act ('gelu')");
    if (!(typeof config.layer_norm_eps === 'number' && config.layer_norm_eps > 0)) {
      bad.push('layer_norm_eps (a positive number)');
    }
    if (config.pre_norm !== undefined && typeof config.pre_norm !== 'boolean')
      bad.push('pre_norm (true or false)');
    if (config.exact_features !== undefined && typeof config.exact_features !== 'boolean')
      bad.push('exact_features (true or false)');
    if (config.length_penalty !== undefined && !isLengthPenalty(config.length_penalty))
      bad.push(`length_penalty (a number from 0 to ${MOST_LENGTH_PENALTY})`);
    if (config.sampler !== undefined && typeof config.sampler !== 'string')
      bad.push("sampler (a name such as 'mask-predict-4')");
    if (config.unsaid !== undefined && !isDictionary(config.unsaid))
      bad.push('unsaid (an object of nouns in lower case and the word that goes without saying)');
    const losses = config.visual_losses;
    if (!Array.isArray(losses) || !losses.every((loss) => loss === 'obj' || loss === 'feat')) {
      bad.push("visual_losses (a list of 'obj' and 'feat')");
    }
  }
}
