/**
 * What a scene is: the graph that comes before the pixels. Everything else (picture, labels, captions,
 * questions) follows from it, so that none of them can disagree with another.
 */
import { GRID } from '../../grid.ts';

export type Split = 'train' | 'validation' | 'test';
export type Style = 'noto' | 'fluent';

/** Width and height of a picture, in pixels. */
export const IMAGE_SIZE = 128;
/** Side of a cell of the grid, in pixels. */
export const CELL = IMAGE_SIZE / GRID;

export interface SceneObject {
  /** Index into `world.classes`. */
  classId: number;
  /** Index into `world.colours`; 0 means the drawing's own colours. */
  colourId: number;
  /** Top left corner of the object's square, in pixels. */
  x: number;
  y: number;
  /** Edge of the square, in pixels. */
  size: number;
  style: Style;
  /** Mirrored left to right. */
  flip: boolean;
}

/** Objects of one class and colour: what a noun phrase speaks of ('two red cars'). */
export interface SceneGroup {
  classId: number;
  colourId: number;
  /** Indices into `scene.objects`. */
  members: number[];
}

export type Relation =
  | 'left of'
  | 'right of'
  | 'above'
  | 'below'
  | 'next to'
  | 'riding'
  | 'sitting on'
  | 'flying over';

/** A relation between two groups that holds for every pair of their members. */
export interface SceneRelation {
  subject: number;
  relation: Relation;
  object: number;
}

export interface Scene {
  split: Split;
  index: number;
  /** Index into `world.backgrounds`. */
  background: number;
  /** In drawing order: a later one covers an earlier one. */
  objects: SceneObject[];
  /** One to three; together they hold every object once. No two have the same class and colour. */
  groups: SceneGroup[];
  /** Every relation that is true of the scene (subject and object index `groups`). */
  relations: SceneRelation[];
  /** True when an object's class × colour × background never occurs in the training split. */
  heldOut: boolean;
}

/** What a caption claims. Each claim is exactly true of the scene it was written for. */
export interface Facts {
  objects: {
    classId: number;
    /** null when the caption does not say. */
    colourId: number | null;
    /** Exactly this many objects of that class (and colour, when given) are in the scene. */
    count: number;
    /** Set when the caption's word covers several classes ('person'): any of them will do. */
    anyOf?: number[];
  }[];
  /** Indices into `objects` of these facts. */
  relation?: { subject: number; relation: Relation; object: number };
  /** Index into `world.backgrounds`, null when the caption does not say. */
  background: number | null;
  /** Left out when the caption does not say. */
  style?: Style;
}

export interface Caption {
  text: string;
  facts: Facts;
}

export interface CellLabels {
  /** 0 = background, otherwise classId + 1. [64] */
  object: Int32Array;
  /** 0 = background or natural, otherwise colourId. [64] */
  colour: Int32Array;
  /** 0 = background, otherwise 1..9: the place inside the object's square, row by row of 3 × 3. [64] */
  part: Int32Array;
}

type QuestionType = 'what' | 'colour' | 'count' | 'where' | 'yes/no' | 'relation';

export interface Question<Type = QuestionType> {
  question: string;
  /** One of `world.answers`. */
  answer: string;
  type: Type;
}

/** GQA's structural types (Hudson and Manning 2019). */
export type StructuralType = 'query' | 'verify' | 'choose' | 'logical' | 'compare';

export type StatementType = 'count' | 'presence' | 'colour' | 'background' | 'comparison';
