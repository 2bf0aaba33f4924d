import type { TSchema } from 'typebox';
import { DEFAULT_WORLD } from '../../datasets/scenes/presets.ts';
import { UsageError } from '../../errors.ts';
import { LARGEST_SEED } from '../../random.ts';
import { MOST_LENGTH_PENALTY } from '../../text-lengths.ts';
import { KIND_DESCRIPTIONS } from '../../training/kind-descriptions.ts';
import type { KindOutline } from '../../training/kind-outlines.ts';
import { rangeOf } from '../../training/run/range-of.ts';
import { defineCommand, helpOf } from '../define-command.ts';
import { type Flag, needed, real, switchFlag, text, whole } from '../flag.ts';

export const flagOf = (name: string) => name.replaceAll('_', '-');

const checkpoint = (about: string) => text(about, { value: 'checkpoint or run' });

const FLAGS = {
  name: text('folder in DATA_DIR/runs (default: kind and time)', { value: 'run' }),
  dataset: text(`world of composed scenes (${DEFAULT_WORLD}), or a folder in DATA_DIR/datasets`, {
    value: 'name',
  }),
  seed: whole('', { least: 0, most: LARGEST_SEED, fallback: 0 }),
  preset: text("paper: begin with the paper's values (sections 5.3, C and D) in place of the defaults"),
  epochs: text('in place of --steps: times that as many examples are drawn as there are to train on', {
    value: 'n',
  }),
  'grid-encoder': checkpoint('what to build on, here and in the next three'),
  'visual-vocabulary': checkpoint('(default: what the base model was built on,'),
  generator: checkpoint('else the shipped scenes checkpoints)'),
  'base-model': checkpoint('to go on from'),
  'perceptual-network': text('of a generator, such as an imported ResNet-50 (the grid encoder)', {
    value: 'checkpoint',
  }),
  resume: switchFlag('go on with the run of --name'),
  recipe: text('train all that recipes/<name>.ts lists, or go on with it', { value: 'name' }),
};
const SETTINGS = ['data-dir', 'checkpoints-dir', 'threads'];

const PUBLISH_USAGE = {
  'train publish --name <run> --as <model>/<variant> [--generator <model>/<variant>] [--drawing-encoder <model>/<variant>] [--tasks <task,…>|none] [--length-penalty <p>] [--sampler <s>] [--weight-steps <n>]':
    "copy a finished run's result into CHECKPOINTS_DIR",
};

const USAGE = {
  'train <kind> [options]': 'train a checkpoint',
  'train <kind> --help': 'the hyperparameters of a kind',
  'train --resume --name <run>': 'go on with a run that was stopped or killed',
  'train --recipe <name>': 'train all that a recipe in recipes/ lists, or go on with it',
  ...PUBLISH_USAGE,
};

const kinds = Object.entries(KIND_DESCRIPTIONS)
  .map(([name, description]) => `  ${name.padEnd(20)}${description}`)
  .join('\n');

const anyKind = defineCommand({
  name: 'train',
  usage: USAGE,
  about: `Kinds:\n${kinds}\n\nOptions:`,
  flags: FLAGS,
  settings: SETTINGS,
  words: true,
});

const trainKind = ({ name, description, hyperparameters }: KindOutline) => {
  const own = Object.entries(hyperparameters.properties as Record<string, TSchema>);
  return defineCommand({
    ...anyKind,
    usage: { [`train ${name}`]: description },
    about: `Options:`,
    // What a value must be is checked with all others, and told at once.
    flags: {
      ...Object.fromEntries(
        own.map(([key, schema]): [string, Flag<string | undefined>] => [flagOf(key), flagFor(schema)]),
      ),
      ...FLAGS,
    } as typeof FLAGS,
  });
};

function flagFor(schema: TSchema): Flag<string | undefined> {
  const { default: value, description } = schema as { default?: unknown; description?: string };
  return text(`${rangeOf(schema)} (${String(value)})${description ? `: ${description}` : ''}`, {
    value: 'value',
  });
}

/** What `train` takes depends on the kind, which comes first. @throws UsageError when there is no such kind */
export async function describeTraining([first]: readonly string[]) {
  if (first !== undefined && Object.hasOwn(KIND_DESCRIPTIONS, first)) {
    const { KIND_OUTLINES } = await import('../../training/kind-outlines.ts');
    return trainKind(KIND_OUTLINES.find(({ name }) => name === first)!);
  }
  if (first === undefined || first.startsWith('-')) return anyKind;
  throw new UsageError(`There is no kind of training "${first}".\n\n${helpOf(anyKind)}`);
}

export const publish = defineCommand({
  name: 'train publish',
  usage: PUBLISH_USAGE,
  flags: {
    name: needed('a finished run', { value: 'run' }),
    as: needed('the checkpoint that it becomes', { value: 'model/variant' }),
    generator: text('that it paints with', { value: 'model/variant' }),
    'drawing-encoder': text('that it sees drawings by others with', { value: 'model/variant' }),
    tasks: text('what it can do (all that its kind can)', { value: 'task,…|none' }),
    'length-penalty': real('that its captions are written with, where a request says none (1.2)', {
      ...{ least: 0, most: MOST_LENGTH_PENALTY, value: 'p' },
    }),
    sampler: text('that it paints with, where a request names no strategy (mask-predict-4)', { value: 's' }),
    'weight-steps': whole('round the weights to so many steps of a row: smaller where it is compressed', {
      ...{ least: 8, most: 1024 },
    }),
  },
  settings: ['data-dir', 'checkpoints-dir'],
});
