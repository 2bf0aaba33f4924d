/** Values of flags that several commands take. */
import { UsageError } from '../errors.ts';

export type Flags = Record<string, string | undefined>;

/** @throws UsageError when it is there and not such a number */
export function number(
  flags: Flags,
  name: string,
  least: number,
  most: number,
  kind: 'whole' | 'real' = 'whole',
): number | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= least && value <= most && (kind === 'real' || Number.isInteger(value))) return value;
  throw new UsageError(`--${name} is "${text}"; it must be a ${kind} number from ${least} to ${most}.`);
}

/** A strategy with its settings: those that were given. @throws UsageError */
export function readSampler<Strategy extends string>(
  flags: Flags,
  strategies: readonly Strategy[],
  fallback: Strategy,
): { strategy: Strategy; steps?: number; temperature?: number; top_k?: number } {
  const strategy = strategies.find((one) => one === (flags.strategy ?? fallback));
  if (strategy === undefined) throw new UsageError(`--strategy must be one of ${strategies.join(', ')}.`);
  const steps = number(flags, 'steps', 1, 10_000);
  const temperature = number(flags, 'temperature', 0, 100, 'real');
  const top_k = number(flags, 'top-k', 1, 1_000_000);
  return {
    strategy,
    ...(steps === undefined ? {} : { steps }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(top_k === undefined ? {} : { top_k }),
  };
}
