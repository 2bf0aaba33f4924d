/** `train <kind> …`: trains a checkpoint of the zoo in this process. */
import { existsSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { type Config, configFlags, readConfig } from '../config.ts';
import { DEFAULT_WORLD } from '../datasets/scenes/index.ts';
import { endSignals } from '../end-signals.ts';
import { forTraining, openEngine } from '../engines/choose.ts';
import { UsageError } from '../errors.ts';
import { publishRun } from '../runs/publish.ts';
import { followRecipe, type Recipe } from '../runs/recipe.ts';
import { resumeTraining, startTraining, type TrainingEnvironment } from '../runs/training-run.ts';
import { KINDS } from '../training/kinds.ts';
import { TrainingError, TrainingInterrupted } from '../training/run/errors.ts';
import { rangeOf } from '../training/run/hyperparameters.ts';
import type { Role, TrainingKind } from '../training/run/training-kind.ts';
import { rememberHashes } from '../zoo/file-hashes.ts';
import { Task } from '../zoo/manifest.ts';
import { currentCommit } from './current-commit.ts';

const ROLES = ['grid_encoder', 'visual_vocabulary', 'generator', 'base_model'] as const satisfies Role[];
const flagOf = (name: string) => name.replaceAll('_', '-');
const RUN_NAME = /^[a-z0-9][a-z0-9._-]*$/;

function help(): string {
  const kinds = KINDS.map(({ name, description }) => `  ${name.padEnd(20)}${description}`).join('\n');
  return `train <kind> [options]           train a checkpoint
train <kind> --help              the hyperparameters of a kind
train --resume --name <run>      go on with a run that was stopped or killed
train --recipe <name>            train all that a recipe in recipes/ lists, or go on with it
train publish --name <run> --as <model>/<variant> [--generator <model>/<variant>] [--tasks <task,…>]
                                 copy a finished run's result into CHECKPOINTS_DIR

Kinds:
${kinds}

Options:
  --name <run>         folder in DATA_DIR/runs (default: kind and time)
  --dataset <name>     world of composed scenes (${DEFAULT_WORLD}), or a folder in DATA_DIR/datasets
  --seed <n>           (0)
  --preset paper       begin with the paper's values (sections 5.3, C and D) in place of the defaults
  --epochs <n>         in place of --steps: times that as many examples are drawn as there are to train on
  --grid-encoder, --visual-vocabulary, --generator, --base-model <checkpoint or run>
                       what to build on (default: what the base model was built on, else the
                       shipped scenes checkpoints)
  --data-dir, --checkpoints-dir, --threads
`;
}

function kindHelp(kind: TrainingKind): string {
  const rows = Object.entries(kind.hyperparameters.properties as Record<string, TSchema>).map(
    ([name, schema]) => {
      const { default: value, description } = schema as { default?: unknown; description?: string };
      const text = `${rangeOf(schema)} (${String(value)})${description ? `: ${description}` : ''}`;
      return `  --${flagOf(name).padEnd(24)}${text}`;
    },
  );
  return `train ${kind.name}: ${kind.description}\n\n${rows.join('\n')}\n\n${help()}`;
}

const CHECKPOINT_PATH = /^[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._-]*$/;

function parseTasks(list: string): Task[] {
  return list.split(',').map((task) => {
    if (!Value.Check(Task, task)) {
      const known = Task.anyOf.map((one) => one.const).join(', ');
      throw new UsageError(`--tasks "${task}" is none of ${known}.`);
    }
    return task;
  });
}

async function publish(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      ...configFlags,
      name: { type: 'string' },
      as: { type: 'string' },
      generator: { type: 'string' },
      tasks: { type: 'string' },
    },
  });
  const { name, as: path, generator, tasks } = values as Record<string, string | undefined>;
  if (!name || !path || !CHECKPOINT_PATH.test(path)) {
    throw new UsageError(`publish needs --name <run> and --as <model>/<variant>.\n\n${help()}`);
  }
  const components = generator ? { generator } : {};
  try {
    const request = { run: name, path, components, ...(tasks && { tasks: parseTasks(tasks) }) };
    const folder = await publishRun(request, readConfig(process.env, values));
    process.stdout.write(`published: ${folder}\n`);
  } catch (error) {
    if (error instanceof TrainingError) throw new UsageError(error.message);
    throw error;
  }
}

/** For the model card: where this machine keeps its files is nobody else's business, and changes nothing. */
export function withoutFolders(args: readonly string[]): string[] {
  const folders = ['--data-dir', '--checkpoints-dir'];
  return args.filter(
    (arg, i) =>
      !folders.includes(arg) &&
      !folders.includes(args[i - 1] ?? '') &&
      !folders.some((flag) => arg.startsWith(`${flag}=`)),
  );
}

