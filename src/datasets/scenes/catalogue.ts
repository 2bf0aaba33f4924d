/**
 * The object classes of the demo world: which drawing, how large, whether it comes in colours, what it may do,
 * and the words people use for it. The order of this list never changes (class ids follow it); a world picks
 * classes by name.
 */

/** What decides an object's verbs. */
export type Kind =
  | 'person'
  | 'animal'
  | 'vehicle'
  | 'aircraft'
  | 'drifter'
  | 'boat'
  | 'furniture'
  | 'building'
  | 'plant'
  | 'thing';

/** Singular, plural, and how often it is said next to the class's other words. */
type Noun = readonly [singular: string, plural: string, weight?: number];

export interface HueRange {
  hues: readonly [from: number, to: number];
  saturation: number;
}

export interface ObjectClass {
  name: string;
  kind: Kind;
  /** Icon names in the two drawing sets. */
  artwork: { noto: string; fluent: string };
  /** Edge of the object's square in cells of 16 pixels. */
  cells: 2 | 3;
  /**
   * Set when the object comes in the world's colours: which pixels take the colour, as a range of hues in
   * degrees (may wrap past 360) and the least saturation. Pixels outside keep theirs (tyres, windows, stems).
   * `fluent` where that set draws the thing in another hue.
   */
  coloured?: HueRange & { fluent?: HueRange };
  /** Colour that replaces the drawing's own in the given hues, for classes that share a drawing. */
  dye?: HueRange & { to: string };
  /** The first is the plain name. */
  nouns: readonly Noun[];
  /** Where it belongs beside the ground: in the air always, now and then, or on water. */
  flies?: 'always' | 'sometimes';
  swims?: true;
  /** Roles in relations. */
  rides?: true;
  mount?: true;
  sits?: true;
  seat?: true;
}

const ANY: readonly [number, number] = [0, 360];

