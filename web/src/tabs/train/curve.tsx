/** The curves of a metric, as they grow. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Schemas } from '../../api.ts';

export type Series = Schemas['MetricSeries'];
const HEIGHT = 240;
const COLOURS = ['--curve-1', '--curve-2', '--curve-3', '--curve-4', '--curve-5', '--curve-6'];

export function Curve({ series, name }: { series: readonly Series[]; name: string }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const labels = series.map(({ split, task }) => (task === '' ? split : `${split}, ${task}`));
  const shape = `${name} ${labels.join('|')}`;

  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const colour = (variable: string) => style.getPropertyValue(variable).trim();
    const axis = {
      stroke: colour('--muted'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line'), width: 1 },
      font: '12px system-ui',
    };
    plot.current = new uPlot(
      {
        width: place.current!.clientWidth,
        height: HEIGHT,
        scales: { x: { time: false } },
        legend: { live: false },
        axes: [axis, { ...axis, size: 64 }],
        series: [
          { label: 'step' },
          ...series.map(({ split }, i) => ({
            label: labels[i]!,
            stroke: colour(COLOURS[i % COLOURS.length]!),
            width: 2,
            spanGaps: true,
            points: { show: split === 'validation' },
          })),
        ],
      },
      aligned(series),
      place.current!,
    );
    const fit = new ResizeObserver(() => {
      const width = place.current?.clientWidth ?? 0;
      if (width > 0) plot.current?.setSize({ width, height: HEIGHT });
    });
    fit.observe(place.current!);
    return () => {
      fit.disconnect();
      plot.current?.destroy();
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(aligned(series)), [series]);

  const last = series.map(
    ({ points }, i) => `${labels[i]} ${points.at(-1)?.value?.toPrecision(4) ?? 'none'}`,
  );
  return <div ref={place} class="curve" role="img" aria-label={`${name}, of late: ${last.join('; ')}`} />;
}

/** uPlot wants one list of steps for all. */
function aligned(series: readonly Series[]): uPlot.AlignedData {
  const steps = [...new Set(series.flatMap(({ points }) => points.map(({ step }) => step)))].sort(
    (a, b) => a - b,
  );
  const at = series.map(({ points }) => new Map(points.map(({ step, value }) => [step, value])));
  return [steps, ...at.map((values) => steps.map((step) => values.get(step)))] as uPlot.AlignedData;
}
