/** Checkpoints and runs as flags of commands name them. */
import { UsageError } from '../errors.ts';
import { createZoo, type ZooEntry } from '../zoo/discovery.ts';

export type Find = (flag: string, reference: string, architecture: string) => ZooEntry;

/** Checkpoints by id or path, runs by their name. */
export async function findIn(roots: string[]): Promise<Find> {
  const { entries, problems } = await createZoo(roots).scan();
  return (flag, reference, architecture) => {
    const paths = [reference, `${reference}/result`];
    const entry = entries.find(({ id, path }) => id === reference || paths.includes(path));
    if (!entry) {
      const broken = problems.find(({ id, folder }) => id === reference || folder.endsWith(`/${reference}`));
      const known = entries
        .filter(({ manifest }) => manifest.architecture === architecture)
        .map(({ id }) => id);
      throw new UsageError(
        broken
          ? `${flag} ${reference} cannot be used: ${broken.reason}`
          : `${flag}: there is no checkpoint or run "${reference}". There are: ${known.join(', ') || 'none'}.`,
      );
    }
    if (entry.manifest.architecture !== architecture) {
      throw new UsageError(
        `${flag}: ${reference} is a ${entry.manifest.architecture}, not a ${architecture}.`,
      );
    }
    return entry;
  };
}

export function component(model: ZooEntry, role: 'generator' | 'grid_encoder', remedy: string): ZooEntry {
  const entry = model.components[role];
  if (!entry) throw new UsageError(`${model.id} names no ${role.replace('_', ' ')}: give ${remedy}.`);
  return entry;
}

export function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text.trim()) && value >= least && value <= most) return value;
  throw new UsageError(`${flag} "${text}" must be a whole number from ${least} to ${most}.`);
}
