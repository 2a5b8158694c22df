/** The latest value of each key. */
import type { DeviceDetail } from '@fairlead/api';
import { Age } from '../../parts/age.tsx';
import { Name } from '../../parts/names.tsx';
import { Empty } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './device.module.css';

/** Characters of a value that the list shows. */
const SHOWN = 4_096;

export function Values({ device }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  const values = Object.entries(device.values);
  if (values.length === 0)
    return <Empty command={`fairlead tap ${device.name}`}>{t('device.noValues')}</Empty>;
  return (
    <table className={classes.values}>
      <thead>
        <tr>
          <th scope="col">{t('device.key')}</th>
          <th scope="col">{t('device.value')}</th>
          <th scope="col">{t('devices.since')}</th>
        </tr>
      </thead>
      <tbody>
        {values.map(([key, { value, time }]) => (
          <tr key={key}>
            <th scope="row">
              <Name>{key}</Name>
            </th>
            <td className="mono">
              <Name>{textOf(value)}</Name>
            </td>
            <td className="dim">
              <Age at={time} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A value as it was sent. A long one is cut, with its size. */
function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length})` : text;
}
