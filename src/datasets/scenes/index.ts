/**
 * The demo world: pictures of one to four objects on a background, composed from emoji, with captions,
 * questions, statements and per-cell labels that all follow from the same scene graph.
 */
import type { Random } from '../../random.ts';
import type { Caption, CellLabels, Question, Scene, Split, Statement } from './scene.ts';

export * from './scene.ts';

export interface World {
  name: string;
  /** Singular names; a SceneObject's classId is an index. */
  classes: readonly string[];
  /** colours[0] is 'natural'. */
  colours: readonly string[];
  backgrounds: readonly string[];
  /** Every answer that `questions` can give. */
  answers: readonly string[];
  /** Deterministic: the same world, split and index are the same scene. */
  scene(split: Split, index: number): Scene;
  /** [128 × 128 × 3] RGB bytes, row by row. */
  render(scene: Scene): Uint8Array;
  cellLabels(scene: Scene): CellLabels;
  /** `count` different captions (3 unless told), in random order, each with what it claims. */
  captions(scene: Scene, random: Random, count?: number): Caption[];
  questions(scene: Scene, random: Random): Question[];
  /** A statement about two pictures and whether it is true. */
  statement(left: Scene, right: Scene, random: Random): Statement;
  /** The plain sentences alone; `captions` gives the facts too. */
  vocabulary(): string[];
}

export declare function loadWorld(name: string): Promise<World>;
