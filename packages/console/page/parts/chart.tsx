/** A large chart of one value over time: the mean as a line, the range between minimum and maximum as a band. */
import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import Uplot from 'uplot';
import type { Series } from '../data/series.ts';

interface Props {
  readonly series: Series;
  /** Unix milliseconds of both ends. */
  readonly from: number;
  readonly to: number;
  readonly unit: string | undefined;
  readonly label: string;
  readonly height?: number;
}

export default function Chart({ series, from, to, unit, label, height = 180 }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Uplot>(undefined);
  const scale = useRef({ from, to });
  // One or two points are no line.
  const isShort = series.times.length < 3;
  useEffect(() => {
    const element = place.current as HTMLDivElement;
    const colour = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
    const axis = {
      stroke: () => colour('--dim'),
      grid: { stroke: () => colour('--hair'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui',
    };
    const edge = { stroke: 'transparent', width: 0, points: { show: false } };
    const made = new Uplot(
      {
        width: Math.max(200, element.clientWidth),
        height,
        legend: { show: false },
        cursor: { drag: { x: false, y: false } },
        scales: { x: { range: () => [scale.current.from / 1_000, scale.current.to / 1_000] } },
        axes: [
          { ...axis, values: (_, ticks) => ticks.map(tickTime) },
          { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => `${tick} ${unit ?? ''}`.trim()) },
        ],
        series: [
          {},
          { stroke: () => colour('--series-1'), width: 1.5, points: { show: isShort } },
          edge,
          edge,
        ],
        bands: [{ series: [3, 2], fill: () => `${colour('--series-1')}2e` }],
      },
      [[], [], [], []],
      element,
    );
    chart.current = made;
    const sized = new ResizeObserver(() =>
      made.setSize({ width: Math.max(200, element.clientWidth), height }),
    );
    sized.observe(element);
    const themed = new MutationObserver(() => made.redraw(false));
    themed.observe(document.documentElement, {
      attributes: true,
      attributeFilter: ['data-mantine-color-scheme'],
    });
    return () => {
      sized.disconnect();
      themed.disconnect();
      made.destroy();
    };
  }, [height, unit, isShort]);
  // After the chart is made anew, too.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what makes the chart anew
  useEffect(() => {
    const { times, means, lows, highs } = series;
    scale.current = { from, to };
    chart.current?.setData([times.map((time) => time / 1_000), [...means], [...lows], [...highs]]);
  }, [series, from, to, height, unit, isShort]);
  return <div ref={place} role="img" aria-label={label} />;
}

/** `21:55`, or the day where the tick is at midnight. @param seconds Unix time */
function tickTime(seconds: number): string {
  const at = new Date(seconds * 1_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (at.getHours() + at.getMinutes() === 0) return `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}
