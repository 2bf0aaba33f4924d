/** How well a recogniser sees scenes whose objects are known. */
import type { Scene, SceneObject } from '../datasets/scenes/index.ts';
import type { Detection, Recognition } from './detections.ts';

/** A seen object is the true one when its centre is this near, in pixels: half a cell of the codes' grid. */
const NEAR = 8;

export interface RecognitionScore {
  /** Share of objects seen with the right class, at the right place. */
  recall: number;
  /** Share of seen objects that are there. */
  precision: number;
  /** Share of objects seen with the right class, place and colour. */
  colour: number;
  /** Share of scenes with as many objects seen as there are. */
  count: number;
  background: number;
  /** Share of objects seen with the right class, place and style, of a recogniser that tells styles apart. */
  style?: number;
  /** Share of scenes of which everything is right. */
  all_of_it: number;
}

export function scoreRecognitions(
  scenes: readonly Scene[],
  recognitions: readonly Recognition[],
): RecognitionScore {
  const sum = { objects: 0, seen: 0, found: 0, coloured: 0, count: 0, background: 0, style: 0, all: 0 };
  let tells = false;
  for (const [i, scene] of scenes.entries()) {
    const { objects: seen, background } = recognitions[i]!;
    const matches = matchObjects(scene.objects, seen);
    const found = matches.filter((match) => match !== undefined).length;
    const coloured = matches.filter((match, o) => match?.colourId === scene.objects[o]!.colourId).length;
    const counted = seen.length === scene.objects.length;
    const placed = background === scene.background;
    tells ||= seen.some(({ style }) => style !== undefined);
    const styled = matches.filter((match, o) => match?.style === scene.objects[o]!.style).length;
    const drawn = !tells || styled === scene.objects.length;
    sum.objects += scene.objects.length;
    sum.seen += seen.length;
    sum.found += found;
    sum.coloured += coloured;
    sum.count += Number(counted);
    sum.background += Number(placed);
    sum.style += styled;
    sum.all += Number(counted && placed && drawn && coloured === scene.objects.length);
  }
  return {
    recall: sum.found / sum.objects,
    precision: sum.seen === 0 ? 1 : sum.found / sum.seen,
    colour: sum.coloured / sum.objects,
    count: sum.count / scenes.length,
    background: sum.background / scenes.length,
    ...(tells && { style: sum.style / sum.objects }),
    all_of_it: sum.all / scenes.length,
  };
}

/** For every true object the one that was seen of it; no seen object is used twice. */
function matchObjects(
  objects: readonly SceneObject[],
  seen: readonly Detection[],
): (Detection | undefined)[] {
  const free = new Set(seen);
  return objects.map((object) => {
    const match = [...free].find(
      (other) =>
        other.classId === object.classId &&
        Math.abs(other.x + other.size / 2 - object.x - object.size / 2) < NEAR &&
        Math.abs(other.y + other.size / 2 - object.y - object.size / 2) < NEAR,
    );
    if (match) free.delete(match);
    return match;
  });
}
