/**
 * How well a model paints what captions say, beside what could be had at best and what comes for nothing:
 *
 * - real: the captions' own scenes. What the recogniser loses here is its own fault.
 * - reconstruction: the scenes' true codes (or features) through the generator. What is lost here is lost before any
 *   sampling.
 * - a sampler, such as mask-predict-4: painted from the caption alone.
 * - other captions: real pictures, each of another caption's scene. The floor.
 */
import type { Caption, Scene, World } from '../datasets/scenes/index.ts';
import { createRandom } from '../random.ts';
import type { Sampler } from '../sampling/sampler.ts';
import { type FeatureStatistics, featureStatistics, frechetDistance } from './frechet-distance.ts';
import { emptyTallies, type PaintTallies, tallyPicture } from './paint-score.ts';
import type { Recognised, Recogniser } from './recogniser.ts';

/** The model under test. Pictures are RGB bytes [size × size × 3]. */
export interface PaintingModel {
  /** One picture of each prompt. */
  paint(prompts: readonly { text: string; seed: number }[], sampler: Sampler): Promise<Uint8Array[]>;
  /** The scenes as the generator paints them from their own codes, or features where the model has no codes. */
  reconstruct(scenes: readonly Scene[]): Promise<Uint8Array[]>;
}

/** Pictures that are judged. */
export interface PaintedColumn {
  name: string;
  /** @param captions those from number `first` on; a picture of each */
  paint(captions: readonly EvaluatedCaption[], first: number): Promise<Uint8Array[]>;
  /** After the last of them. */
  close?(): Promise<void>;
}

/** What a model makes of the captions' scenes, and of the captions with a sampler. It is opened when it is needed. */
export function columnsOf(
  open: () => Promise<PaintingModel>,
  samplers: readonly { name: string; sampler: Sampler }[],
  seed: number,
): { reconstruction: PaintedColumn; painted: PaintedColumn[] } {
  return {
    reconstruction: {
      name: 'reconstruction',
      paint: async (captions) => (await open()).reconstruct(captions.map(({ scene }) => scene)),
    },
    painted: samplers.map(({ name, sampler }) => ({
      name,
      paint: async (captions, first) =>
        (await open()).paint(
          captions.map(({ text }, i) => ({ text, seed: seed + first + i })),
          sampler,
        ),
    })),
  };
}

export interface PaintEvaluationOptions {
  world: World;
  recogniser: Recogniser;
  /** Between real pictures and those of other captions. */
  columns: readonly PaintedColumn[];
  /** How many captions, each of its own test scene. */
  captions: number;
  /** Chooses the captions' wording. */
  seed: number;
  /** Real scenes that the Fréchet distance is measured from; none of them has a caption here. */
  referenceScenes: number;
  onProgress?: (column: string, done: number, total: number) => void;
}

export interface EvaluatedColumn {
  name: string;
  all: PaintTallies;
  /** The captions that ask for a class × colour × background which training never showed. */
  heldOut: PaintTallies;
  /** Distance of the recogniser's features from those of the reference scenes. */
  frechetDistance: number;
}

export interface EvaluatedCaption extends Caption {
  scene: Scene;
  heldOut: boolean;
}

export interface PaintEvaluation {
  captions: EvaluatedCaption[];
  columns: EvaluatedColumn[];
  /** The first pictures of every column, to look at. */
  pictures: Uint8Array[][];
}

const CHUNK = 64;
const KEPT_PICTURES = 24;

export async function evaluatePainting(options: PaintEvaluationOptions): Promise<PaintEvaluation> {
  const { world, recogniser, seed } = options;
  const captions = testCaptions(world, options.captions, seed);
  const scenes = captions.map(({ scene }) => scene);
  const reference = await referenceStatistics(options);
  const columns: EvaluatedColumn[] = [];
  const pictures: Uint8Array[][] = [];

  async function measureColumn({ name, paint, close }: PaintedColumn): Promise<void> {
    const all = emptyTallies();
    const heldOut = emptyTallies();
    const features: Float32Array[] = [];
    const kept: Uint8Array[] = [];
    let width = 1;
    for (let first = 0; first < captions.length; first += CHUNK) {
      const group = captions.slice(first, first + CHUNK);
      const painted = await paint(group, first);
      const look = await recogniser.recognise(painted);
      for (const [i, caption] of group.entries()) {
        tallyPicture(world, caption.facts, look.recognitions[i]!, all);
        if (caption.heldOut) tallyPicture(world, caption.facts, look.recognitions[i]!, heldOut);
      }
      features.push(look.features);
      width = look.width;
      kept.push(...painted.slice(0, Math.max(0, KEPT_PICTURES - kept.length)));
      options.onProgress?.(name, first + group.length, captions.length);
    }
    const { distance } = frechetDistance(reference, statisticsOf(features, width));
    columns.push({ name, all, heldOut, frechetDistance: distance });
    pictures.push(kept);
    await close?.();
  }

  const rendered = (name: string, of: readonly Scene[]): PaintedColumn => ({
    name,
    paint: async (group, first) => of.slice(first, first + group.length).map((scene) => world.render(scene)),
  });
  const others = [...scenes.slice(1), scenes[0]!];
  const all = [rendered('real', scenes), ...options.columns, rendered('other captions', others)];
  for (const column of all) await measureColumn(column);
  return { captions, columns, pictures };
}

/** One caption of each of the test scenes from the first one on. */
export function testCaptions(world: World, count: number, seed: number, first = 0): EvaluatedCaption[] {
  return Array.from({ length: count }, (_, i) => {
    const scene = world.scene('test', first + i);
    const [caption] = world.captions(scene, createRandom(`evaluate/${seed}/${first + i}`), 1);
    return { ...caption!, scene, heldOut: asksForHeldOut(world, caption!) };
  });
}

/** A caption that leaves out colour or background does not ask for the composition, though its scene has it. */
function asksForHeldOut(world: World, { facts }: Caption): boolean {
  const { background } = facts;
  if (background === null) return false;
  return facts.objects.some(({ classId, colourId, anyOf }) => {
    if (anyOf) return false;
    const colour = colourId ?? (world.coloured(classId) ? null : 0);
    return colour !== null && world.heldOut(classId, colour, background);
  });
}

async function referenceStatistics(options: PaintEvaluationOptions): Promise<FeatureStatistics> {
  const { world, recogniser, captions, referenceScenes } = options;
  const looks: Recognised[] = [];
  for (let first = 0; first < referenceScenes; first += CHUNK) {
    const count = Math.min(CHUNK, referenceScenes - first);
    const pictures = Array.from({ length: count }, (_, i) =>
      world.render(world.scene('test', captions + first + i)),
    );
    looks.push(await recogniser.recognise(pictures));
    options.onProgress?.('reference scenes', first + count, referenceScenes);
  }
  return statisticsOf(
    looks.map(({ features }) => features),
    looks[0]!.width,
  );
}

function statisticsOf(parts: readonly Float32Array[], width: number): FeatureStatistics {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return featureStatistics(all, width);
}
