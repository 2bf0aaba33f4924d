import type { Task } from './manifest.ts';

/** What the demo zoo does each task with when nobody names a model. */
const DEFAULT_MODELS: Record<Task, string> = {
  paint: 'x-lxmert-scenes',
  caption: 'x-lxmert-scenes',
  vqa: 'x-lxmert-vqa-scenes',
  nlvr2: 'x-lxmert-nlvr2-scenes',
};

/** The demo zoo's model for the task, else the first that can do it; undefined when none can. */
export function defaultModel(
  models: readonly { id: string; tasks: readonly string[] }[],
  task: Task,
): string | undefined {
  const able = models.filter(({ tasks }) => tasks.includes(task));
  return (able.find(({ id }) => id === DEFAULT_MODELS[task]) ?? able[0])?.id;
}
