/**
 * What goes without saying. People leave a colour or a place out of a caption when it is the one that everybody
 * expects; so do the captions here, and a model that reads 'a boat' then has something to expect.
 */
import type { Kind, ObjectClass } from './catalogue.ts';
import type { Style } from './scene.ts';

/** The style of a picture whose caption names none, where a world has several. */
export const USUAL_STYLE: Style = 'noto';

const COLOUR: Readonly<Record<string, string>> = {
  bird: 'blue',
  butterfly: 'orange',
  fish: 'orange',
  car: 'red',
  bus: 'yellow',
  truck: 'blue',
  motorcycle: 'red',
  balloon: 'red',
  flower: 'red',
  chair: 'blue',
  umbrella: 'purple',
  book: 'blue',
  ball: 'orange',
  shirt: 'blue',
  hat: 'blue',
  backpack: 'red',
  cup: 'green',
  apple: 'red',
};

const PLACE: Readonly<Record<Kind, string>> = {
  person: 'grass',
  animal: 'grass',
  vehicle: 'road',
  aircraft: 'sky',
  drifter: 'sky',
  boat: 'sea',
  furniture: 'room',
  building: 'grass',
  plant: 'grass',
  thing: 'room',
};

/** The usual colour of a class that comes in colours; undefined of others. */
export const usualColour = ({ name }: ObjectClass): string | undefined => COLOUR[name];

/** Name of the background where one expects it. */
export const usualPlace = ({ kind }: ObjectClass): string => PLACE[kind];

/** Noun, singular and plural → the usual colour of what comes in colours. */
export function unsaidColours(
  classes: readonly ObjectClass[],
  colours: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    classes.flatMap((item) => {
      const colour = item.coloured && usualColour(item);
      if (colour === undefined || !colours.includes(colour)) return [];
      return item.nouns.flatMap(([one, several]) => [
        [one, colour],
        [several, colour],
      ]);
    }),
  );
}
