/** Puts a finished run's result among the shipped checkpoints, under a name of its own. */
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolderAtomically } from '../atomic-files.ts';
import { isLitter } from '../litter.ts';
import { readSafetensors, writeSafetensors } from '../safetensors.ts';
import type { HostTensor } from '../tensor.ts';
import { readTextFile } from '../text.ts';
import { TrainingError } from '../training/run/errors.ts';
import { type ComponentRole, createZoo, type ZooEntry } from '../zoo/discovery.ts';
import { CONFIG_FILE, readManifest, type Task, writeManifest } from '../zoo/manifest.ts';

export interface PublishRequest {
  /** Name of a finished run. */
  run: string;
  /** `<model>/<variant>` in the checkpoints folder; its id is the same with a hyphen. */
  path: string;
  /** Components that the run did not know, such as the generator that was trained beside it: role → path. */
  components: Partial<Record<ComponentRole, string>>;
  /** What it is published for, where the run's manifest says otherwise: a model may be able to do more, or less. */
  tasks?: Task[];
  /** What its captions are written with where a request says none: becomes a part of its config. */
  lengthPenalty?: number;
  /** What it paints with where a request names no strategy, such as `mask-predict-4`. */
  sampler?: string;
  /** Its weights are rounded to so many steps (`roundRows`), so that a compressed file, as git keeps it, is smaller. */
  weightSteps?: number;
}

/**
 * The components of a run lie in other runs, which must have been published before, or among the imported checkpoints,
 * of which they are taken along: each is found again by its content hash, so that nothing is shipped together that was
 * not trained together.
 *
 * Takes the place of an earlier revision; what else lies in its folder, such as pictures that its card shows, stays.
 * @returns the folder
 * @throws TrainingError component_missing, run_not_found, invalid_hyperparameter (a length penalty without captions, a sampler
 *   without painting)
 */
