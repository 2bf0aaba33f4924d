/**
 * One training run from request to checkpoint: finds the checkpoints it builds on, opens its folder, trains, and
 * stores the result in the zoo's layout.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DirectoryDataset } from '../datasets/directory/index.ts';
import { artworkOf, worldPreset } from '../datasets/scenes/presets.ts';
import type { Engine } from '../engines/engine.ts';
import { readSafetensors, writeSafetensors } from '../safetensors.ts';
import { readJsonFile, readTextFile } from '../text.ts';
import { TrainingError } from '../training/run/errors.ts';
import { resolveHyperparameters } from '../training/run/hyperparameters.ts';
import type { Peers } from '../training/run/peers.ts';
import type { ProgressOutput } from '../training/run/progress.ts';
import { Run, type RunObserver } from '../training/run/run-directory.ts';
import type {
  Component,
  Role,
  TrainedCheckpoint,
  TrainingContext,
  TrainingKind,
} from '../training/run/training-kind.ts';
import { createZoo, type ZooEntry } from '../zoo/discovery.ts';
import { readClusterIds } from '../zoo/import/cluster-ids.ts';
import { ImportError } from '../zoo/import/error.ts';
import { CONFIG_FILE, type Manifest, writeManifest } from '../zoo/manifest.ts';
import { type ResolvedDataset, resolveDataset } from './datasets.ts';
import { withoutEpochs, withPreset } from './given-hyperparameters.ts';
import { modelCard } from './model-card.ts';
import { type FoundRun, type OpenedEngine, startPeers } from './peer-processes.ts';

export interface TrainingRequest {
  kind: TrainingKind;
  name: string;
  seed: number;
  /** A scene world, or a directory in DATA_DIR/datasets. */
  dataset: string;
  /** As given: missing ones get their defaults, all are checked. */
  hyperparameters: Record<string, unknown>;
  /** Role → zoo path or id, or the name of a finished run. */
  components: Partial<Record<Role, string>>;
  /** For the record. */
  command: string;
  commit: string;
}

export interface TrainingEnvironment {
  dataDir: string;
  checkpointsDir: string;
  engine: Engine;
  signal: AbortSignal;
  output: ProgressOutput;
  /** Every kind there is, by which a resumed run is known again. */
  kinds: readonly TrainingKind[];
  observer?: RunObserver;
  /** What further processes of a run open; without it a run has one. */
  opened?: OpenedEngine;
}

/** Where a component is looked for when the request does not say. */
const DEFAULT_COMPONENTS: Partial<Record<Role, string>> = {
  grid_encoder: 'grid-encoder/scenes',
  visual_vocabulary: 'visual-vocabulary/scenes',
  base_model: 'x-lxmert/scenes',
};

/** Weights trained on scenes carry the artwork's terms beside our own. */
const licenceOf = (world: string): string =>
  `Apache-2.0 (artwork in the training scenes: ${artworkOf(worldPreset(world))})`;

/** What a request comes to, before anything is written: every default filled in, every component found. */
export interface TrainingPlan {
  /** As training knows it. */
  dataset: ResolvedDataset;
  hyperparameters: Record<string, unknown>;
  components: Record<string, { id: string; revision: string }>;
  /** About how many numbers are trained, of kinds that can tell. */
  weights: number | undefined;
}

type PlanRequest = Pick<TrainingRequest, 'kind' | 'dataset' | 'hyperparameters' | 'components'>;
type Folders = Pick<TrainingEnvironment, 'dataDir' | 'checkpointsDir'>;

/** @throws TrainingError when such a run cannot work */
export async function planTraining(request: PlanRequest, folders: Folders): Promise<TrainingPlan> {
  const dataset = await resolveDataset(request.dataset, request.kind, folders.dataDir);
  const { hyperparameters, found, weights } = await prepare(request, dataset.directory, folders);
  return { dataset, hyperparameters, components: describeComponents(found), weights };
}

