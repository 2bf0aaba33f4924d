/**
 * The demo world: pictures of one to four objects on a background, composed from emoji, with captions,
 * questions, statements and per-cell labels that all follow from the same scene graph.
 */
import { keepLast } from '../../keep-last.ts';
import type { Random } from '../../random.ts';
import { mirror, renderBackgrounds, renderSprites, type Sprite } from './artwork.ts';
import { BACKGROUNDS } from './backgrounds.ts';
import { captionScene } from './captions.ts';
import { CATALOGUE } from './catalogue.ts';
import { type Artwork, labelCells, renderScene } from './compose.ts';
import { askCompositionally } from './compositional-questions.ts';
import { type Cast, composeScene, isHeldOut } from './layout.ts';
import { COLOURS, type SceneWorld, worldPreset } from './presets.ts';
import { answersOf, askQuestions } from './questions.ts';
import { type CaptionReader, captionReader } from './read-caption.ts';
import { redrawer } from './redraw.ts';
import { holds, type Square } from './relations.ts';
import {
  type Caption,
  type CellLabels,
  IMAGE_SIZE,
  type Question,
  type Relation,
  type Scene,
  type Split,
  type StructuralType,
  type Style,
} from './scene.ts';
import { type StatementSource, statementSource } from './statements.ts';
import { unsaidColours } from './usual.ts';
import { sceneVocabulary } from './vocabulary.ts';

export { DEFAULT_WORLD, WORLD_NAMES } from './presets.ts';
export type { ReadCaption } from './read-caption.ts';
export * from './scene.ts';
export type { Contrast, ScenePair, StatementSource } from './statements.ts';
export { sceneVocabulary };

export interface World {
  name: string;
  preset: SceneWorld;
  /** Singular names; a SceneObject's classId is an index. */
  classes: readonly string[];
  /** colours[0] is 'natural'. */
  colours: readonly string[];
  backgrounds: readonly string[];
  /** Every answer that `questions` can give. */
  answers: readonly string[];
  /** Deterministic: the same world, split and index are the same scene. */
  scene(split: Split, index: number): Scene;
  /** Pixels of a side of a picture. */
  side: number;
  /** [side × side × 3] RGB bytes, row by row. */
  render(scene: Scene): Uint8Array;
  /** As the demo zoo draws it, where `render` has other hands. */
  renderUsual(scene: Scene): Uint8Array;
  cellLabels(scene: Scene): CellLabels;
  /** `count` different captions (3 unless told), each with what it claims. */
  captions(scene: Scene, random: Random, count?: number): Caption[];
  /** What a text claims, by the grammar of the captions. */
  readCaption: CaptionReader;
  questions(scene: Scene, random: Random): Question[];
  /** Questions of more than one step, as in GQA; a scene may have none. */
  compositionalQuestions(scene: Scene, random: Random): Question<StructuralType>[];
  /** Statements about pairs of the first `count` scenes of a split. */
  statements(split: Split, count: number): StatementSource;
  /** Whether a relation is true of two squares, by geometry and by what the classes may do. */
  holds(relation: Relation, a: Square & { classId: number }, b: Square & { classId: number }): boolean;
  /** Noun → the colour that captions leave out before it, where it is the usual one. */
  unsaid: Readonly<Record<string, string>>;
  /** Whether this class may come in colours. */
  coloured(classId: number): boolean;
  heldOut(classId: number, colourId: number, background: number): boolean;
  /** WordPiece vocabulary, the same for every world. */
  vocabulary(): string[];
}

/** A few worlds: rendering one takes a second, and a run asks for it several times. */
const keptWorld = keepLast<World>(4);

/**
 * Renders the world's drawings and gives its scenes; the last few are kept.
 * @param side pixels of a side of what is rendered: a multiple of 128
 * @throws Fault for a name that does not exist, or drawings that are not installed
 */
export const loadWorld = (name: string, side = IMAGE_SIZE): Promise<World> =>
  keptWorld(`${name} ${side}`, () => renderWorld(name, side));

async function renderWorld(name: string, side: number): Promise<World> {
  const preset = worldPreset(name);
  const classes = CATALOGUE.filter((item) => preset.classes.includes(item.name));
  const colours = ['natural', ...preset.colours];
  const backgrounds = BACKGROUNDS.filter((item) => preset.backgrounds.includes(item.name));
  const cast: Cast = { preset, classes, colours, backgrounds };
  const palette = colours.map((colour) => COLOURS[colour] ?? '');
  const artwork = await loadArtwork(cast, palette, 1);
  const large = side === IMAGE_SIZE ? artwork : await loadArtwork(cast, palette, side / IMAGE_SIZE);
  const renderUsual = (scene: Scene): Uint8Array => renderScene(scene, large);

  return {
    name,
    preset,
    side,
    classes: classes.map((item) => item.name),
    colours,
    backgrounds: backgrounds.map((item) => item.name),
    answers: answersOf(cast),
    scene: (split, index) => composeScene(cast, split, index),
    render: preset.redrawn ? await redrawer(preset.redrawn, name, classes, palette, large) : renderUsual,
    renderUsual,
    cellLabels: (scene) => labelCells(scene, artwork),
    captions: (scene, random, count = 3) => captionScene(cast, scene, random, count),
    readCaption: captionReader(cast),
    questions: (scene, random) => askQuestions(cast, scene, random),
    compositionalQuestions: (scene, random) => askCompositionally(cast, scene, random),
    statements: (split, count) => statementSource(cast, split, count),
    holds: (relation, a, b) => holds(relation, a, b, classes[a.classId]!, classes[b.classId]!),
    unsaid: unsaidColours(classes, colours),
    coloured: (classId) => classes[classId]!.coloured !== undefined,
    heldOut: (classId, colourId, background) => isHeldOut(cast, classId, colourId, background),
    vocabulary: sceneVocabulary,
  };
}

async function loadArtwork(
  { preset, classes, backgrounds }: Cast,
  palette: readonly string[],
  scale: number,
): Promise<Artwork> {
  const drawn = await renderBackgrounds(backgrounds, IMAGE_SIZE * scale);
  const plain = new Map<Style, Sprite[][]>();
  const mirrored = new Map<Style, Sprite[][]>();
  for (const style of preset.styles) {
    const sprites = await renderSprites(style, classes, palette, scale);
    plain.set(style, sprites);
    if (preset.flips)
      mirrored.set(
        style,
        sprites.map((row) => row.map(mirror)),
      );
  }
  return {
    scale,
    backgrounds: drawn,
    sprite({ classId, colourId, style, flip }) {
      const sprite = (flip ? mirrored : plain).get(style)?.[classId]?.[colourId];
      if (!sprite)
        throw new Error(`No sprite for class ${classId}, colour ${colourId}, ${style} (flip: ${flip}).`);
      return sprite;
    },
  };
}
