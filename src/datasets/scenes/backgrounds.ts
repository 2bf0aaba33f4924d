/**
 * The backgrounds, drawn here as SVG. Seen cell by cell they are meant to be cheap: a row of cells looks alike
 * from left to right, with a few landmarks (sun, moon, clouds, window), so that they spend few visual codes.
 */
import { createRandom } from '../../random.ts';

/** What carries an object there: the ground, water, or nothing. */
export type Support = 'ground' | 'water' | 'air';

export interface Background {
  name: string;
  support: Support;
  /** How a caption places what stands (or floats) there. The first is the plain one; weights beside them. */
  on: readonly (readonly [phrase: string, weight: number])[];
  /** How a caption places what flies there. */
  over: readonly (readonly [phrase: string, weight: number])[];
  /** 128 × 128 SVG. */
  svg: string;
}

const rect = (y: number, height: number, fill: string, more = ''): string =>
  `<rect x="0" y="${y}" width="128" height="${height}" fill="${fill}" ${more}/>`;

const gradient = (id: string, from: string, to: string): string =>
  `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${from}"/>` +
  `<stop offset="1" stop-color="${to}"/></linearGradient>`;

const svg = (defs: string, body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128" viewBox="0 0 128 128"><defs>${defs}</defs>${body}</svg>`;

const cloud = (x: number, y: number, scale: number, fill = '#ffffff', opacity = 0.9): string =>
  `<g transform="translate(${x} ${y}) scale(${scale})" fill="${fill}" opacity="${opacity}"><circle cx="9" cy="11" r="7"/>` +
  `<circle cx="18" cy="8" r="8"/><circle cx="27" cy="12" r="6"/><rect x="4" y="11" width="28" height="7" rx="3.5"/></g>`;

/** Small marks scattered over a band, larger towards the viewer. */
function marks(
  seed: string,
  count: number,
  top: number,
  bottom: number,
  draw: (x: number, y: number, scale: number) => string,
): string {
  const random = createRandom(`background/${seed}`);
  let body = '';
  for (let i = 0; i < count; i++) {
    // Stratified across the width: no cell is empty and none crowded.
    const x = ((i + random.next()) / count) * 128;
    const depth = random.next();
    body += draw(
      Math.round(x * 10) / 10,
      Math.round((top + depth * (bottom - top)) * 10) / 10,
      0.6 + 0.6 * depth,
    );
  }
  return body;
}

const tuft = (fill: string) => (x: number, y: number, s: number) =>
  `<path d="M${x} ${y}l${-2 * s} ${-4 * s}M${x} ${y}l0 ${-5 * s}M${x} ${y}l${2 * s} ${-4 * s}" stroke="${fill}" stroke-width="1" stroke-linecap="round"/>`;

const grass = svg(
  gradient('s', '#6cc4ff', '#dff4ff') + gradient('g', '#8fd45a', '#3f9a35'),
  rect(0, 64, 'url(#s)') +
    '<circle cx="112" cy="16" r="9" fill="#ffe066"/>' +
    cloud(12, 8, 0.95) +
    '<path d="M0 56Q32 42 64 54T128 50V72H0Z" fill="#9fdc72"/>' +
    rect(58, 70, 'url(#g)') +
    marks('grass', 30, 66, 126, tuft('#2f8530')),
);

const beach = svg(
  gradient('s', '#58c3f5', '#e2f6ff') +
    gradient('w', '#1795c9', '#5fd0dc') +
    gradient('b', '#fbe6b0', '#e7c27c'),
  rect(0, 48, 'url(#s)') +
    '<circle cx="16" cy="16" r="9" fill="#fff0a0"/>' +
    rect(40, 30, 'url(#w)') +
    '<path d="M0 68Q16 62 32 68T64 68T96 68T128 68V78H0Z" fill="#ffffff"/>' +
    '<path d="M0 71Q16 65 32 71T64 71T96 71T128 71V128H0Z" fill="url(#b)"/>' +
    marks('beach', 26, 80, 126, (x, y, s) => `<circle cx="${x}" cy="${y}" r="${0.9 * s}" fill="#c79a55"/>`),
);

const wave = (stroke: string) => (x: number, y: number, s: number) =>
  `<path d="M${x - 6 * s} ${y}q${3 * s} ${-3 * s} ${6 * s} 0t${6 * s} 0" stroke="${stroke}" stroke-width="1.2" fill="none" stroke-linecap="round"/>`;

const sea = svg(
  gradient('s', '#9fe0ff', '#f2fbff') + gradient('w', '#3aa9e6', '#0b4a94'),
  rect(0, 40, 'url(#s)') + rect(36, 92, 'url(#w)') + marks('sea', 26, 44, 124, wave('#a9e2ff')),
);

const snow = svg(
  gradient('s', '#9db7d3', '#dfe8f2') + gradient('g', '#ffffff', '#d3e2f2'),
  rect(0, 64, 'url(#s)') +
    '<path d="M0 60L22 34L40 54L64 28L90 56L108 40L128 58V72H0Z" fill="#b7c9de"/>' +
    '<path d="M56 37L64 28L73 38L68 36L64 40L60 36Z M15 42L22 34L28 41L22 40Z M103 45L108 40L113 45L108 44Z" fill="#ffffff"/>' +
    '<path d="M0 60Q32 50 64 60T128 58V128H0Z" fill="url(#g)"/>' +
    marks('flakes', 22, 4, 56, (x, y, s) => `<circle cx="${x}" cy="${y}" r="${1.3 * s}" fill="#ffffff"/>`) +
    marks('drifts', 16, 72, 124, wave('#b4cae2')),
);

function buildings(): string {
  const heights = [34, 46, 28, 50, 38, 30, 48, 36];
  const fills = ['#8d93ad', '#7a809c', '#9aa0b8', '#858bA6'];
  return heights
    .map((height, i) => {
      const top = 64 - height;
      let body = `<rect x="${i * 16}" y="${top}" width="15" height="${height}" fill="${fills[i % 4]}"/>`;
      for (let y = top + 4; y < 58; y += 7)
        body += `<rect x="${i * 16 + 3}" y="${y}" width="3" height="4" fill="#ffe9a8"/><rect x="${i * 16 + 9}" y="${y}" width="3" height="4" fill="#ffe9a8"/>`;
      return body;
    })
    .join('');
}

const road = svg(
  gradient('s', '#b8cfe8', '#f1e6e0') + gradient('r', '#6b6e76', '#4b4e57'),
  rect(0, 64, 'url(#s)') +
    buildings() +
    rect(62, 10, '#c9c5bd') +
    rect(70, 2, '#9b978f') +
    rect(72, 56, 'url(#r)') +
    [0, 1, 2, 3]
      .map((i) => `<rect x="${i * 32 + 4}" y="98" width="22" height="4" rx="1" fill="#f4f0e0"/>`)
      .join(''),
);

const room = svg(
  gradient('w', '#f6d9c0', '#efc7a6') + gradient('f', '#b9814d', '#8e5c33'),
  rect(0, 72, 'url(#w)') +
    [0, 1, 2, 3, 4, 5, 6, 7]
      .map((i) => `<rect x="${i * 16 + 6}" y="0" width="4" height="66" fill="#eec5a2" opacity="0.8"/>`)
      .join('') +
    '<rect x="82" y="6" width="28" height="34" fill="#ffffff"/><rect x="85" y="9" width="22" height="28" fill="#a8dcf5"/>' +
    '<path d="M96 9V37M85 23H107" stroke="#ffffff" stroke-width="2.5"/>' +
    rect(66, 6, '#fff6ea') +
    rect(72, 56, 'url(#f)') +
    [86, 101, 117].map((y) => rect(y, 1, '#7f5127')).join('') +
    '<path d="M24 72V86M88 72V86M56 87V101M120 87V101M8 102V117M72 102V117M40 118V128M104 118V128" stroke="#7f5127" stroke-width="1"/>',
);

const night = svg(
  gradient('s', '#151a4a', '#3d3f8f') + gradient('g', '#2f6a78', '#1b4552'),
  rect(0, 72, 'url(#s)') +
    '<circle cx="108" cy="18" r="10" fill="#fdf3c4"/><circle cx="112" cy="15" r="8.5" fill="#1d2256"/>' +
    marks('stars', 24, 4, 54, (x, y, s) => `<circle cx="${x}" cy="${y}" r="${0.9 * s}" fill="#fff7d6"/>`) +
    '<path d="M0 64Q32 52 64 62T128 58V128H0Z" fill="url(#g)"/>' +
    marks('dark grass', 18, 76, 126, tuft('#4b8f92')),
);

const desert = svg(
  gradient('s', '#ff9f5a', '#ffe1a3') + gradient('g', '#eaa14e', '#c9742f'),
  rect(0, 72, 'url(#s)') +
    '<circle cx="64" cy="30" r="11" fill="#fff3c2"/>' +
    '<path d="M0 62Q28 46 60 60T128 54V128H0Z" fill="#f2b766"/>' +
    '<path d="M0 72Q40 58 76 70T128 66V128H0Z" fill="url(#g)"/>' +
    marks('dunes', 18, 82, 124, wave('#b8642a')),
);

function trunks(): string {
  return [0, 1, 2, 3, 4, 5, 6, 7]
    .map(
      (i) =>
        `<rect x="${i * 16 + (i % 2 ? 3 : 7)}" y="20" width="${i % 2 ? 4 : 6}" height="48" fill="${i % 2 ? '#4a3320' : '#5f4229'}"/>`,
    )
    .join('');
}

const forest = svg(
  gradient('s', '#9cc47a', '#4f7f45') + gradient('g', '#5c7a2e', '#36501c'),
  rect(0, 72, 'url(#s)') +
    trunks() +
    '<path d="M0 0H128V22Q120 34 112 24Q104 36 96 25Q88 35 80 24Q72 36 64 25Q56 35 48 24Q40 36 32 25Q24 35 16 24Q8 34 0 24Z" fill="#1f5a2b"/>' +
    '<path d="M0 0H128V10Q120 20 112 12Q104 22 96 12Q88 20 80 11Q72 22 64 12Q56 20 48 11Q40 22 32 12Q24 20 16 11Q8 20 0 12Z" fill="#174a22"/>' +
    rect(64, 64, 'url(#g)') +
    marks('moss', 24, 70, 126, tuft('#86a84a')),
);

const sky = svg(
  gradient('s', '#2f8fea', '#bfe6ff'),
  rect(0, 128, 'url(#s)') +
    cloud(4, 18, 1) +
    cloud(84, 34, 1) +
    cloud(36, 66, 1) +
    cloud(90, 92, 1) +
    cloud(0, 100, 1),
);

export const BACKGROUNDS: readonly Background[] = [
  {
    name: 'grass',
    support: 'ground',
    on: [
      ['on grass', 4],
      ['on the grass', 2],
      ['in a field', 3],
      ['in a grassy field', 1.5],
      ['in a meadow', 1.5],
      ['in the meadow', 0.5],
      ['on a lawn', 0.7],
      ['in a park', 0.8],
      ['on green grass', 0.7],
      ['in a green field', 0.7],
    ],
    over: [
      ['over a field', 3],
      ['over grass', 2],
      ['above a meadow', 1],
      ['over the grass', 1],
      ['above a grassy field', 1],
      ['over a meadow', 1],
    ],
    svg: grass,
  },
  {
    name: 'beach',
    support: 'ground',
    on: [
      ['on a beach', 4],
      ['on the beach', 4],
      ['at the beach', 1.5],
      ['on a sandy beach', 1.5],
      ['on the sand', 1.5],
      ['by the seashore', 0.4],
    ],
    over: [
      ['over a beach', 3],
      ['over the beach', 3],
      ['above a beach', 1],
      ['above the sand', 0.7],
    ],
    svg: beach,
  },
  {
    name: 'sea',
    support: 'water',
    on: [
      ['in the sea', 4],
      ['in the ocean', 3],
      ['in the water', 3],
      ['on the water', 1.5],
      ['in water', 1],
      ['at sea', 0.5],
    ],
    over: [
      ['over the sea', 4],
      ['over the ocean', 3],
      ['over the water', 2],
      ['above the sea', 1],
      ['above the water', 1],
    ],
    svg: sea,
  },
  {
    name: 'snow',
    support: 'ground',
    on: [
      ['in the snow', 5],
      ['on snow', 2],
      ['on the snow', 2],
      ['in a snowy field', 1],
      ['on snowy ground', 1],
      ['in snow', 1],
    ],
    over: [
      ['over snow', 3],
      ['over the snow', 2],
      ['above the snow', 1],
      ['over a snowy field', 1],
    ],
    svg: snow,
  },
  {
    name: 'road',
    support: 'ground',
    on: [
      ['on a road', 3],
      ['on the road', 2],
      ['on a street', 2],
      ['on the street', 2],
      ['on a city street', 2],
      ['in the city', 1],
      ['in a city', 0.5],
      ['in the street', 0.7],
    ],
    over: [
      ['over a road', 2],
      ['over a city street', 1.5],
      ['over the city', 2],
      ['above a street', 1],
      ['over the street', 1],
      ['above a road', 1],
    ],
    svg: road,
  },
  {
    name: 'room',
    support: 'ground',
    on: [
      ['in a room', 4],
      ['in a living room', 3],
      ['in the living room', 1],
      ['in the room', 1],
      ['on a wooden floor', 1.5],
      ['on the floor', 1],
      ['indoors', 0.7],
      ['inside a room', 0.7],
    ],
    over: [
      ['in a room', 4],
      ['in a living room', 2],
      ['inside a room', 1],
      ['indoors', 0.7],
    ],
    svg: room,
  },
  {
    name: 'night',
    support: 'ground',
    on: [
      ['at night', 5],
      ['under the night sky', 1.5],
      ['under a night sky', 1],
      ['under the stars', 1.5],
      ['in the dark', 1],
      ['in the moonlight', 0.7],
    ],
    over: [
      ['at night', 4],
      ['in the night sky', 3],
      ['under the stars', 1],
      ['in a night sky', 1],
    ],
    svg: night,
  },
  {
    name: 'desert',
    support: 'ground',
    on: [
      ['in the desert', 5],
      ['in a desert', 3],
      ['on a sand dune', 1],
      ['on the dunes', 0.7],
    ],
    over: [
      ['over the desert', 4],
      ['over a desert', 2],
      ['above the desert', 1],
      ['over the dunes', 0.7],
    ],
    svg: desert,
  },
  {
    name: 'forest',
    support: 'ground',
    on: [
      ['in a forest', 5],
      ['in the forest', 3],
      ['in the woods', 2.5],
      ['in the jungle', 0.5],
    ],
    over: [
      ['in a forest', 3],
      ['in the woods', 1.5],
      ['through a forest', 1],
      ['in the forest', 2],
    ],
    svg: forest,
  },
  {
    name: 'sky',
    support: 'air',
    on: [
      ['in the sky', 5],
      ['in the air', 2],
      ['in a blue sky', 1.5],
      ['in the clouds', 1.5],
      ['high in the sky', 0.5],
    ],
    over: [
      ['in the sky', 5],
      ['in a blue sky', 2],
      ['in the air', 1.5],
      ['in the clouds', 1],
      ['high in the sky', 0.7],
    ],
    svg: sky,
  },
];