async function prepare(
  { kind, ...request }: PlanRequest,
  directory: DirectoryDataset | undefined,
  folders: Folders,
): Promise<Pick<TrainingPlan, 'hyperparameters' | 'weights'> & { found: Map<Role, ZooEntry> }> {
  const valuesOf = (inherited: Record<string, unknown>) =>
    withoutEpochs(kind, withPreset(kind, request.hyperparameters, inherited), directory);
  // A bad one is told before a component that is not there.
  resolveHyperparameters(kind, valuesOf({}));
  const found = await findComponents(kind, request.components, folders, directory);
  const components: Partial<Record<Role, Component>> = {};
  for (const [role, entry] of found) components[role] = await openComponent(entry, false);
  const { base_model: base } = components;
  const inherited = base && kind.inherits ? kind.inherits(base) : {};
  const resolved = resolveHyperparameters(kind, valuesOf(inherited));
  const hyperparameters = directory
    ? { ...resolved, ...picturesOf(kind, directory, request.hyperparameters, resolved) }
    : resolved;
  kind.check?.(components, hyperparameters, directory);
  return { hyperparameters, found, weights: kind.weights?.(components, hyperparameters, directory) };
}

/** How many pictures of a directory are used: all to train on, unless fewer are asked for, and no more than there are. */
function picturesOf(
  kind: TrainingKind,
  directory: DirectoryDataset,
  given: Record<string, unknown>,
  resolved: Record<string, unknown>,
): Record<string, number> {
  const sizes = kind.task && directory.sizes[kind.task];
  if (!sizes) return {};
  const { train, validation } = sizes;
  const there = {
    scenes: train.pictures,
    validation_scenes: validation.pictures,
    gate_scenes: validation.pictures,
  };
  const properties = kind.hyperparameters.properties as Record<string, { maximum?: number }>;
  return Object.fromEntries(
    Object.entries(there).flatMap(([name, pictures]) => {
      const property = properties[name];
      if (property === undefined) return [];
      const all = name === 'scenes' && given.scenes === undefined;
      return [[name, Math.min(pictures, all ? (property.maximum ?? pictures) : Number(resolved[name]))]];
    }),
  );
}

const describeComponents = (found: Map<Role, ZooEntry>) =>
  Object.fromEntries([...found].map(([role, { path, revision }]) => [role, { id: path, revision }]));

/** Goes on with the run of that name when there is one, else starts it: what a job does, whatever happened before. */
export async function startOrResumeTraining(
  request: TrainingRequest,
  environment: TrainingEnvironment,
): Promise<Run> {
  const folder = join(environment.dataDir, 'runs', request.name);
  if (existsSync(join(folder, 'run.json'))) return resumeTraining(request.name, environment);
  // Killed between its first two steps.
  await rm(folder, { recursive: true, force: true });
  return startTraining(request, environment);
}

/** @throws TrainingError before anything is written when the run cannot work */
export async function startTraining(
  request: TrainingRequest,
  environment: TrainingEnvironment,
): Promise<Run> {
  const { kind } = request;
  environment.observer?.phase?.('loading');
  const { name, directory } = await resolveDataset(request.dataset, kind, environment.dataDir, {
    again: true,
  });
  const { hyperparameters, found } = await prepare(request, directory, environment);
  const run = await Run.create(join(environment.dataDir, 'runs'), {
    kind: kind.name,
    name: request.name,
    hyperparameters,
    seed: request.seed,
    dataset: name,
    ...(directory && { dataset_revision: directory.revision }),
    components: describeComponents(found),
    command: request.command,
    commit: request.commit,
    engine: environment.engine.name,
    created: new Date().toISOString(),
  });
  return train(run, kind, found, directory, environment);
}

/** Goes on where the last checkpoint of a run is. @throws TrainingError run_mismatch when a component has changed */
export async function resumeTraining(name: string, environment: TrainingEnvironment): Promise<Run> {
  const run = await Run.resume(join(environment.dataDir, 'runs'), name);
  environment.observer?.phase?.('loading');
  try {
    const { description } = run;
    const kind = environment.kinds.find((known) => known.name === description.kind);
    if (!kind) {
      throw new TrainingError(
        'run_mismatch',
        `The run "${name}" is of an unknown kind, ${description.kind}.`,
      );
    }
    const references = Object.fromEntries(
      Object.entries(description.components).map(([role, { id }]) => [role, id]),
    );
    const { directory } = await resolveDataset(description.dataset, kind, environment.dataDir, {
      again: true,
    });
    if (directory?.revision !== description.dataset_revision) {
      throw new TrainingError(
        'run_mismatch',
        `The data set ${description.dataset} has changed since run "${name}" began: start a new run.`,
      );
    }
    const found = await findComponents(kind, references, environment, directory);
    for (const [role, { path, revision }] of found) {
      if (description.components[role]?.revision === revision) continue;
      throw new TrainingError(
        'run_mismatch',
        `${path} has changed since run "${name}" began: start a new run.`,
      );
    }
    return await train(run, kind, found, directory, environment);
  } catch (error) {
    await run.close();
    throw error;
  }
}

