/** The devices behind a gateway device. */
import { Link } from 'wouter';
import { api } from '../../../data/api.ts';
import { stateOf } from '../../../data/device-state.ts';
import { topicOf, useLiveQuery } from '../../../data/live/use-live.tsx';
import { Age } from '../../../parts/age.tsx';
import { Name } from '../../../parts/names.tsx';
import { StateBadge } from '../../../parts/state-badge.tsx';
import { Empty, Failure } from '../../../parts/states.tsx';
import { useWords } from '../../../words/words.tsx';
import classes from '../device.module.css';

const SHOWN = 200;

export function SubDevices({ of }: { readonly of: string }) {
  const { t } = useWords();
  const filter = `parent:"${of}"`;
  const { data, error, refetch } = useLiveQuery<'devices'>(
    topicOf('devices', undefined, { filter, limit: String(SHOWN) }),
    ['device', of, 'subs'],
    () => api.devices.list({ query: { filter, limit: SHOWN } }),
  );
  return (
    <section>
      <h2>{t('device.subs')}</h2>
      {error !== null && <Failure error={error} retry={() => void refetch()} />}
      {data?.length === 0 && (
        <Empty command={`fairlead device add NAME --parent ${of} --address 1`}>{t('device.noSubs')}</Empty>
      )}
      {data !== undefined && data.length > 0 && (
        <table className={classes.values}>
          <thead>
            <tr>
              <th scope="col">{t('devices.name')}</th>
              <th scope="col">{t('device.address')}</th>
              <th scope="col">{t('devices.state')}</th>
              <th scope="col">{t('devices.since')}</th>
            </tr>
          </thead>
          <tbody>
            {data.map((device) => (
              <tr key={device.name}>
                <th scope="row">
                  <Link href={`/devices/${encodeURIComponent(device.name)}`}>
                    <Name>{device.name}</Name>
                  </Link>
                </th>
                <td>{device.address}</td>
                <td>
                  <StateBadge state={stateOf(device)} />
                </td>
                <td className="dim">
                  <Age at={device.since} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
