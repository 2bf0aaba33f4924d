/** The model of the zoo that a command works with. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import { defaultModel } from '../zoo/default-model.ts';
import { createZoo, type ZooEntry } from '../zoo/discovery.ts';
import type { Task } from '../zoo/manifest.ts';

const CAN: Record<Task, string> = {
  paint: 'paints',
  caption: 'captions',
  vqa: 'answers questions',
  nlvr2: 'judges statements',
};

/**
 * @param wanted its id or path; left out: the default model of the task
 * @throws UsageError that says which models there are
 */
export async function findModel(
  { checkpointsDir, dataDir }: Config,
  task: Task,
  wanted: string | undefined,
): Promise<ZooEntry> {
  const { entries, problems } = await createZoo([checkpointsDir, join(dataDir, 'checkpoints')]).scan();
  const able = entries.filter(({ manifest }) => manifest.tasks.includes(task));
  const fallback = () =>
    defaultModel(
      able.map((one) => ({ id: one.id, tasks: one.manifest.tasks })),
      task,
    );
  const id = wanted ?? fallback();
  const entry = able.find((one) => one.id === id || one.path === id);
  if (entry) return entry;
  const broken = problems.map((problem) => `\n${problem.folder}: ${problem.reason}`).join('');
  const ids = able.map((one) => one.id).join(', ');
  const which = wanted === undefined ? 'no model' : `no model "${wanted}"`;
  throw new UsageError(
    `There is ${which} that ${CAN[task]} in ${checkpointsDir}${ids ? `; there is ${ids}` : ''}.${broken}`,
  );
}

/** What a loader takes. */
export function sourceOf(entry: ZooEntry): {
  id: string;
  folder: string;
  components: Record<string, string>;
} {
  const components: Record<string, string> = {};
  for (const [role, { folder }] of Object.entries(entry.components)) components[role] = folder;
  return { id: entry.id, folder: entry.folder, components };
}
