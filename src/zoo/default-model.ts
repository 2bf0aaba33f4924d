import type { PictureKind } from '../models/picture-router.ts';
import type { Task } from './manifest.ts';

/** What the shipped zoo does each task with when nobody names a model, by the kind of picture. */
const DEFAULT_MODELS: Record<Task, Partial<Record<PictureKind, string>>> = {
  paint: { scene: 'x-lxmert-scenes' },
  caption: { scene: 'x-lxmert-scenes', photograph: 'x-lxmert-photos' },
  vqa: { scene: 'x-lxmert-vqa-scenes', photograph: 'x-lxmert-vqa-photos' },
  nlvr2: { scene: 'x-lxmert-nlvr2-scenes', photograph: 'x-lxmert-nlvr2-photos' },
};

type Model = { id: string; tasks: readonly string[] };

/**
 * The shipped zoo's model for the task and the kind of picture, else its model of the drawn world, else the first that
 * can do it; undefined when none can.
 */
export function defaultModel(
  models: readonly Model[],
  task: Task,
  kind: PictureKind = 'scene',
): string | undefined {
  const able = models.filter(({ tasks }) => tasks.includes(task));
  const { [kind]: wanted, scene } = DEFAULT_MODELS[task];
  return (able.find(({ id }) => id === wanted) ?? able.find(({ id }) => id === scene) ?? able[0])?.id;
}

/** Whether it matters what a picture is: the models for both kinds are there. */
export function dependsOnKind(models: readonly Model[], task: Task): boolean {
  return defaultModel(models, task, 'scene') !== defaultModel(models, task, 'photograph');
}
