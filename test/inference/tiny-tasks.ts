/** A zoo that does all four tasks, badly: tiny models with random weights, real files. */
import { writeTinyAnswerer, writeTinyCaptioner } from '../zoo/tiny-answerer.ts';
import { writeTinyZoo } from './tiny-zoo.ts';

export const TINY = {
  paint: 'tiny',
  caption: 'tiny-captioner',
  vqa: 'tiny-vqa',
  nlvr2: 'tiny-nlvr2',
} as const;

export async function writeTinyTasks(root: string): Promise<void> {
  await writeTinyZoo(root, undefined, { grid_encoder: 'grid-encoder/tiny' });
  await writeTinyAnswerer(root, 'vqa');
  await writeTinyAnswerer(root, 'nlvr2');
  await writeTinyCaptioner(root);
}
