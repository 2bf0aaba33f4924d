/** The data sets that runs and jobs can be trained on: composed scenes, and directories in DATA_DIR/datasets. */
import { randomUUID } from 'node:crypto';
import { opendir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkDirectory,
  DATASET_NAME,
  type DatasetFault,
  type DatasetTask,
  type DirectoryDataset,
  directoriesIn,
  faultText,
  indexImages,
  type TaskSizes,
  withoutTexts,
} from '../datasets/directory/index.ts';
import { packageOf } from '../datasets/scenes/artwork.ts';
import { DEFAULT_WORLD, WORLD_NAMES } from '../datasets/scenes/index.ts';
import { worldPreset } from '../datasets/scenes/presets.ts';
import { isLitter } from '../litter.ts';
import { TrainingError } from '../training/run/errors.ts';
import type { TrainingKind } from '../training/run/training-kind.ts';

export interface Dataset {
  id: string;
  type: 'scenes' | 'directory';
  description: string;
  parameters: Record<string, unknown>;
  /** Kinds of jobs that can be trained on it. */
  kinds: string[];
  /** By kind; scenes are composed as they are needed. */
  sizes: Partial<Record<DatasetTask, TaskSizes>>;
  /** The first ten. */
  faults: readonly DatasetFault[];
  faultCount: number;
}

/** Short for the first world. */
export const SCENES = 'scenes';
const RESERVED = [SCENES, ...WORLD_NAMES];

/** Worlds and directories, usable or not. */
export const datasetIds = async (dataDir: string): Promise<string[]> => [
  ...RESERVED,
  ...(await directoryNames(dataDir)),
];

/** Validates every directory: one with faults is listed with them. */
export async function listDatasets(dataDir: string, kinds: readonly TrainingKind[]): Promise<Dataset[]> {
  const worlds = WORLD_NAMES.map((id): Dataset => {
    const { styles, lattice, flips, classes, colours, backgrounds, heldOutShare, redrawn } = worldPreset(id);
    return {
      id,
      type: 'scenes',
      description:
        'Scenes composed as they are needed, with captions, questions, statements and labels that follow from them.' +
        (id === DEFAULT_WORLD ? ` "${SCENES}" is short for it.` : '') +
        (redrawn
          ? ` Drawn by others, whose sets must be installed: ${redrawn.sets.map(packageOf).join(', ')}.`
          : ''),
      parameters: {
        styles: [...styles],
        lattice,
        flips,
        classes: [...classes],
        colours: [...colours],
        backgrounds: [...backgrounds],
        held_out_share: heldOutShare,
      },
      kinds: kinds.flatMap(({ name, scenes = true }) => (scenes ? [name] : [])),
      sizes: {},
      faults: [],
      faultCount: 0,
    };
  });
  const directories: Dataset[] = [];
  for (const name of await directoryNames(dataDir)) {
    const { pictures, featureWidth, featureBoxes, sizes, faults, faultCount } = await checked(dataDir, name);
    directories.push({
      id: name,
      type: 'directory',
      description: 'A directory on the server, in the layout of LXMERT’s data.',
      parameters: { pictures, feature_width: featureWidth ?? null, feature_boxes: featureBoxes ?? null },
      kinds: kinds.flatMap(({ name: kind, task, pictures: any, boxes }) => {
        const reads = task !== undefined && sizes[task] && (boxes || featureBoxes === undefined);
        return reads || (any && pictures === 'images') ? [kind] : [];
      }),
      ...{ sizes, faults, faultCount },
    });
  }
  return [...worlds, ...directories];
}

async function directoryNames(dataDir: string): Promise<string[]> {
  const names = await readdir(directoriesIn(dataDir)).catch(() => [] as string[]);
  const kept: string[] = [];
  for (const name of names.sort()) {
    const found = await stat(join(directoriesIn(dataDir), name)).catch(() => undefined);
    if (found?.isDirectory() && !isLitter(name)) kept.push(name);
  }
  return kept;
}

/** Whether the name is one of the composed worlds', which have no files. */
export const isComposed = (id: string): boolean => RESERVED.includes(id);

/**
 * Nobody may be training on it. Where the directory is a link, the link goes and what it leads to stays.
 * @returns false when there is no such directory
 */
