/** The models that are checked: those of the demo, shipped, and those of the paper's size, with random weights. */
import { fileURLToPath } from 'node:url';
import { sceneVocabulary } from '../../src/datasets/scenes/index.ts';
import { paperSizeFinetuned, paperSizeModel } from '../../src/evaluation/paper-size.ts';
import type { FinetunedParts } from '../../src/inference/pipelines/finetuned.ts';
import { loadFinetunedCheckpoint } from '../../src/zoo/answer-checkpoint.ts';
import { createZoo, sourceOf } from '../../src/zoo/discovery.ts';
import { loadPaintCheckpoint, type PaintCheckpoint } from '../../src/zoo/paint-checkpoint.ts';

export const checkpointsDir = fileURLToPath(new URL('../../checkpoints', import.meta.url));

export const SIZES = ['demo', 'published'] as const;
export type Size = (typeof SIZES)[number];

export async function painterOf(size: Size): Promise<PaintCheckpoint> {
  if (size === 'published') return { id: 'published', ...paperSizeModel(sceneVocabulary(), 0) };
  return loadPaintCheckpoint(sourceOf(await entryOf('x-lxmert-scenes')));
}

export async function finetunedOf(size: Size, head: 'vqa' | 'nlvr2'): Promise<FinetunedParts> {
  if (size === 'published') return { ...paperSizeFinetuned(head), vocabulary: [] };
  return loadFinetunedCheckpoint((await entryOf(`x-lxmert-${head}-scenes`)).folder);
}

async function entryOf(id: string) {
  const entry = (await createZoo([checkpointsDir]).scan()).entries.find((one) => one.id === id);
  if (!entry) throw new Error(`there is no ${id} in ${checkpointsDir}`);
  return entry;
}
