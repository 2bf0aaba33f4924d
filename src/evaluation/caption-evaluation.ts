/**
 * How well a model captions pictures, beside what could be had at best and what comes for nothing:
 *
 * - written: captions that the world itself writes for the scenes. They leave some things out.
 * - the model's: its caption of each picture.
 * - another picture's: the model's caption of the next scene. The floor.
 */
import type { Scene, World } from '../datasets/scenes/index.ts';
import { createRandom } from '../random.ts';
import { type CaptionTallies, emptyCaptionTallies, tallyCaption } from './caption-score.ts';

export interface WrittenCaption {
  text: string;
  /** Mean log probability of its words. */
  score: number;
}

/** The model under test: one caption of a picture [128 × 128 × 3]. */
export type CaptioningModel = (rgb: Uint8Array, seed: number) => Promise<WrittenCaption>;

export interface CaptionEvaluationOptions {
  world: World;
  caption: CaptioningModel;
  /** How many pictures: the first test scenes. */
  scenes: number;
  /** Captions of each picture, of which the one with the best score counts. */
  best: number;
  seed: number;
  onProgress?: (done: number, total: number) => void;
}

export interface CaptionColumn {
  name: string;
  all: CaptionTallies;
  /** The scenes with a class × colour × background which training never showed. */
  heldOut: CaptionTallies;
  words: number;
}

interface EvaluatedScene extends WrittenCaption {
  scene: Scene;
  picture: Uint8Array;
}

export interface CaptionEvaluation {
  scenes: EvaluatedScene[];
  columns: CaptionColumn[];
}

/** Pictures that are captioned side by side. */
const TOGETHER = 8;

export async function evaluateCaptioning(options: CaptionEvaluationOptions): Promise<CaptionEvaluation> {
  const { world, seed } = options;
  const scenes: EvaluatedScene[] = [];
  for (let first = 0; first < options.scenes; first += TOGETHER) {
    const count = Math.min(TOGETHER, options.scenes - first);
    scenes.push(
      ...(await Promise.all(Array.from({ length: count }, (_, i) => captionScene(options, first + i)))),
    );
    options.onProgress?.(first + count, options.scenes);
  }
  const written = scenes.map(
    ({ scene }) => world.captions(scene, createRandom(`evaluate/${seed}/${scene.index}`), 1)[0]!.text,
  );
  const own = scenes.map(({ text }) => text);
  return {
    scenes,
    columns: [
      column(world, scenes, 'written', written),
      column(world, scenes, 'the model’s', own),
      column(world, scenes, 'another picture’s', [...own.slice(1), own[0]!]),
    ],
  };
}

async function captionScene(
  { world, caption, best, seed }: CaptionEvaluationOptions,
  index: number,
): Promise<EvaluatedScene> {
  const scene = world.scene('test', index);
  const picture = world.render(scene);
  const captions = await Promise.all(
    Array.from({ length: best }, (_, k) => caption(picture, seed + index * best + k)),
  );
  const chosen = captions.reduce((a, b) => (b.score > a.score ? b : a));
  return { ...chosen, scene, picture };
}

function column(
  world: World,
  scenes: readonly EvaluatedScene[],
  name: string,
  texts: readonly string[],
): CaptionColumn {
  const all = emptyCaptionTallies();
  const heldOut = emptyCaptionTallies();
  let words = 0;
  for (const [i, { scene }] of scenes.entries()) {
    const read = world.readCaption(texts[i]!);
    tallyCaption(scene, read, all);
    if (scene.heldOut) tallyCaption(scene, read, heldOut);
    words += texts[i]!.split(/\s+/).length / scenes.length;
  }
  return { name, all, heldOut, words };
}
