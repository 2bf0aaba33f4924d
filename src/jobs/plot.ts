/** Curves of a job's metrics as SVG, for people. */
import type { Series } from './job-metrics.ts';

const [WIDTH, HEIGHT] = [800, 420];
const BOX = { left: 64, right: 16, top: 40, bottom: 44 };
const COLOURS = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700', '#8250df', '#bf3989', '#57606a'];
/** Points that the line through the noise is the mean of. */
const SMOOTHING = 25;

const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Round numbers, about `count` of them. */
function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((size) => size >= rough)!;
  const marks: number[] = [];
  for (let mark = Math.ceil(low / step) * step; mark <= high + step / 1e6; mark += step) {
    marks.push(Number(mark.toPrecision(12)));
  }
  return marks;
}

function smooth(points: Series['points']): Series['points'] {
  return points.map(({ step }, i) => {
    const near = points.slice(Math.max(0, i - SMOOTHING + 1), i + 1);
    return { step, value: near.reduce((sum, { value }) => sum + value, 0) / near.length };
  });
}

/** @param all one curve each; those of training get a line through their noise */
export function plotSeries(title: string, all: readonly Series[]): string {
  const series = all
    .map((one) => ({ ...one, points: one.points.filter(({ value }) => Number.isFinite(value)) }))
    .filter(({ points }) => points.length > 0);
  const points = series.flatMap((one) => one.points);
  const values = points.map(({ value }) => value);
  const lastStep = points.reduce((most, { step }) => Math.max(most, step), 1);
  let low = values.reduce((least, value) => Math.min(least, value), values[0] ?? 0);
  let high = values.reduce((most, value) => Math.max(most, value), values[0] ?? 1);
  if (low >= 0 && low < high / 2) low = 0;
  if (high === low) [low, high] = [low - 0.5, high + 0.5];
  const x = (step: number) => BOX.left + (step / lastStep) * (WIDTH - BOX.left - BOX.right);
  const y = (value: number) =>
    HEIGHT - BOX.bottom - ((value - low) / (high - low)) * (HEIGHT - BOX.top - BOX.bottom);
  const path = (line: Series['points']) =>
    line
      .map(({ step, value }, i) => `${i === 0 ? 'M' : 'L'}${x(step).toFixed(1)} ${y(value).toFixed(1)}`)
      .join('');
  const text = (at: number, down: number, words: string, anchor = 'start', more = '') =>
    `<text x="${at.toFixed(1)}" y="${down.toFixed(1)}" text-anchor="${anchor}"${more}>${escapeXml(words)}</text>`;

  const grid = [
    ...ticks(low, high, 6).map(
      (mark) =>
        `<line x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${y(mark).toFixed(1)}" y2="${y(mark).toFixed(1)}" stroke="#d0d7de"/>` +
        text(BOX.left - 8, y(mark) + 4, String(mark), 'end'),
    ),
    ...ticks(0, lastStep, 8).map((mark) => text(x(mark), HEIGHT - BOX.bottom + 18, String(mark), 'middle')),
    text((WIDTH + BOX.left) / 2, HEIGHT - 8, 'step', 'middle'),
  ];
  const curves = series.flatMap(({ name, split, task, points: line }, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const label = [name, split === 'train' ? '' : split, task].filter((part) => part !== '').join(' ');
    const noisy = split === 'train' && line.length > 2 * SMOOTHING;
    const dots =
      line.length > 40
        ? []
        : line.map(
            ({ step, value }) =>
              `<circle cx="${x(step).toFixed(1)}" cy="${y(value).toFixed(1)}" r="2.5" fill="${colour}"/>`,
          );
    return [
      `<path d="${path(line)}" fill="none" stroke="${colour}" stroke-width="${noisy ? 1 : 1.5}" opacity="${noisy ? 0.3 : 1}"/>`,
      ...(noisy ? [`<path d="${path(smooth(line))}" fill="none" stroke="${colour}" stroke-width="2"/>`] : []),
      ...dots,
      text(WIDTH - BOX.right, BOX.top + 4 + i * 16, label, 'end', ` fill="${colour}"`),
    ];
  });
  const nothing = series.length === 0 ? [text(WIDTH / 2, HEIGHT / 2, 'no numbers yet', 'middle')] : [];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#24292f">
<rect width="100%" height="100%" fill="white"/>
${text(BOX.left, 22, title, 'start', ' font-size="15" font-weight="bold"')}
${[...(series.length > 0 ? grid : []), ...curves, ...nothing].join('\n')}
</svg>
`;
}
