/** One value over a range of time, large; or as a table. */
import type { DeviceDetail } from '@fairlead/api';
import { Button, Group, SegmentedControl } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { type Range, ranges, useHistory } from '../../../data/history.ts';
import type { Series } from '../../../data/series.ts';
import { rate } from '../../../format/numbers.ts';
import { Time, useServiceNow } from '../../../parts/age.tsx';
import { CopyLine } from '../../../parts/copy-line.tsx';
import { Name } from '../../../parts/names.tsx';
import { drawn } from '../../../parts/sparkline-path.ts';
import { Failure, Loading } from '../../../parts/states.tsx';
import { useWords } from '../../../words/words.tsx';
import classes from '../device.module.css';

const Chart = lazy(() => import('../../../parts/chart.tsx'));
const ROWS = 200;

interface Props {
  readonly device: DeviceDetail;
  readonly field: string;
  readonly unit: string | undefined;
}

export function History({ device: { name, values }, field, unit }: Props) {
  const { t, language } = useWords();
  const [range, setRange] = useState<Range>('1h');
  const [asTable, setAsTable] = useState(false);
  const { data, error, refetch } = useHistory(name, range, field);
  const now = useServiceNow();
  // The axis moves once a minute, not once a second.
  const to = Math.ceil(now / 60_000) * 60_000;
  const from = to - ranges[range].ms;
  const series = withLatest(data?.get(field), values[field], ranges[range].step);
  return (
    <section>
      <Group mb="xs" justify="space-between">
        <h2>
          <Name>{field}</Name>
        </h2>
        <Group>
          <SegmentedControl
            size="xs"
            aria-label={t('chart.range')}
            value={range}
            onChange={(next) => setRange(next as Range)}
            data={Object.keys(ranges)}
          />
          <Button variant="default" size="compact-xs" onClick={() => setAsTable(!asTable)}>
            {asTable ? t('chart.asChart') : t('chart.asTable')}
          </Button>
        </Group>
      </Group>
      {error !== null && <Failure error={error} retry={() => void refetch()} />}
      {error === null && data === undefined && <Loading rows={1} height={180} />}
      {data !== undefined && series === undefined && <p className="dim">{t('chart.none')}</p>}
      {series !== undefined &&
        (asTable ? (
          <Table series={series} unit={unit} />
        ) : (
          <div className={classes.chart}>
            <Suspense fallback={<Loading rows={1} height={180} />}>
              <Chart key={field} series={series} from={from} to={to} unit={unit} label={sentence()} />
            </Suspense>
          </div>
        ))}
      <CopyLine
        text={`fairlead device history ${name} ${field} --from -${range} --every ${ranges[range].every}`}
      />
    </section>
  );

  function sentence(): string {
    const { low, high, last = 0 } = drawn(series as Series, from, to);
    const [a, b, c] = [low, high, last].map((value) => rate(value, language));
    return `${field}: ${t('chart.sentence', { low: a ?? '', high: b ?? '', last: c ?? '' })}`;
  }
}

function Table({ series, unit }: { readonly series: Series; readonly unit: string | undefined }) {
  const { t } = useWords();
  const { times, means, lows, highs } = series;
  const rows = times
    .map((time, i) => ({ time, mean: means[i], low: lows[i], high: highs[i] }))
    .slice(-ROWS)
    .reverse();
  return (
    <div className={classes.scroll}>
      <table className={classes.values}>
        <thead>
          <tr>
            {(['common.time', 'chart.mean', 'chart.low', 'chart.high'] as const).map((word) => (
              <th key={word} scope="col">
                {t(word)} {word === 'common.time' ? '' : unit}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ time, mean, low, high }) => (
            <tr key={time}>
              <td>
                <Time at={new Date(time).toISOString()} />
              </td>
              {[mean, low, high].map((value, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns have their place
                <td key={i}>{value ?? '–'}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** With the value that came last, which is not in an interval of the history yet. */
function withLatest(
  series: Series | undefined,
  latest: DeviceDetail['values'][string] | undefined,
  step: number,
): Series | undefined {
  const value = latest?.value;
  if (typeof value !== 'number' || latest === undefined) return series;
  const at = Date.parse(latest.time);
  const last = series?.times.at(-1);
  if (series === undefined || last === undefined)
    return { times: [at], means: [value], lows: [value], highs: [value] };
  if (at < last) return series;
  const gap = at - last > step ? [last + step] : [];
  const blank = gap.map(() => null);
  return {
    times: [...series.times, ...gap, at],
    means: [...series.means, ...blank, value],
    lows: [...series.lows, ...blank, value],
    highs: [...series.highs, ...blank, value],
  };
}