export async function run(args: string[]): Promise<void> {
  const [first] = args;
  if (first === 'publish') return publish(args.slice(1));
  if (first === '--recipe' || first?.startsWith('--recipe=')) return trainRecipe(args);
  const kind = KINDS.find(({ name }) => name === first);
  if (first !== undefined && !first.startsWith('-') && !kind) {
    throw new UsageError(`There is no kind of training "${first}".\n\n${help()}`);
  }
  const hyperparameters = Object.keys(kind?.hyperparameters.properties ?? {});
  const { values } = parseArgs({
    args: kind ? args.slice(1) : args,
    options: {
      ...configFlags,
      ...Object.fromEntries([...hyperparameters, ...ROLES].map((name) => [flagOf(name), { type: 'string' }])),
      name: { type: 'string' },
      dataset: { type: 'string' },
      seed: { type: 'string' },
      preset: { type: 'string' },
      epochs: { type: 'string' },
      resume: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const given = values as Record<string, string | boolean | undefined>;
  if (given.help || (!kind && !given.resume)) {
    process.stdout.write(kind ? kindHelp(kind) : help());
    if (!given.help) process.exitCode = 2;
    return;
  }
  const chosen = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = given[flagOf(name)];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
  const settings = readConfig(process.env, given);
  const name = String(
    given.name ?? `${kind?.name}-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}`,
  );
  if (!RUN_NAME.test(name))
    throw new UsageError(`--name "${name}" must be letters a-z, digits, ".", "_" or "-".`);
  const seed = Number(given.seed ?? 0);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`--seed "${given.seed}" must be a whole number.`);
  if (given.resume) {
    const changed = Object.keys(chosen([...hyperparameters, 'preset', 'epochs', ...ROLES]));
    if (given.name === undefined) throw new UsageError('--resume needs the --name of the run.');
    if (changed.length > 0) {
      throw new UsageError(
        `--resume goes on with the run as it was started; leave out ${changed.join(', ')}.`,
      );
    }
  }
  await training(settings, `--resume --name ${name}`, async (environment) => {
    const done = given.resume
      ? await resumeTraining(name, environment)
      : await startTraining(
          {
            kind: kind!,
            name,
            seed,
            dataset: String(given.dataset ?? DEFAULT_WORLD),
            hyperparameters: chosen([...hyperparameters, 'preset', 'epochs']),
            components: chosen(ROLES),
            command: ['npm run train --', ...withoutFolders(args)].join(' '),
            commit: await currentCommit(),
          },
          environment,
        );
    if (existsSync(done.result)) process.stdout.write(`result: ${done.result}\n`);
  });
}

const RECIPES = new URL('../../recipes/', import.meta.url);

async function trainRecipe(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { ...configFlags, recipe: { type: 'string' } } });
  const { recipe: name } = values as { recipe: string };
  const known = readdirSync(RECIPES).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
  if (!known.includes(name)) {
    throw new UsageError(`There is no recipe "${name}". The recipes are ${known.join(', ')}.`);
  }
  const { default: recipe } = (await import(new URL(`${name}.ts`, RECIPES).href)) as { default: Recipe };
  const { title, took, needs } = recipe;
  const facts = [title, took && `It took ${took}.`, needs && `It needs: ${needs}`].filter(Boolean);
  process.stdout.write(`${facts.join('\n')}\n`);
  const commit = await currentCommit();
  await training(readConfig(process.env, values), `--recipe ${name}`, (environment) =>
    followRecipe(recipe, environment, commit),
  );
}

/**
 * Opens what training needs and says how it ended.
 * @param again flags that go on where it was stopped
 */
async function training(
  settings: Config,
  again: string,
  work: (environment: TrainingEnvironment) => Promise<void>,
): Promise<void> {
  rememberHashes(settings.dataDir);
  const signals = endSignals();
  signals.asked.addEventListener('abort', () => {
    process.stderr.write('\nstopping after this call; the run can be resumed\n');
  });
  // The last checkpoint stays.
  signals.hurried.addEventListener('abort', () => process.exit(130));
  const { threads } = settings;
  const choice = forTraining(settings.engine);
  try {
    await work({
      dataDir: settings.dataDir,
      checkpointsDir: settings.checkpointsDir,
      engine: await openEngine(choice, threads),
      opened: { choice, threads },
      signal: signals.asked,
      output: process.stdout,
      kinds: KINDS,
    });
  } catch (error) {
    if (error instanceof TrainingInterrupted) {
      process.stdout.write(`${error.message}: npm run train -- ${again}\n`);
      process.exitCode = 130;
    } else if (error instanceof TrainingError && error.code !== 'diverged') {
      throw new UsageError(error.message);
    } else if (error instanceof TrainingError) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    } else throw error;
  } finally {
    signals.off();
  }
}
