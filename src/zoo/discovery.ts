/**
 * Which checkpoints are hosted: every `<root>/<model>/<variant>/manifest.json` of the checkpoint folders.
 * The folders are searched in the order given (shipped ones first); a later checkpoint with a path or an id
 * that is taken is a problem, not a replacement.
 */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isLitter } from '../litter.ts';
import { readJsonFile } from '../text.ts';
import { hashFile } from './file-hashes.ts';
import { CONFIG_FILE, type Manifest, readManifest } from './manifest.ts';
import { readWeightShapes } from './weights.ts';

export interface ZooEntry {
  id: string;
  /** `<model>/<variant>`, by which other checkpoints name it as a component. */
  path: string;
  /** Absolute. */
  folder: string;
  manifest: Manifest;
  /** sha256 over the names and contents of its files and the revisions of its components, in hexadecimal. */
  revision: string;
  /** The same without its components. */
  contents: string;
  /** Numbers in its weight files, components included. */
  parameters: number;
  /** Cells on a side of the grid of a model that paints, as its config says. */
  grid?: number;
  /** What it paints with, where a request names no strategy, as its config says. */
  sampler?: string;
  /** What a model that answers or judges was fine-tuned on, as its config says. */
  head?: string;
  /** Role → entry, as `manifest.components` names them. */
  components: Partial<Record<ComponentRole, ZooEntry>>;
}

/** Where a checkpoint and its components lie: what loaders take. */
export function sourceOf({ id, folder, components }: ZooEntry): {
  id: string;
  folder: string;
  /** Role → folder. */
  components: Record<string, string>;
} {
  const folders = Object.entries(components).map(([role, component]) => [role, component.folder]);
  return { id, folder, components: Object.fromEntries(folders) };
}

export type ComponentRole = keyof NonNullable<Manifest['components']>;

/** A folder that looks like a checkpoint and cannot be hosted. */
interface ZooProblem {
  /** The manifest's id where it could be read, else made of the path. */
  id: string;
  folder: string;
  reason: string;
}

export interface ZooContents {
  entries: ZooEntry[];
  problems: ZooProblem[];
}

/** Scans again on every call; files that did not change are not hashed twice, whoever asks. */
export interface Zoo {
  scan(): Promise<ZooContents>;
}

interface Found {
  path: string;
  folder: string;
  manifest: Manifest;
}

export function createZoo(roots: readonly string[]): Zoo {
  async function scan(): Promise<ZooContents> {
    const { found, problems } = await findManifests(roots);
    const byPath = new Map(found.map((f) => [f.path, f]));
    const resolved = new Map<string, Promise<ZooEntry>>();

    /** `trail`: the paths that led here, so that a component circle is an error and not a deadlock. */
    function resolveEntry(path: string, trail: readonly string[]): Promise<ZooEntry> {
      if (trail.includes(path)) throw new Error(`components form a circle: ${[...trail, path].join(' → ')}`);
      const known = resolved.get(path);
      if (known) return known;
      const entry = buildEntry(byPath.get(path)!, trail);
      resolved.set(path, entry);
      return entry;
    }

    async function buildEntry(
      { path, folder, manifest }: Found,
      trail: readonly string[],
    ): Promise<ZooEntry> {
      const hash = createHash('sha256');
      let parameters = 0;
      for (const file of [...new Set([CONFIG_FILE, ...manifest.files])].sort()) {
        const sha256 = await hashFile(join(folder, file)).catch((cause) => {
          throw new Error(`file ${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`, {
            cause,
          });
        });
        hash.update(`${file}\0${sha256}\n`);
        if (file.endsWith('.safetensors')) {
          const shapes = await readWeightShapes(join(folder, file));
          for (const shape of Object.values(shapes)) parameters += shape.reduce((size, d) => size * d, 1);
        }
      }
      const contents = hash.copy().digest('hex');
      const components: ZooEntry['components'] = {};
      for (const [role, componentPath] of Object.entries(manifest.components ?? {}).sort()) {
        if (!byPath.has(componentPath)) throw new Error(`component ${role}: no checkpoint ${componentPath}`);
        const component = await resolveEntry(componentPath, [...trail, path]).catch((cause) => {
          throw new Error(`component ${role}: ${(cause as Error).message}`, { cause });
        });
        components[role as ComponentRole] = component;
        hash.update(`${role}\0${component.revision}\n`);
        parameters += component.parameters;
      }
      const facts = await readFacts(folder);
      return {
        id: manifest.id,
        path,
        folder,
        manifest,
        revision: hash.digest('hex'),
        contents,
        parameters,
        ...facts,
        components,
      };
    }

    const entries: ZooEntry[] = [];
    for (const { path, folder, manifest } of found) {
      try {
        entries.push(await resolveEntry(path, []));
      } catch (error) {
        problems.push({ id: manifest.id, folder, reason: (error as Error).message });
      }
    }
    const order = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
    return { entries: entries.sort(order), problems: problems.sort(order) };
  }

  return { scan };
}

/** What is wrong with a config is said by who loads the model. */
async function readFacts(folder: string): Promise<Pick<ZooEntry, 'grid' | 'sampler' | 'head'>> {
  const config = (await readJsonFile(join(folder, CONFIG_FILE)).catch(() => null)) as Record<string, unknown>;
  const { grid, sampler, head } = config ?? {};
  return {
    ...(typeof grid === 'number' && { grid }),
    ...(typeof sampler === 'string' && { sampler }),
    ...(typeof head === 'string' && { head }),
  };
}

async function findManifests(roots: readonly string[]): Promise<{ found: Found[]; problems: ZooProblem[] }> {
  const found: Found[] = [];
  const problems: ZooProblem[] = [];
  for (const root of roots) {
    for (const model of await folders(root)) {
      for (const variant of await folders(join(root, model))) {
        const path = `${model}/${variant}`;
        const folder = resolve(root, model, variant);
        let id = `${model}-${variant}`;
        try {
          const manifest = await readManifest(folder);
          id = manifest.id;
          const twin = found.find((f) => f.path === path || f.manifest.id === id);
          if (twin) throw new Error(`its id or path is taken by ${twin.folder}`);
          found.push({ path, folder, manifest });
        } catch (error) {
          // A folder without a manifest is not a checkpoint: one that is being written, say.
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
          // Ids stay unique in lists: a twin is named by where it lies.
          const taken = found.some((f) => f.manifest.id === id);
          problems.push({ id: taken ? folder : id, folder, reason: (error as Error).message });
        }
      }
    }
  }
  return { found, problems };
}

/** Names of the folders in a folder, sorted; none when it does not exist. */
async function folders(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  return entries
    .filter((e) => (e.isDirectory() || e.isSymbolicLink()) && !isLitter(e.name))
    .map((e) => e.name)
    .sort();
}
