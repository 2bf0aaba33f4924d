/** Recipes: the stages in which the shipped models were made, to be repeated or changed. They lie in recipes/. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonFile } from '../text.ts';
import { TrainingError } from '../training/run/errors.ts';
import { resolveHyperparameters } from '../training/run/hyperparameters.ts';
import type { RunDescription } from '../training/run/run-directory.ts';
import type { Role, TrainingKind } from '../training/run/training-kind.ts';
import { startOrResumeTraining, type TrainingEnvironment } from './training-run.ts';

/** One run. */
export interface Stage {
  /** Name of the run: later stages name it among their components. */
  name: string;
  /** What it is for. */
  why: string;
  kind: string;
  dataset: string;
  seed: number;
  /** Role → an earlier stage, or a checkpoint. */
  components?: Partial<Record<Role, string>>;
  /** Those that are not at their defaults. */
  hyperparameters?: Record<string, number | boolean | string>;
  /** How long it took the project, one thread of an AVX-512 core beside other work. */
  minutes?: number;
  /** The shipped checkpoint that its result became, `<model>/<variant>`; its card has the metrics. */
  publish?: string;
  /** That it is published with, where it captions. */
  lengthPenalty?: number;
  /** That it paints with, where a request names no strategy. */
  sampler?: string;
  /** That its weights are rounded to. */
  weightSteps?: number;
  /** Checkpoints that it is published with and was not trained with. */
  publishedWith?: Partial<Record<'generator' | 'drawing_encoder', string>>;
}

export interface Recipe {
  title: string;
  /** How long all of it took, and on what. */
  took?: string;
  /** What must be there first. */
  needs?: string;
  /** Checkpoints that its stages build on and that were not trained; shipped, if what is built on them is. */
  imports?: readonly { publish: string; why: string; command: string }[];
  stages: readonly Stage[];
}

/** The option of the command line that sets a hyperparameter or a component. */
export const flag = (name: string): string => `--${name.replaceAll('_', '-')}`;

/** The command line that trains the stage by itself. */
export function stageCommand({ name, kind, dataset, seed, components, hyperparameters }: Stage): string {
  const settings = Object.entries({ ...components, ...hyperparameters });
  const flags = settings.flatMap(([key, value]) => [flag(key), String(value)]);
  const all = ['--name', name, '--dataset', dataset, '--seed', String(seed), ...flags];
  return ['npm run train --', kind, ...all].join(' ');
}

/**
 * Trains the stages that are not finished, in their order: one that was stopped goes on where it was.
 * @throws TrainingError run_mismatch: there is another run of a stage's name; or what a stage throws
 */
export async function followRecipe(
  recipe: Recipe,
  environment: TrainingEnvironment,
  commit: string,
): Promise<void> {
  const { kinds, dataDir, output } = environment;
  const planned = recipe.stages.map((stage) => {
    const kind = kinds.find(({ name }) => name === stage.kind);
    if (kind === undefined) throw new Error(`the stage ${stage.name} is of an unknown kind, ${stage.kind}`);
    return { stage, kind, hyperparameters: resolveHyperparameters(kind, stage.hyperparameters ?? {}) };
  });
  for (const [i, { stage, kind }] of planned.entries()) {
    const run = join(dataDir, 'runs', stage.name);
    await refuseAnother(run, stage, kind);
    const place = `${i + 1}/${planned.length} ${stage.name}`;
    if (existsSync(join(run, 'result', 'manifest.json'))) {
      output.write(`${place}: done\n`);
      continue;
    }
    output.write(`${place}: ${stage.why}\n`);
    await startOrResumeTraining(
      {
        kind,
        name: stage.name,
        seed: stage.seed,
        dataset: stage.dataset,
        hyperparameters: stage.hyperparameters ?? {},
        components: stage.components ?? {},
        command: stageCommand(stage),
        commit,
      },
      environment,
    );
  }
}

/** A run of the same name that is not the stage's: nothing would say that the result is another one. */
async function refuseAnother(run: string, stage: Stage, kind: TrainingKind): Promise<void> {
  const file = join(run, 'run.json');
  if (!existsSync(file)) return;
  const there = (await readJsonFile(file)) as RunDescription;
  const given = Object.entries(stage.hyperparameters ?? {});
  const same =
    there.kind === kind.name &&
    there.seed === stage.seed &&
    there.dataset === stage.dataset &&
    given.every(([name, value]) => there.hyperparameters[name] === value);
  if (same) return;
  throw new TrainingError(
    'run_mismatch',
    `There is a run "${stage.name}" that was trained otherwise: move it away, or set another DATA_DIR.`,
  );
}