/** As one of the processes that a run is shared with; the first one keeps it. @throws PeerDone at its end */
export async function followTraining(
  { name, components, directory }: FoundRun,
  peers: Peers,
  environment: Omit<TrainingEnvironment, 'observer' | 'opened'>,
): Promise<never> {
  const run = await Run.follow(join(environment.dataDir, 'runs'), name);
  const kind = environment.kinds.find((known) => known.name === run.description.kind)!;
  await train(run, kind, new Map(components), directory, environment, peers);
  throw new Error(`run "${name}" ended without its loop`);
}

async function train(
  run: Run,
  kind: TrainingKind,
  found: Map<Role, ZooEntry>,
  directory: DirectoryDataset | undefined,
  environment: TrainingEnvironment,
  peers?: Peers,
): Promise<Run> {
  try {
    const components: TrainingContext['components'] = {};
    for (const [role, entry] of found) components[role] = await openComponent(entry);
    const { engine, signal, output, dataDir, observer, opened } = environment;
    if (observer) await run.observe(observer);
    const { seed, dataset, hyperparameters } = run.description;
    const cache = join(dataDir, 'cache');
    const foundRun: FoundRun = {
      name: run.description.name,
      components: [...found],
      ...(directory && { directory }),
    };
    const context: TrainingContext = {
      ...{ engine, run, seed, dataset, cache, signal, output, components },
      readClusterIds: clusterIds,
      ...(directory && { directory }),
      ...(peers && { peers }),
      ...(opened && { startPeers: startPeers(foundRun, environment, opened) }),
    };
    const trained = await kind.train(context, hyperparameters);
    if (trained) await storeResult(run, found, directory, trained);
    return run;
  } finally {
    await run.close();
  }
}

async function clusterIds(path: string): Promise<ReadonlyMap<string, Int32Array>> {
  try {
    return await readClusterIds(path);
  } catch (cause) {
    if (!(cause instanceof ImportError)) throw cause;
    throw new TrainingError('dataset_unusable', cause.message, { cause, subject: 'dataset' });
  }
}

async function findComponents(
  kind: TrainingKind,
  references: Partial<Record<Role, string>>,
  { checkpointsDir, dataDir }: Folders,
  directory?: DirectoryDataset,
): Promise<Map<Role, ZooEntry>> {
  // A run's result lies at <runs>/<name>/result, which the zoo reads as the path "<name>/result".
  const zoo = createZoo([checkpointsDir, join(dataDir, 'checkpoints'), join(dataDir, 'runs')]);
  const found = new Map<Role, ZooEntry>();
  let contents: Awaited<ReturnType<typeof zoo.scan>> | undefined;
  // The base model first, then the vocabulary: what they were built on is built on again, unless the request says.
  const rank = (role: Role) => ['base_model', 'visual_vocabulary'].indexOf(role) >>> 0;
  const roles = [...kind.requires, ...kind.optional].sort((a, b) => rank(a) - rank(b));
  const builtOn = (role: Exclude<Role, 'base_model' | 'perceptual_network'>) =>
    (['base_model', 'visual_vocabulary'] as const)
      .map((other) => found.get(other)?.components[role]?.path)
      .find((path) => path !== undefined);
  for (const role of roles) {
    // Features that are there already need no encoder; the result takes along its base model's, to see with.
    const given = role === 'grid_encoder' && directory?.pictures === 'features';
    const required = kind.requires.includes(role) && !given;
    const isOwn = role === 'base_model' || role === 'perceptual_network';
    const inherited = isOwn ? undefined : builtOn(role);
    const fallback = required ? (inherited ?? DEFAULT_COMPONENTS[role]) : given ? inherited : undefined;
    const reference = references[role] ?? fallback;
    if (reference === undefined && !required) continue;
    contents ??= await zoo.scan();
    const names = [reference, `${reference}/result`];
    // The run of that name before a shipped checkpoint that has it as its id: what was trained last is meant.
    const { entries } = contents;
    const entry =
      entries.find(({ path }) => names.includes(path)) ?? entries.find(({ id }) => id === reference);
    if (entry) {
      found.set(role, entry);
      continue;
    }
    const problem = contents.problems.find(({ folder }) =>
      names.some((name) => name && folder.endsWith(name)),
    );
    const why = problem ? `cannot be used (${problem.reason})` : 'is not there';
    throw new TrainingError('component_missing', `${kind.name}: ${role} "${reference}" ${why}.`, {
      subject: role,
    });
  }
  checkTogether(kind, found);
  return found;
}

