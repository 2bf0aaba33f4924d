/** What a command takes by name: how its help describes it, and how its text becomes a value. */
import { UsageError } from '../errors.ts';

export interface Flag<T> {
  /** What it is for, in help. */
  readonly about: string;
  /** How its value is written in help; undefined: it has none, and its being there is `true`. */
  readonly value?: string | undefined;
  /** Its one letter. */
  readonly short?: string;
  /** Without it the command cannot do anything. */
  readonly needed?: boolean;
  /** May be given more than once: its value is a list. */
  readonly many?: boolean;
  /** May be given without its value, and is `true` then. */
  readonly bare?: boolean;
  /** For this program's own processes: help is silent about it. */
  readonly hidden?: boolean;
  /** The value when it is not given. */
  readonly fallback: T;
  /** @throws UsageError that says what it may be */
  read(text: string, name: string): unknown;
}

interface Extra {
  value?: string;
  short?: string;
  hidden?: boolean;
}

const asItIs = (text: string) => text;

/** A flag without a value. */
export const switchFlag = (about: string): Flag<boolean> => ({ about, fallback: false, read: () => true });

/** Any text. */
export const text = <F extends string | undefined = undefined>(
  about: string,
  { fallback, value = 'text', ...extra }: Extra & { fallback?: F } = {},
): Flag<string | F> => ({ about, value, fallback: fallback as F, read: asItIs, ...extra });

/** A text that may be left out of a flag that is given. */
export const textOrBare = (about: string, extra: Extra = {}): Flag<string | true | undefined> => ({
  ...text(about, extra),
  bare: true,
});

/** A text that must be given. */
export const needed = (about: string, extra: Extra = {}): Flag<string> =>
  ({ ...text(about, extra), needed: true }) as Flag<string>;

/** A text that may be given several times. */
export const texts = (about: string, extra: Extra = {}): Flag<string[] | undefined> =>
  ({ ...text(about, extra), many: true }) as unknown as Flag<string[] | undefined>;

interface Range<F> extends Extra {
  least: number;
  most: number;
  fallback?: F;
}

/** Ranges up to this are part of the help. */
const SHORT_RANGE = 1000;

const number =
  (kind: 'whole' | 'real') =>
  <F extends number | undefined = undefined>(
    about: string,
    { least, most, fallback, value, ...extra }: Range<F>,
  ): Flag<number | F> => ({
    about,
    value: value ?? (most <= SHORT_RANGE && kind === 'whole' ? `${least}..${most}` : 'n'),
    fallback: fallback as F,
    ...extra,
    read(given, name) {
      const parsed = given.trim() === '' ? Number.NaN : Number(given);
      if (parsed >= least && parsed <= most && (kind === 'real' || Number.isInteger(parsed))) return parsed;
      throw new UsageError(`--${name} is "${given}"; it must be a ${kind} number from ${least} to ${most}.`);
    },
  });

export const whole = number('whole');
export const real = number('real');

/** One of some words. */
export function choice<T extends string>(
  about: string,
  choices: readonly T[],
  extra: Extra & { fallback: NoInfer<T> },
): Flag<T>;
export function choice<T extends string>(
  about: string,
  choices: readonly T[],
  extra?: Extra,
): Flag<T | undefined>;
export function choice<T extends string>(
  about: string,
  choices: readonly T[],
  { fallback, value = choices.join(' | '), ...extra }: Extra & { fallback?: T } = {},
): Flag<T | undefined> {
  return {
    ...{ about, value, fallback, ...extra },
    read(given, name) {
      const known = choices.find((one) => one === given);
      if (known !== undefined) return known;
      const words = choices.join(', ').replace(/, ([^,]*)$/, ' or $1');
      throw new UsageError(`--${name} is "${given}"; it must be one of ${words}.`);
    },
  };
}
