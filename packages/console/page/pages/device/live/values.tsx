/** The latest value of each key, with its course over the last hour. */
import type { DeviceDetail } from '@fairlead/api';
import { ranges } from '../../../data/history.ts';
import type { Series } from '../../../data/series.ts';
import { Age, useServiceNow } from '../../../parts/age.tsx';
import { Name } from '../../../parts/names.tsx';
import { Sparkline } from '../../../parts/sparkline.tsx';
import { useWords } from '../../../words/words.tsx';
import classes from '../device.module.css';

/** Characters of a value that the list shows. */
const SHOWN = 4_096;

interface Props {
  readonly device: DeviceDetail;
  readonly units: Readonly<Record<string, { readonly unit?: string | undefined; readonly about: string }>>;
  readonly recent: ReadonlyMap<string, Series> | undefined;
  readonly chosen: string | undefined;
  onChoose(field: string): void;
}

export function Values({ device, units, recent, chosen, onChoose }: Props) {
  const { t } = useWords();
  const now = useServiceNow();
  const to = Math.ceil(now / 60_000) * 60_000;
  const from = to - ranges['1h'].ms;
  return (
    <div className={classes.scroll}>
      <table className={classes.values}>
        <thead>
          <tr>
            <th scope="col">{t('device.key')}</th>
            <th scope="col">{t('device.value')}</th>
            <th scope="col">{t('chart.hour')}</th>
            <th scope="col">{t('devices.since')}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(device.values).map(([key, { value, time }]) => {
            const series = recent?.get(key);
            return (
              <tr key={key} data-chosen={key === chosen || undefined}>
                <th scope="row" title={units[key]?.about}>
                  {typeof value === 'number' ? (
                    <button type="button" aria-pressed={key === chosen} onClick={() => onChoose(key)}>
                      <Name>{key}</Name>
                    </button>
                  ) : (
                    <Name>{key}</Name>
                  )}
                </th>
                <td className="mono">
                  <Name>{textOf(value)}</Name> <span className="dim">{units[key]?.unit}</span>
                </td>
                <td>{series !== undefined && <Sparkline series={series} from={from} to={to} />}</td>
                <td className="dim">
                  <Age at={time} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A value as it was sent. A long one is cut, with its size. */
function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length})` : text;
}
