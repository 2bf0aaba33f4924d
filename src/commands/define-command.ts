/**
 * What a command line may be: from a description follow its flags, their validation, and its help. Descriptions import
 * next to nothing, so that help comes at once; the module that does the work is loaded when the line is right.
 */
import { Command, CommanderError, Option } from 'commander';
import { type Config, configFlags, readConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { Flag } from './flag.ts';

export type Flags = Readonly<Record<string, Flag<unknown>>>;
type Values<F extends Flags> = { [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never };

export interface Description<F extends Flags = Flags> {
  /** As it is called: `paint`, `evaluate images`. */
  readonly name: string;
  /** Ways to call it → what each does. */
  readonly usage: Readonly<Record<string, string>>;
  /** What else there is to know. */
  readonly about?: string;
  readonly flags: F;
  /** Flags of the configuration that matter to it. It takes them all. */
  readonly settings?: readonly string[];
  /** Whether words may stand beside the flags. */
  readonly words?: boolean;
  /** A line that asks for nothing gets the help. */
  isIdle?(given: { words: readonly string[]; flags: Values<F> }): boolean;
}

/** A line that was read. */
export interface Given<F extends Flags> {
  flags: Values<F>;
  words: readonly string[];
  /** The whole line as npm takes it, for the record of what was made by it. */
  line: string;
  /** What follows the command's name. */
  args: readonly string[];
  help: string;
  /** Environment and flags. @throws UsageError that lists every bad value */
  config(environment?: NodeJS.ProcessEnv): Config;
}

export type GivenTo<D> = D extends Description<infer F> ? Given<F> : never;
export type Run = (args: readonly string[]) => Promise<void>;

export const defineCommand = <F extends Flags>(description: Description<F>): Description<F> => description;

/**
 * @param describe may depend on the line
 * @param work is loaded for a line that is right
 */
export function command<F extends Flags>(
  describe: (args: readonly string[]) => Promise<Description<F>>,
  work: () => Promise<(given: Given<F>) => Promise<void>>,
): Run {
  return async (args) => {
    const description = await describe(args);
    const given = parse(description, args);
    if (given === undefined) process.stdout.write(helpOf(description));
    else await (await work())(given);
  };
}

/** Several commands under one name, the first of which may also be named after flags. */
export function family(describe: () => Promise<readonly Description[]>, members: Record<string, Run>): Run {
  return async (args) => {
    const at = args.findIndex((arg) => Object.hasOwn(members, arg));
    const member = members[args[at] ?? ''];
    if (member && (at === 0 || args[0]!.startsWith('-'))) {
      return member([...args.slice(0, at), ...args.slice(at + 1)]);
    }
    const help = (await describe()).map(helpOf).join('\n');
    if (args[0] !== '--help' && args[0] !== '-h') throw new UsageError(help);
    process.stdout.write(help);
  };
}

/** A word that no flag takes: most often a value of a flag that wants one before it. */
export const strayWord = (word: string, help: string): UsageError =>
  new UsageError(`"${word}" belongs to no option.\n\n${help}`);

/** @returns undefined when help is asked for @throws UsageError */
function parse<F extends Flags>(description: Description<F>, args: readonly string[]): Given<F> | undefined {
  const { name, flags, words = false, isIdle } = description;
  const help = () => helpOf(description);
  const program = new Command(name)
    .exitOverride()
    .configureOutput({ writeOut() {}, writeErr() {}, outputError() {} })
    .allowExcessArguments();
  const options = new Map<string, Option>();
  const add = (flag: string, option: Option) => {
    options.set(flag, option);
    program.addOption(option);
  };
  for (const [flag, own] of Object.entries(flags)) add(flag, optionOf(flag, own));
  for (const setting of configFlags)
    if (!(setting in flags)) add(setting, new Option(`--${setting} <value>`));
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code.startsWith('commander.help')) return undefined;
    throw new UsageError(`${error.message}\n${name} --help says what it takes.`);
  }
  const found = program.opts();
  const textOf = (flag: string): unknown => found[options.get(flag)!.attributeName()];
  if (program.args.length > 0 && !words) throw strayWord(program.args[0]!, help());
  const values = Object.fromEntries(
    Object.entries(flags).map(([flag, { fallback }]) => [flag, textOf(flag) ?? fallback]),
  ) as Values<F>;
  if (isIdle?.({ words: program.args, flags: values })) return undefined;
  const needs = Object.keys(flags).filter((flag) => flags[flag]!.needed);
  if (needs.some((flag) => textOf(flag) === undefined)) {
    throw new UsageError(`${name} needs ${needs.map((flag) => `--${flag}`).join(' and ')}.\n\n${help()}`);
  }
  const [first, ...rest] = name.split(' ');
  const settings = Object.fromEntries(configFlags.map((setting) => [setting, textOf(setting)]));
  return {
    flags: values,
    ...{ words: program.args, args },
    line: [`npm run ${first} --`, ...rest, ...args].join(' '),
    get help() {
      return help();
    },
    config: (environment = process.env) => readConfig(environment, settings),
  };
}

function optionOf(name: string, { short, value, bare, many, about, read }: Flag<unknown>): Option {
  const shown = value === undefined ? '' : bare ? ` [${value}]` : ` <${value}>`;
  const option = new Option(`${short === undefined ? '' : `-${short}, `}--${name}${shown}`, about);
  if (value === undefined) return option;
  return option.argParser((text: string, before: unknown) => {
    const one = read(text, name);
    return many ? [...((before as unknown[] | undefined) ?? []), one] : one;
  });
}

/** Where nobody's terminal says how wide a line is. */
const WIDTH = 110;
const WIDEST_TERM = 40;

/** A description as its command's `--help`. */
export function helpOf({ usage, about, flags, settings = [] }: Description): string {
  const helper = new Command().createHelp();
  helper.prepareContext({ helpWidth: process.stdout.columns ?? WIDTH });
  const rows = (items: [string, string][]) => {
    const width = Math.min(WIDEST_TERM, Math.max(...items.map(([term]) => term.length)));
    return items.map(([term, what]) =>
      term.length <= width
        ? helper.formatItem(term, width, what, helper)
        : `  ${term}\n${helper.formatItem(' ', width, what, helper)}`,
    );
  };
  const shown = Object.entries(flags).filter(([, { hidden }]) => !hidden);
  const options = shown.map(([name, flag]): [string, string] => {
    const told = typeof flag.fallback === 'number' || flag.fallback ? ` (${flag.fallback})` : '';
    return [optionOf(name, flag).flags, `${flag.about}${told}`.trim()];
  });
  return [
    ...rows(Object.entries(usage)).map((row) => row.replace(/^ {2}/gm, '')),
    ...(about === undefined ? [] : ['', about]),
    ...(options.length > 0 || settings.length > 0 ? [''] : []),
    ...(options.length > 0 ? rows(options) : []),
    ...(settings.length > 0 ? [`  ${settings.map((setting) => `--${setting}`).join(', ')}`] : []),
    '',
  ].join('\n');
}