export async function removeDataset(dataDir: string, id: string): Promise<boolean> {
  if (!(await directoryNames(dataDir)).includes(id)) return false;
  const hidden = join(directoriesIn(dataDir), `.${id}.${randomUUID()}.removed`);
  try {
    // Gone at once for whoever looks, however many pictures there are.
    await rename(join(directoriesIn(dataDir), id), hidden);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  await rm(hidden, { recursive: true, force: true });
  return true;
}

export interface ResolvedDataset {
  /** By which training knows it. */
  name: string;
  /** Left out for scenes. */
  directory?: DirectoryDataset;
}

/**
 * @param again read it, though it was found to be without faults and looks the same
 * @throws TrainingError dataset_unusable: it is not there, cannot be used for this kind, or has faults (the first ten)
 */
export async function resolveDataset(
  id: string,
  kind: TrainingKind,
  dataDir: string,
  { again = false } = {},
): Promise<ResolvedDataset> {
  const refuse = (message: string): never => {
    throw new TrainingError('dataset_unusable', message, { subject: 'dataset' });
  };
  if (kind.scenes === false && RESERVED.includes(id))
    refuse(`${kind.name} is for a folder in DATA_DIR/datasets, not for composed scenes: name one.`);
  if (id === SCENES) return { name: DEFAULT_WORLD };
  if (WORLD_NAMES.includes(id)) return { name: id };
  const names = await directoryNames(dataDir);
  if (!names.includes(id) || !DATASET_NAME.test(id)) {
    refuse(`There is no data set "${id}". Choose one of ${[...RESERVED, ...names].join(', ')}.`);
  }
  if (kind.pictures) return { name: id, directory: await picturesAlone(dataDir, id, refuse) };
  if (kind.task === undefined)
    refuse(`${kind.name} is trained on scenes alone: choose one of ${RESERVED.join(', ')}.`);
  const directory = again
    ? await checkDirectory(join(directoriesIn(dataDir), id), RESERVED)
    : await checked(dataDir, id);
  const { faults, faultCount, sizes } = directory;
  if (faultCount > 0) {
    const which =
      faultCount > faults.length ? `${faultCount} faults, the first ${faults.length} are` : 'faults';
    refuse([`The data set "${id}" has ${which}:`, ...faults.map(faultText)].join('\n'));
  }
  if (directory.featureBoxes !== undefined && !kind.boxes) {
    refuse(
      `The data set "${id}" has features of ${directory.featureBoxes} boxes, and ${kind.name} sees a grid: fine-tune on it ` +
        '(vqa, gqa, nlvr2), or give it features of a grid, or images alone.',
    );
  }
  if (kind.task !== undefined && !sizes[kind.task]) {
    const task = kind.task === 'pretrain' ? 'lxmert' : kind.task;
    refuse(`The data set "${id}" has nothing for ${kind.name}: no folder ${task} with JSON files.`);
  }
  return { name: id, directory };
}

/** For a kind that reads no texts: they may be missing, or wrong. */
async function picturesAlone(
  dataDir: string,
  name: string,
  refuse: (message: string) => never,
): Promise<DirectoryDataset> {
  const folder = join(directoriesIn(dataDir), name);
  const images = await indexImages(folder);
  if (images.size === 0) refuse(`The data set "${name}" has no picture in its folder images.`);
  return withoutTexts({ name, folder, pictures: 'images', featureWidth: undefined, featureBoxes: undefined });
}

/** What was read of directories without faults; whoever mends a fault wants it to be seen. */
const faultless = new Map<string, { fingerprint: string; directory: DirectoryDataset }>();
const reading = new Map<string, Promise<DirectoryDataset>>();

/** As `checkDirectory`, once for all who ask at a time, and not again for what has not changed. */
function checked(dataDir: string, name: string): Promise<DirectoryDataset> {
  const folder = join(directoriesIn(dataDir), name);
  const running = reading.get(folder);
  if (running) return running;
  const started = read(folder).finally(() => reading.delete(folder));
  reading.set(folder, started);
  return started;
}

async function read(folder: string): Promise<DirectoryDataset> {
  const fingerprint = await fingerprintOf(folder);
  const known = faultless.get(folder);
  if (known?.fingerprint === fingerprint) return known.directory;
  faultless.delete(folder);
  const directory = await checkDirectory(folder, RESERVED);
  if (directory.faultCount === 0) faultless.set(folder, { fingerprint, directory });
  return directory;
}

/**
 * Times of the folders and of the files that are not pictures. A picture that is overwritten in place does not show:
 * training reads the data set again.
 */
async function fingerprintOf(folder: string): Promise<string> {
  const lines: string[] = [];
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const opened = await opendir(next).catch(() => undefined);
    lines.push(`${next} ${(await stat(next).catch(() => undefined))?.mtimeMs}`);
    for await (const entry of opened ?? []) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else if (/\.(json|h5|hdf5|pkl)$/.test(entry.name)) {
        const found = await stat(path).catch(() => undefined);
        lines.push(`${path} ${found?.size} ${found?.mtimeMs}`);
      }
    }
  }
  return lines.sort().join('\n');
}
