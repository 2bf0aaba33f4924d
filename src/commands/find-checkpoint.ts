/** Checkpoints and runs as flags of commands name them. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import { type ComponentRole, createZoo, type ZooEntry } from '../zoo/discovery.ts';
import type { Architecture } from '../zoo/manifest.ts';

/** @throws UsageError unless it is there and of one of these architectures */
export type Find = (flag: string, reference: string, ...architectures: Architecture[]) => ZooEntry;

/** Models of codes paint and caption; fine-tuned, all four answer. */
export const OF_CODES = ['x-lxmert', 'x-uniter'] as const;

/** Models of features paint by regression. */
export const OF_FEATURES = ['lxmert', 'uniter'] as const;

/** Where checkpoints lie, and runs whose results are some. */
export const rootsOf = ({
  checkpointsDir,
  dataDir,
}: Pick<Config, 'checkpointsDir' | 'dataDir'>): string[] => [
  checkpointsDir,
  join(dataDir, 'checkpoints'),
  join(dataDir, 'runs'),
];

/** Checkpoints by id or path, runs by their name. */
export async function findIn(config: Pick<Config, 'checkpointsDir' | 'dataDir'>): Promise<Find> {
  const { entries, problems } = await createZoo(rootsOf(config)).scan();
  return (flag, reference, ...architectures) => {
    const paths = [reference, `${reference}/result`];
    const entry = entries.find(({ id, path }) => id === reference || paths.includes(path));
    if (!entry) {
      const broken = problems.find(({ id, folder }) => id === reference || folder.endsWith(`/${reference}`));
      const known = entries
        .filter(({ manifest }) => architectures.includes(manifest.architecture))
        .map(({ id }) => id);
      throw new UsageError(
        broken
          ? `${flag} ${reference} cannot be used: ${broken.reason}`
          : `${flag}: there is no checkpoint or run "${reference}". There are: ${known.join(', ') || 'none'}.`,
      );
    }
    if (!architectures.includes(entry.manifest.architecture)) {
      throw new UsageError(
        `${flag}: ${reference} is a ${entry.manifest.architecture}, not a ${architectures.join(' or ')}.`,
      );
    }
    return entry;
  };
}

export function component(model: ZooEntry, role: ComponentRole, remedy: string): ZooEntry {
  const entry = model.components[role];
  if (!entry) throw new UsageError(`${model.id} names no ${role.replace('_', ' ')}: give ${remedy}.`);
  return entry;
}
