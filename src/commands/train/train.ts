/** `train <kind> …`: trains a checkpoint of the zoo in this process. */
import { existsSync } from 'node:fs';
import Value from 'typebox/value';
import type { Config } from '../../config.ts';
import { DEFAULT_WORLD } from '../../datasets/scenes/index.ts';
import { endSignals } from '../../end-signals.ts';
import { forTraining, openEngine } from '../../engines/choose.ts';
import { UsageError } from '../../errors.ts';
import { publishRun } from '../../runs/publish.ts';
import { followRecipe } from '../../runs/recipe.ts';
import { loadRecipe, recipeNames } from '../../runs/recipe-files.ts';
import { resumeTraining, startTraining, type TrainingEnvironment } from '../../runs/training-run.ts';
import { KINDS } from '../../training/kinds.ts';
import { TrainingError, TrainingInterrupted } from '../../training/run/errors.ts';
import type { Role, TrainingKind } from '../../training/run/training-kind.ts';
import { rememberHashes } from '../../zoo/file-hashes.ts';
import { Task } from '../../zoo/manifest.ts';
import { currentCommit } from '../current-commit.ts';
import { type GivenTo, strayWord } from '../define-command.ts';
import { readSampler } from '../evaluate/painting-model.ts';
import { type describeTraining, flagOf, type publish as publishing } from './command.ts';

const ROLES = [
  ...(['grid_encoder', 'visual_vocabulary', 'generator', 'base_model', 'perceptual_network'] as const),
] satisfies Role[];
const RUN_NAME = /^[a-z0-9][a-z0-9._-]*$/;

const CHECKPOINT_PATH = /^[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._-]*$/;

/** `none`: it is only compared with, or a part of others. */
function parseTasks(list: string): Task[] {
  if (list === 'none') return [];
  return list.split(',').map((task) => {
    if (!Value.Check(Task, task)) {
      const known = Task.anyOf.map((one) => one.const).join(', ');
      throw new UsageError(`--tasks "${task}" is none of ${known}.`);
    }
    return task;
  });
}

export async function publish({ flags, help, config }: GivenTo<typeof publishing>): Promise<void> {
  const { name, as: path, generator, 'drawing-encoder': drawings, tasks } = flags;
  const { 'length-penalty': lengthPenalty, sampler, 'weight-steps': weightSteps } = flags;
  if (sampler !== undefined) readSampler('--sampler', sampler);
  if (!CHECKPOINT_PATH.test(path)) throw new UsageError(`--as is <model>/<variant>.\n\n${help}`);
  const components = { ...(generator && { generator }), ...(drawings && { drawing_encoder: drawings }) };
  const request = {
    ...{ run: name, path, components },
    ...(tasks && { tasks: parseTasks(tasks) }),
    ...(lengthPenalty !== undefined && { lengthPenalty }),
    ...(sampler !== undefined && { sampler }),
    ...(weightSteps !== undefined && { weightSteps }),
  };
  const folder = await publishRun(request, config());
  process.stdout.write(`published: ${folder}\n`);
}

/** For the model card: where this machine keeps its files is nobody else's business, and changes nothing. */
export const withoutFolders = (args: readonly string[]): string[] =>
  withoutFlags(args, ['--data-dir', '--checkpoints-dir']);

export const withoutFlags = (args: readonly string[], flags: readonly string[]): string[] =>
  args.filter(
    (arg, i) =>
      !flags.includes(arg) &&
      !flags.includes(args[i - 1] ?? '') &&
      !flags.some((flag) => arg.startsWith(`${flag}=`)),
  );

type Given = GivenTo<Awaited<ReturnType<typeof describeTraining>>>;

export async function train({ flags, words, args, help, config }: Given): Promise<void> {
  const settings = config();
  if (flags.recipe !== undefined) return trainRecipe(flags.recipe, settings);
  const kind = KINDS.find(({ name }) => name === words[0]);
  const [stray] = words.slice(kind ? 1 : 0);
  if (stray !== undefined) throw strayWord(stray, help);
  if (!kind && !flags.resume) {
    process.stdout.write(help);
    process.exitCode = 2;
    return;
  }
  await trainKind(kind, flags, args, settings);
}

/** @param args what the record of the run tells, `<kind> …` @throws UsageError */
export async function trainKind(
  kind: TrainingKind | undefined,
  given: Partial<Given['flags']>,
  args: readonly string[],
  settings: Config,
): Promise<void> {
  const hyperparameters = Object.keys(kind?.hyperparameters.properties ?? {});
  const values: Record<string, unknown> = given;
  const chosen = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = values[flagOf(name)];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
  const name = given.name ?? `${kind?.name}-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}`;
  if (!RUN_NAME.test(name))
    throw new UsageError(`--name "${name}" must be letters a-z, digits, ".", "_" or "-".`);
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
            seed: given.seed ?? 0,
            dataset: given.dataset ?? DEFAULT_WORLD,
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

async function trainRecipe(name: string, settings: Config): Promise<void> {
  const known = recipeNames();
  if (!known.includes(name)) {
    throw new UsageError(`There is no recipe "${name}". The recipes are ${known.join(', ')}.`);
  }
  const recipe = await loadRecipe(name);
  const { title, took, needs } = recipe;
  const facts = [title, took && `It took ${took}.`, needs && `It needs: ${needs}`].filter(Boolean);
  process.stdout.write(`${facts.join('\n')}\n`);
  const commit = await currentCommit();
  await training(settings, `--recipe ${name}`, (environment) => followRecipe(recipe, environment, commit));
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
    } else if (error instanceof TrainingError && error.code === 'diverged') {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    } else throw error instanceof TrainingError ? withAdvice(error) : error;
  } finally {
    signals.off();
  }
}

/** What its flags do about it. */
function withAdvice(fault: TrainingError): TrainingError | UsageError {
  const advice =
    fault.code === 'component_missing' && fault.subject !== undefined
      ? `Give a checkpoint, or the name of a finished run, with --${flagOf(fault.subject)}.`
      : fault.code === 'run_exists'
        ? 'Go on with it by --resume, or choose another --name.'
        : undefined;
  return advice === undefined ? fault : new UsageError(`${fault.message} ${advice}`, { cause: fault });
}
