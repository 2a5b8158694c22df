/** A small chart of one value. A gap is where nothing came. */
import type { Series } from '../data/series.ts';
import { useWords } from '../words/words.tsx';
import { drawn, HEIGHT, WIDTH } from './sparkline-path.ts';

interface Props {
  readonly series: Pick<Series, 'times' | 'means'>;
  /** Unix milliseconds of both ends. */
  readonly from: number;
  readonly to: number;
}

export function Sparkline({ series, from, to }: Props) {
  const { t } = useWords();
  const { path, low, high, last } = drawn(series, from, to);
  if (last === undefined) return null;
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={t('chart.sentence', { low, high, last })}
    >
      <path d={path} fill="none" stroke="var(--series-1)" strokeWidth="1.5" strokeLinecap="round" />
    </svg>
  );
}