/** Codes are nearest centroids in the space of one encoder: with another's they are noise that still trains. */
function checkTogether(kind: TrainingKind, found: ReadonlyMap<Role, ZooEntry>): void {
  for (const [role, entry] of found) {
    // Weights to go on from: their kind moves them to what is given, or refuses.
    if (role === 'base_model') continue;
    for (const [inner, component] of Object.entries(entry.components) as [Role, ZooEntry][]) {
      const given = found.get(inner);
      if (!given || given.revision === component.revision) continue;
      throw new TrainingError(
        'component_mismatch',
        `${kind.name}: ${role} ${entry.path} was built on ${inner} ${component.path} ` +
          `(${component.revision.slice(0, 12)}), not on ${given.path} (${given.revision.slice(0, 12)}): give ` +
          `a ${role} that is of it${role === 'visual_vocabulary' ? '; the kind visual-vocabulary makes one' : ''}.`,
        { subject: role },
      );
    }
  }
}

async function openComponent(
  { id, revision, folder, manifest, components }: ZooEntry,
  withTensors = true,
): Promise<Component> {
  const tensors: Component['tensors'] = {};
  const texts: Component['texts'] = {};
  for (const file of manifest.files) {
    if (file.endsWith('.safetensors') && withTensors)
      tensors[file] = (await readSafetensors(join(folder, file))).tensors;
    else if (file.endsWith('.txt')) texts[file] = await readTextFile(join(folder, file));
  }
  const config: unknown = await readJsonFile(join(folder, CONFIG_FILE));
  const builtOn = Object.fromEntries(
    Object.entries(components).map(([role, component]) => [role, component.revision]),
  );
  return { id, revision, architecture: manifest.architecture, config, tensors, texts, builtOn };
}

async function storeResult(
  run: Run,
  found: Map<Role, ZooEntry>,
  directory: DirectoryDataset | undefined,
  trained: TrainedCheckpoint,
): Promise<void> {
  const { description } = run;
  const folder = `${run.result}.incomplete`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [file, tensors] of Object.entries(trained.tensors)) {
    await writeSafetensors(join(folder, file), tensors, { float: 'F16' });
  }
  for (const [file, text] of Object.entries(trained.texts)) await writeFile(join(folder, file), text);
  await writeFile(join(folder, CONFIG_FILE), `${JSON.stringify(trained.config, null, 2)}\n`);
  const components = trained.components.map((role) => [role, found.get(role)?.path]);
  const base = found.get('base_model')?.manifest;
  const manifest: Manifest = {
    id: `${description.kind}-${description.name}`,
    name: `${description.kind}, ${description.dataset}, run ${description.name}`,
    architecture: trained.architecture,
    tasks: trained.tasks,
    files: [...Object.keys(trained.tensors), ...Object.keys(trained.texts)],
    components: Object.fromEntries(components.filter(([, path]) => path !== undefined)),
    trained_by: { command: description.command, seed: description.seed, commit: description.commit },
    ...(base && { trained_before: [...(base.trained_before ?? []), base.trained_by] }),
    data: {
      name: description.dataset,
      description: directory
        ? `The data set of a directory, revision ${directory.revision.slice(0, 12)}`
        : 'Scenes composed by this project from emoji',
    },
    metrics: trained.metrics,
    licence: directory
      ? `Not stated: depends on the data set ${directory.name} and on ${base ? base.licence : 'what it was built on'}`
      : licenceOf(description.dataset),
    created: new Date().toISOString(),
  };
  await writeFile(join(folder, 'README.md'), modelCard(manifest, description));
  await writeManifest(folder, manifest);
  await rm(run.result, { recursive: true, force: true });
  await rename(folder, run.result);
}