export async function publishRun(
  request: PublishRequest,
  { dataDir, checkpointsDir }: { dataDir: string; checkpointsDir: string },
): Promise<string> {
  const runs = await createZoo([checkpointsDir, join(dataDir, 'checkpoints'), join(dataDir, 'runs')]).scan();
  const result = runs.entries.find(({ path }) => path === `${request.run}/result`);
  if (!result) throw new TrainingError('run_not_found', `The run "${request.run}" has no result to publish.`);
  const tasks = request.tasks ?? result.manifest.tasks;
  const onlyFor = (task: Task, given: unknown, subject: string, not: string): void => {
    if (given === undefined || tasks.includes(task)) return;
    const why = `The run "${request.run}" is published for ${tasks.join(', ') || 'no task'}: it ${not}.`;
    throw new TrainingError('invalid_hyperparameter', why, { subject });
  };
  onlyFor('caption', request.lengthPenalty, 'length_penalty', 'writes no captions');
  onlyFor('paint', request.sampler, 'sampler', 'paints nothing');
  const shipped = (await createZoo([checkpointsDir]).scan()).entries;
  const components: Partial<Record<ComponentRole, string>> = {};
  for (const [role, component] of Object.entries(result.components) as [ComponentRole, ZooEntry][]) {
    components[role] = await shippedPath(role, component, shipped, checkpointsDir);
  }
  for (const [role, path] of Object.entries(request.components) as [ComponentRole, string][]) {
    if (!shipped.some((entry) => entry.path === path)) {
      throw new TrainingError('component_missing', `${role}: there is no checkpoint ${path}.`);
    }
    components[role] = path;
  }
  const folder = join(checkpointsDir, request.path);
  const incomplete = join(dirname(folder), `.${request.path.replaceAll('/', '-')}.incomplete`);
  await rm(incomplete, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await cp(result.folder, incomplete, { recursive: true, filter: (path) => !isLitter(basename(path)) });
  const own = {
    ...(request.lengthPenalty !== undefined && { length_penalty: request.lengthPenalty }),
    ...(request.sampler !== undefined && { sampler: request.sampler }),
  };
  if (Object.keys(own).length > 0) {
    const file = join(incomplete, CONFIG_FILE);
    const config = { ...JSON.parse(await readTextFile(file)), ...own };
    await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
  }
  if (request.weightSteps !== undefined)
    await roundWeights(incomplete, result.manifest.files, request.weightSteps);
  await writeManifest(incomplete, {
    ...result.manifest,
    id: request.path.replaceAll('/', '-'),
    tasks,
    components,
  });
  await keepOthers(folder, incomplete);
  await rm(folder, { recursive: true, force: true });
  await rename(incomplete, folder);
  return folder;
}

/**
 * Where a component lies among the shipped checkpoints. One that was imported, such as a detector, is taken along with
 * its own; the result of another run has no name yet that says what it is.
 * @param shipped what is taken along joins it
 * @throws TrainingError component_missing
 */
async function shippedPath(
  role: string,
  component: ZooEntry,
  shipped: ZooEntry[],
  checkpointsDir: string,
): Promise<string> {
  const twin = shipped.find(({ revision }) => revision === component.revision);
  if (twin) return twin.path;
  const { path, revision } = component;
  const taken = shipped.some((entry) => entry.path === path || entry.id === component.id);
  if (path.endsWith('/result') || taken) {
    const why = taken ? 'another checkpoint has its name' : 'it is not among the checkpoints';
    throw new TrainingError(
      'component_missing',
      `${role} ${path} (${revision.slice(0, 12)}): ${why}: publish it first, under a name of its own.`,
    );
  }
  const components: Partial<Record<ComponentRole, string>> = {};
  for (const [inner, entry] of Object.entries(component.components) as [ComponentRole, ZooEntry][])
    components[inner] = await shippedPath(inner, entry, shipped, checkpointsDir);
  await makeFolderAtomically(join(checkpointsDir, path), async (incomplete) => {
    await cp(component.folder, incomplete, { recursive: true, filter: (file) => !isLitter(basename(file)) });
    const inner = Object.keys(components).length > 0 && { components };
    await writeManifest(incomplete, { ...component.manifest, ...inner });
  });
  // Another role may have the same component.
  shipped.push(component);
  return path;
}

/** What other checkpoints have too, bit by bit: codes are found by the centroids of the visual vocabulary. */
const KEPT = ['vis_emb.weight'];

async function roundWeights(folder: string, files: readonly string[], steps: number): Promise<void> {
  for (const file of files.filter((name) => name.endsWith('.safetensors'))) {
    const path = join(folder, file);
    const { tensors, metadata } = await readSafetensors(path);
    const rounded = Object.entries(tensors).map(([name, tensor]) => [
      name,
      KEPT.includes(name) ? tensor : roundRows(tensor, steps),
    ]);
    await writeSafetensors(path, Object.fromEntries(rounded), { float: 'F16', metadata });
  }
}

/**
 * Every row of a matrix (of more axes: along the last one) in multiples of a power of two, of which its largest value is
 * `steps` to 2 · `steps`. Trained weights are noise in the last of float16's eleven bits: at 64 steps a model's are off
 * by 1 % of their size, and a compressed file is two thirds as large.
 */
function roundRows(tensor: HostTensor, steps: number): HostTensor {
  if (tensor.dtype !== 'float32' || tensor.shape.length < 2) return tensor;
  const width = tensor.shape.at(-1)!;
  const data = Float32Array.from(tensor.data);
  for (let from = 0; from < data.length; from += width) {
    const row = data.subarray(from, from + width);
    const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) continue;
    const step = 2 ** Math.floor(Math.log2(largest / steps));
    for (const [i, value] of row.entries()) row[i] = Math.round(value / step) * step;
  }
  return { ...tensor, data };
}

/** Copies what the checkpoint in `from` does not name as its own; the files of the new one stay as they are. */
async function keepOthers(from: string, to: string): Promise<void> {
  const there = await readdir(from).catch(() => []);
  // Without a manifest that can be read it is no checkpoint: all of it is somebody's.
  const own = await readManifest(from).then(
    ({ files }) => files,
    (): string[] => [],
  );
  for (const name of there) {
    if (!own.includes(name)) await cp(join(from, name), join(to, name), { recursive: true, force: false });
  }
}