export const CATALOGUE: readonly ObjectClass[] = [
  {
    name: 'man',
    kind: 'person',
    artwork: { noto: 'man-standing', fluent: 'man-standing' },
    cells: 3,
    nouns: [
      ['man', 'men', 10],
      ['guy', 'guys', 1],
      ['gentleman', 'gentlemen', 0.4],
    ],
    rides: true,
  },
  {
    name: 'woman',
    kind: 'person',
    artwork: { noto: 'woman-standing', fluent: 'woman-standing' },
    cells: 3,
    nouns: [
      ['woman', 'women', 10],
      ['lady', 'ladies', 1.2],
    ],
    rides: true,
  },
  {
    name: 'boy',
    kind: 'person',
    artwork: { noto: 'man-running', fluent: 'man-running' },
    cells: 2,
    dye: { hues: [140, 230], saturation: 0.3, to: '#ff7a1a' },
    nouns: [
      ['boy', 'boys', 10],
      ['young boy', 'young boys', 1],
      ['little boy', 'little boys', 1],
    ],
  },
  {
    name: 'girl',
    kind: 'person',
    artwork: { noto: 'woman-running', fluent: 'woman-running' },
    cells: 2,
    dye: { hues: [230, 300], saturation: 0.25, to: '#f0388c' },
    nouns: [
      ['girl', 'girls', 10],
      ['young girl', 'young girls', 1],
      ['little girl', 'little girls', 1],
    ],
  },
  {
    name: 'giraffe',
    kind: 'animal',
    artwork: { noto: 'giraffe', fluent: 'giraffe' },
    cells: 3,
    nouns: [
      ['giraffe', 'giraffes', 10],
      ['tall giraffe', 'tall giraffes', 1],
    ],
  },
  {
    name: 'elephant',
    kind: 'animal',
    artwork: { noto: 'elephant', fluent: 'elephant' },
    cells: 3,
    nouns: [
      ['elephant', 'elephants', 10],
      ['gray elephant', 'gray elephants', 0.7],
      ['large elephant', 'large elephants', 0.7],
    ],
    mount: true,
  },
  {
    name: 'horse',
    kind: 'animal',
    artwork: { noto: 'horse', fluent: 'horse' },
    cells: 3,
    nouns: [
      ['horse', 'horses', 10],
      ['brown horse', 'brown horses', 1],
      ['pony', 'ponies', 0.4],
    ],
    mount: true,
  },
  {
    name: 'cow',
    kind: 'animal',
    artwork: { noto: 'cow', fluent: 'cow' },
    cells: 3,
    nouns: [
      ['cow', 'cows', 10],
      ['black and white cow', 'black and white cows', 0.5],
      ['bull', 'bulls', 0.3],
    ],
  },
  {
    name: 'zebra',
    kind: 'animal',
    artwork: { noto: 'zebra', fluent: 'zebra' },
    cells: 3,
    nouns: [
      ['zebra', 'zebras', 10],
      ['striped zebra', 'striped zebras', 0.5],
    ],
  },
  {
    name: 'camel',
    kind: 'animal',
    artwork: { noto: 'camel', fluent: 'camel' },
    cells: 3,
    nouns: [['camel', 'camels']],
    mount: true,
  },
  {
    name: 'sheep',
    kind: 'animal',
    artwork: { noto: 'ewe', fluent: 'ewe' },
    cells: 3,
    nouns: [
      ['sheep', 'sheep', 10],
      ['white sheep', 'white sheep', 1],
      ['lamb', 'lambs', 0.6],
    ],
  },
  {
    name: 'tiger',
    kind: 'animal',
    artwork: { noto: 'tiger', fluent: 'tiger' },
    cells: 3,
    nouns: [['tiger', 'tigers']],
  },
  {
    name: 'dinosaur',
    kind: 'animal',
    artwork: { noto: 'sauropod', fluent: 'sauropod' },
    cells: 3,
    nouns: [
      ['dinosaur', 'dinosaurs', 10],
      ['green dinosaur', 'green dinosaurs', 1],
    ],
    mount: true,
  },
  {
    name: 'dog',
    kind: 'animal',
    artwork: { noto: 'dog', fluent: 'dog' },
    cells: 2,
    nouns: [
      ['dog', 'dogs', 10],
      ['puppy', 'puppies', 1.2],
    ],
    sits: true,
  },
  {
    name: 'cat',
    kind: 'animal',
    artwork: { noto: 'cat', fluent: 'cat' },
    cells: 2,
    nouns: [
      ['cat', 'cats', 10],
      ['kitten', 'kittens', 1.2],
      ['orange cat', 'orange cats', 0.5],
    ],
    sits: true,
  },
  {
    name: 'rabbit',
    kind: 'animal',
    artwork: { noto: 'rabbit', fluent: 'rabbit' },
    cells: 2,
    nouns: [
      ['rabbit', 'rabbits', 10],
      ['bunny', 'bunnies', 2],
    ],
    sits: true,
  },
  {
    name: 'pig',
    kind: 'animal',
    artwork: { noto: 'pig', fluent: 'pig' },
    cells: 2,
    nouns: [
      ['pig', 'pigs', 10],
      ['pink pig', 'pink pigs', 1],
    ],
  },
  {
    name: 'monkey',
    kind: 'animal',
    artwork: { noto: 'monkey', fluent: 'monkey' },
    cells: 2,
    nouns: [['monkey', 'monkeys']],
    sits: true,
  },
  {
    name: 'penguin',
    kind: 'animal',
    artwork: { noto: 'penguin', fluent: 'penguin' },
    cells: 2,
    nouns: [['penguin', 'penguins']],
    swims: true,
  },
  {
    name: 'duck',
    kind: 'animal',
    artwork: { noto: 'duck', fluent: 'duck' },
    cells: 2,
    nouns: [['duck', 'ducks']],
    swims: true,
  },
  {
    name: 'turtle',
    kind: 'animal',
    artwork: { noto: 'turtle', fluent: 'turtle' },
    cells: 2,
    nouns: [
      ['turtle', 'turtles', 10],
      ['tortoise', 'tortoises', 1],
    ],
    swims: true,
  },
  {
    name: 'crab',
    kind: 'animal',
    artwork: { noto: 'crab', fluent: 'crab' },
    cells: 2,
    nouns: [['crab', 'crabs']],
    swims: true,
  },
  {
    name: 'whale',
    kind: 'animal',
    artwork: { noto: 'spouting-whale', fluent: 'spouting-whale' },
    cells: 3,
    nouns: [['whale', 'whales']],
    swims: true,
  },
  {
    name: 'bird',
    kind: 'animal',
    artwork: { noto: 'bird', fluent: 'bird' },
    cells: 2,
    coloured: { hues: [180, 250], saturation: 0.2, fluent: { hues: [320, 360], saturation: 0.4 } },
    nouns: [
      ['bird', 'birds', 10],
      ['small bird', 'small birds', 0.6],
    ],
    flies: 'sometimes',
    sits: true,
  },
  {
    name: 'butterfly',
    kind: 'animal',
    artwork: { noto: 'butterfly', fluent: 'butterfly' },
    cells: 2,
    coloured: { hues: [180, 260], saturation: 0.3, fluent: { hues: [0, 50], saturation: 0.4 } },
    nouns: [['butterfly', 'butterflies']],
    flies: 'always',
  },
  {
    name: 'fish',
    kind: 'animal',
    artwork: { noto: 'fish', fluent: 'fish' },
    cells: 2,
    coloured: { hues: [180, 250], saturation: 0.15 },
    nouns: [['fish', 'fish']],
    swims: true,
  },
  {
    name: 'car',
    kind: 'vehicle',
    artwork: { noto: 'automobile', fluent: 'automobile' },
    cells: 3,
    coloured: { hues: [330, 30], saturation: 0.45 },
    nouns: [
      ['car', 'cars', 10],
      ['automobile', 'automobiles', 0.8],
    ],
  },
  {
    name: 'bus',
    kind: 'vehicle',
    artwork: { noto: 'bus', fluent: 'bus' },
    cells: 3,
    coloured: { hues: [20, 75], saturation: 0.24, fluent: { hues: [20, 55], saturation: 0.45 } },
    nouns: [
      ['bus', 'buses', 10],
      ['city bus', 'city buses', 0.6],
    ],
  },
  {
    name: 'truck',
    kind: 'vehicle',
    artwork: { noto: 'pickup-truck', fluent: 'pickup-truck' },
    cells: 3,
    coloured: { hues: [330, 30], saturation: 0.45 },
    nouns: [
      ['truck', 'trucks', 10],
      ['pickup truck', 'pickup trucks', 1.5],
    ],
  },
  {
    name: 'motorcycle',
    kind: 'vehicle',
    artwork: { noto: 'motorcycle', fluent: 'motorcycle' },
    cells: 3,
    coloured: { hues: [320, 40], saturation: 0.34 },
    nouns: [
      ['motorcycle', 'motorcycles', 10],
      ['motorbike', 'motorbikes', 2],
    ],
    mount: true,
  },
  {
    name: 'bicycle',
    kind: 'vehicle',
    artwork: { noto: 'bicycle', fluent: 'bicycle' },
    cells: 3,
    nouns: [
      ['bicycle', 'bicycles', 6],
      ['bike', 'bikes', 5],
    ],
    mount: true,
  },
  {
    name: 'train',
    kind: 'vehicle',
    artwork: { noto: 'locomotive', fluent: 'locomotive' },
    cells: 3,
    nouns: [
      ['train', 'trains', 10],
      ['steam train', 'steam trains', 1],
      ['locomotive', 'locomotives', 0.5],
    ],
  },
  {
    name: 'airplane',
    kind: 'aircraft',
    artwork: { noto: 'airplane', fluent: 'airplane' },
    cells: 3,
    nouns: [
      ['airplane', 'airplanes', 6],
      ['plane', 'planes', 5],
      ['jet', 'jets', 0.8],
    ],
    flies: 'always',
  },
  {
    name: 'helicopter',
    kind: 'aircraft',
    artwork: { noto: 'helicopter', fluent: 'helicopter' },
    cells: 2,
    nouns: [['helicopter', 'helicopters']],
    flies: 'always',
  },
  {
    name: 'rocket',
    kind: 'aircraft',
    artwork: { noto: 'rocket', fluent: 'rocket' },
    cells: 2,
    nouns: [
      ['rocket', 'rockets', 10],
      ['spaceship', 'spaceships', 0.6],
    ],
    flies: 'always',
  },
  {
    name: 'balloon',
    kind: 'drifter',
    artwork: { noto: 'balloon', fluent: 'balloon' },
    cells: 2,
    coloured: { hues: [320, 40], saturation: 0.3 },
    nouns: [['balloon', 'balloons']],
    flies: 'always',
  },
  {
    name: 'kite',
    kind: 'drifter',
    artwork: { noto: 'kite', fluent: 'kite' },
    cells: 2,
    nouns: [['kite', 'kites']],
    flies: 'always',
  },
  {
    name: 'boat',
    kind: 'boat',
    artwork: { noto: 'sailboat', fluent: 'sailboat' },
    cells: 3,
    nouns: [
      ['boat', 'boats', 6],
      ['sailboat', 'sailboats', 4],
      ['sailing boat', 'sailing boats', 0.6],
    ],
    swims: true,
  },
  {
    name: 'tree',
    kind: 'plant',
    artwork: { noto: 'deciduous-tree', fluent: 'deciduous-tree' },
    cells: 3,
    nouns: [
      ['tree', 'trees', 10],
      ['green tree', 'green trees', 1],
    ],
  },
  {
    name: 'cactus',
    kind: 'plant',
    artwork: { noto: 'cactus', fluent: 'cactus' },
    cells: 2,
    nouns: [['cactus', 'cacti']],
  },
  {
    name: 'mushroom',
    kind: 'plant',
    artwork: { noto: 'mushroom', fluent: 'mushroom' },
    cells: 2,
    nouns: [['mushroom', 'mushrooms']],
  },
  {
    name: 'flower',
    kind: 'plant',
    artwork: { noto: 'tulip', fluent: 'tulip' },
    cells: 2,
    coloured: { hues: [290, 20], saturation: 0.25, fluent: { hues: [290, 350], saturation: 0.3 } },
    nouns: [
      ['flower', 'flowers', 10],
      ['tulip', 'tulips', 2],
    ],
  },
  {
    name: 'house',
    kind: 'building',
    artwork: { noto: 'house', fluent: 'house' },
    cells: 3,
    nouns: [
      ['house', 'houses', 10],
      ['home', 'homes', 0.5],
      ['small house', 'small houses', 0.5],
    ],
  },
  {
    name: 'couch',
    kind: 'furniture',
    artwork: { noto: 'couch-and-lamp', fluent: 'couch-and-lamp' },
    cells: 3,
    nouns: [
      ['couch', 'couches', 6],
      ['sofa', 'sofas', 4],
    ],
    seat: true,
  },
  {
    name: 'bed',
    kind: 'furniture',
    artwork: { noto: 'bed', fluent: 'bed' },
    cells: 3,
    nouns: [['bed', 'beds']],
    seat: true,
  },
  {
    name: 'chair',
    kind: 'furniture',
    artwork: { noto: 'chair', fluent: 'chair' },
    cells: 2,
    coloured: { hues: [0, 60], saturation: 0.15 },
    nouns: [['chair', 'chairs']],
  },
  {
    name: 'umbrella',
    kind: 'thing',
    artwork: { noto: 'umbrella', fluent: 'umbrella' },
    cells: 2,
    coloured: { hues: [190, 300], saturation: 0.3 },
    nouns: [
      ['umbrella', 'umbrellas', 10],
      ['parasol', 'parasols', 0.4],
    ],
  },
  {
    name: 'book',
    kind: 'thing',
    artwork: { noto: 'closed-book', fluent: 'closed-book' },
    cells: 2,
    coloured: { hues: [300, 40], saturation: 0.3 },
    nouns: [['book', 'books']],
  },
  {
    name: 'ball',
    kind: 'thing',
    artwork: { noto: 'basketball', fluent: 'basketball' },
    cells: 2,
    coloured: { hues: [0, 50], saturation: 0.4 },
    nouns: [['ball', 'balls']],
  },
  {
    name: 'shirt',
    kind: 'thing',
    artwork: { noto: 't-shirt', fluent: 't-shirt' },
    cells: 2,
    coloured: { hues: ANY, saturation: 0.1, fluent: { hues: [60, 150], saturation: 0.3 } },
    nouns: [
      ['shirt', 'shirts', 10],
      ['t-shirt', 't-shirts', 1],
      ['tee shirt', 'tee shirts', 0.5],
    ],
  },
  {
    name: 'hat',
    kind: 'thing',
    artwork: { noto: 'billed-cap', fluent: 'billed-cap' },
    cells: 2,
    coloured: { hues: [180, 280], saturation: 0.2 },
    nouns: [
      ['hat', 'hats', 6],
      ['cap', 'caps', 4],
      ['baseball cap', 'baseball caps', 0.5],
    ],
  },
  {
    name: 'backpack',
    kind: 'thing',
    artwork: { noto: 'backpack', fluent: 'backpack' },
    cells: 2,
    coloured: { hues: [330, 25], saturation: 0.4 },
    nouns: [
      ['backpack', 'backpacks', 10],
      ['bag', 'bags', 1],
      ['rucksack', 'rucksacks', 0.3],
    ],
  },
  {
    name: 'cup',
    kind: 'thing',
    artwork: { noto: 'cup-with-straw', fluent: 'cup-with-straw' },
    cells: 2,
    coloured: { hues: ANY, saturation: 0.12, fluent: { hues: ANY, saturation: 0.05 } },
    nouns: [
      ['cup', 'cups', 10],
      ['drink', 'drinks', 1],
    ],
  },
  {
    name: 'apple',
    kind: 'thing',
    artwork: { noto: 'red-apple', fluent: 'red-apple' },
    cells: 2,
    coloured: { hues: [330, 30], saturation: 0.4 },
    nouns: [['apple', 'apples']],
  },
  {
    name: 'banana',
    kind: 'thing',
    artwork: { noto: 'banana', fluent: 'banana' },
    cells: 2,
    nouns: [
      ['banana', 'bananas', 10],
      ['yellow banana', 'yellow bananas', 1],
    ],
  },
  {
    name: 'pizza',
    kind: 'thing',
    artwork: { noto: 'pizza', fluent: 'pizza' },
    cells: 2,
    nouns: [
      ['pizza', 'pizzas', 10],
      ['slice of pizza', 'slices of pizza', 2],
    ],
  },
  {
    name: 'cake',
    kind: 'thing',
    artwork: { noto: 'birthday-cake', fluent: 'birthday-cake' },
    cells: 2,
    nouns: [
      ['cake', 'cakes', 10],
      ['birthday cake', 'birthday cakes', 2],
    ],
  },
  {
    name: 'ice cream',
    kind: 'thing',
    artwork: { noto: 'soft-ice-cream', fluent: 'soft-ice-cream' },
    cells: 2,
    nouns: [
      ['ice cream', 'ice creams', 10],
      ['ice cream cone', 'ice cream cones', 2],
    ],
  },
  {
    name: 'teddy bear',
    kind: 'thing',
    artwork: { noto: 'teddy-bear', fluent: 'teddy-bear' },
    cells: 2,
    nouns: [
      ['teddy bear', 'teddy bears', 10],
      ['stuffed bear', 'stuffed bears', 0.8],
      ['teddy', 'teddies', 0.8],
    ],
    sits: true,
  },
  {
    name: 'guitar',
    kind: 'thing',
    artwork: { noto: 'guitar', fluent: 'guitar' },
    cells: 2,
    nouns: [['guitar', 'guitars']],
  },
  {
    name: 'clock',
    kind: 'thing',
    artwork: { noto: 'alarm-clock', fluent: 'alarm-clock' },
    cells: 2,
    nouns: [
      ['clock', 'clocks', 10],
      ['alarm clock', 'alarm clocks', 2],
    ],
  },
  {
    name: 'snowman',
    kind: 'thing',
    artwork: { noto: 'snowman-without-snow', fluent: 'snowman-without-snow' },
    cells: 2,
    nouns: [['snowman', 'snowmen']],
  },
];
