/** The model of the zoo that a command works with. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { PictureKind } from '../models/picture-router.ts';
import { defaultModel, dependsOnKind } from '../zoo/default-model.ts';
import { createZoo, type ZooEntry } from '../zoo/discovery.ts';
import type { Task } from '../zoo/manifest.ts';
import { OF_CODES, OF_FEATURES, rootsOf } from './find-checkpoint.ts';

const CAN: Record<Task, string> = {
  paint: 'paints',
  caption: 'captions',
  vqa: 'answers questions',
  nlvr2: 'judges statements',
};

/**
 * @param wanted its id or path, or the name of the run that made it; left out: the default model of the task
 * @param kind of the picture that it is asked about
 * @throws UsageError that says which models there are
 */
export async function findModel(
  config: Config,
  task: Task,
  wanted: string | undefined,
  kind?: PictureKind,
): Promise<ZooEntry> {
  const { checkpointsDir, dataDir } = config;
  const roots = wanted === undefined ? [checkpointsDir, join(dataDir, 'checkpoints')] : rootsOf(config);
  const { entries, problems } = await createZoo(roots).scan();
  const able = entries.filter(({ manifest }) => manifest.tasks.includes(task));
  const fallback = () =>
    defaultModel(
      able.map((one) => ({ id: one.id, tasks: one.manifest.tasks })),
      task,
      kind,
    );
  const id = wanted ?? fallback();
  const isIt = (one: ZooEntry) => one.id === id || [id, `${id}/result`].includes(one.path);
  const entry = able.find(isIt);
  if (entry) return entry;
  const ids = able.map((one) => one.id).join(', ');
  const other = entries.find(isIt);
  if (other) throw new UsageError(`${unable(other, task)}${ids && ` There is ${ids}.`}`);
  const broken = problems.map((problem) => `\n${problem.folder}: ${problem.reason}`).join('');
  const which = wanted === undefined ? 'no model' : `no model or run "${wanted}"`;
  throw new UsageError(
    `There is ${which} that ${CAN[task]} in ${checkpointsDir} and ${dataDir}${ids ? `; there is ${ids}` : ''}.${broken}`,
  );
}

/** Why a model that is there does not do it. */
function unable({ id, manifest: { tasks, architecture } }: ZooEntry, task: Task): string {
  const does = tasks.map((one) => CAN[one]).join(', ') || 'does nothing by itself';
  const isModel = [...OF_CODES, ...OF_FEATURES].includes(architecture as never);
  const blind =
    isModel && task !== 'paint' && tasks.every((one) => one === 'paint')
      ? ' To be asked about pictures it needs the picture encoder whose features it was trained on ' +
        '(--grid-encoder, when it is imported or trained), and for answers a fine-tuning or --answers.'
      : '';
  return `${id} is ${/^(x-|lxmert)/.test(architecture) ? 'an' : 'a'} ${architecture} that ${does}, not one that ${CAN[task]}.${blind}`;
}

/** What tells the kinds of pictures apart, where it matters for the task. */
export async function findRouter(
  { checkpointsDir, dataDir }: Config,
  task: Task,
): Promise<ZooEntry | undefined> {
  const { entries } = await createZoo([checkpointsDir, join(dataDir, 'checkpoints')]).scan();
  const models = entries.map(({ id, manifest: { tasks } }) => ({ id, tasks }));
  if (!dependsOnKind(models, task)) return undefined;
  return entries.find(({ manifest }) => manifest.architecture === 'picture-router');
}
