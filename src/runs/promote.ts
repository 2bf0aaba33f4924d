/** Puts the result of a finished run among the hosted checkpoints in DATA_DIR, with everything it needs. */
import { cp, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeFolderAtomically } from '../atomic-files.ts';
import { requireSpaceFor } from '../disk-space.ts';
import { CodedError } from '../errors.ts';
import type { InferenceHost } from '../inference/host.ts';
import { isLitter } from '../litter.ts';
import { type ComponentRole, createZoo, type ZooEntry } from '../zoo/discovery.ts';
import { type Manifest, writeManifest } from '../zoo/manifest.ts';
import { PARTS } from '../zoo/remove-checkpoint.ts';

interface Folders {
  dataDir: string;
  checkpointsDir: string;
}

export interface Promotion {
  /** The same result was there under this id already. */
  already: boolean;
  tasks: readonly string[];
}

/**
 * A component that is hosted is named; one that only another run has is copied beside it, under a name made of its
 * content. A model that paints gets a generator of its visual vocabulary; where there is none it is hosted without
 * painting.
 * @param taken ids of what is there and cannot be hosted
 * @throws CodedError file_not_found (the run has no result), model_exists
 */
export async function promoteRun(
  run: string,
  id: string,
  { dataDir, checkpointsDir }: Folders,
  taken: (id: string) => boolean = () => false,
): Promise<Promotion> {
  const target = join(dataDir, 'checkpoints');
  const hosted = (await createZoo([checkpointsDir, target]).scan()).entries;
  const runs = (await createZoo([checkpointsDir, target, join(dataDir, 'runs')]).scan()).entries;
  const result = runs.find(({ path }) => path === `${run}/result`);
  if (result === undefined) throw new CodedError('file_not_found', `The job ${run} has no result.`);
  const twin = hosted.find((entry) => entry.id === id);
  if (twin?.contents === result.contents) {
    return { already: true, tasks: twin.manifest.tasks };
  }
  if (twin !== undefined || taken(id))
    throw new CodedError('model_exists', `There is a model "${id}". Choose another id.`, {
      param: '/model_id',
    });

  const components = await placeComponents(result, hosted, target);
  let tasks = result.manifest.tasks;
  if (tasks.includes('paint') && components.generator === undefined) {
    const vocabulary = result.components.visual_vocabulary?.revision;
    const generator = hosted.find(
      ({ manifest, components: parts }) =>
        manifest.architecture === 'generator' && parts.visual_vocabulary?.revision === vocabulary,
    );
    if (generator !== undefined) components.generator = generator.path;
    else tasks = tasks.filter((task) => task !== 'paint');
  }
  await place(result, join(target, 'promoted', id), { id, tasks, components });
  return { already: false, tasks };
}

/**
 * Promotes a run while others are served, and loads it; what cannot be loaded after all is taken away again.
 * @returns whether it was there already
 * @throws CodedError file_not_found, model_exists, model_not_ready
 */
export async function hostRun(
  run: string,
  id: string,
  folders: Folders,
  host: Pick<InferenceHost, 'models' | 'rescan' | 'announce' | 'load' | 'remove'>,
): Promise<{ already: boolean }> {
  const taken = (name: string) => host.models().some((one) => one.id === name);
  const { already, tasks } = await promoteRun(run, id, folders, taken);
  await host.rescan();
  // Before it is loaded here, so that all load it at the same time. Also of one that was here: what promoted it may not
  // have come as far as this.
  await host.announce(tasks.length > 0 ? id : undefined);
  if (tasks.length > 0) {
    await host.load(id).catch(async (error) => {
      // What hinders the removal says nothing about the model.
      if (!already) await host.remove(id).catch(() => {});
      throw error;
    });
  }
  return { already };
}

async function placeComponents(
  entry: ZooEntry,
  hosted: readonly ZooEntry[],
  target: string,
): Promise<Partial<Record<ComponentRole, string>>> {
  const paths: Partial<Record<ComponentRole, string>> = {};
  for (const [role, component] of Object.entries(entry.components) as [ComponentRole, ZooEntry][]) {
    const twin = hosted.find(({ revision }) => revision === component.revision);
    if (twin !== undefined) {
      paths[role] = twin.path;
      continue;
    }
    const id = `${component.manifest.architecture}-${component.revision.slice(0, 12)}`;
    const components = await placeComponents(component, hosted, target);
    await place(component, join(target, PARTS, id), { id, components }).catch((error) => {
      // Another promotion of the same component was faster.
      if (!(error instanceof CodedError && error.code === 'model_exists')) throw error;
    });
    paths[role] = `${PARTS}/${id}`;
  }
  return paths;
}

/** Under a hidden name first: whoever looks sees all of it or nothing. @throws CodedError model_exists; NoSpaceError */
async function place(
  { folder: from, manifest }: ZooEntry,
  folder: string,
  changes: Partial<Manifest>,
): Promise<void> {
  try {
    await makeFolderAtomically(folder, async (incomplete) => {
      const filter = async (path: string) => {
        if (isLitter(basename(path))) return false;
        await requireSpaceFor(incomplete, (await stat(path)).size);
        return true;
      };
      await cp(from, incomplete, { recursive: true, filter });
      await writeManifest(incomplete, { ...manifest, ...changes });
    });
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new CodedError('model_exists', undefined, { param: '/model_id', cause: error });
  }
}
