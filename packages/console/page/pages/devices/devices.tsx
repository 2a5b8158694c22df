/** Which devices are offline, and why? */
import type { DeviceView } from '@fairlead/api';
import { useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { stateOf } from '../../data/device-state.ts';
import { useFilteredList } from '../../data/filtered.ts';
import { useDevices } from '../../data/queries.ts';
import { count } from '../../format/numbers.ts';
import { Age } from '../../parts/age.tsx';
import { Filter, useFilter } from '../../parts/filter.tsx';
import { FilterError } from '../../parts/filter-error.tsx';
import { Head } from '../../parts/head.tsx';
import { Listing } from '../../parts/listing.tsx';
import type { Column } from '../../parts/live-table.tsx';
import { Name } from '../../parts/names.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Empty } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import { useOrder } from './order.ts';

const pageOf = (name: string): string => `/devices/${encodeURIComponent(name)}`;
const NONE: readonly DeviceView[] = [];
const nameOf = ({ name }: DeviceView): string => name;

export default function Devices() {
  const { t, language } = useWords();
  const [, navigate] = useLocation();
  const [filter, setFilter] = useFilter();
  const query = useDevices();
  const { order, sorted } = useOrder();
  const { rows, error } = useFilteredList('devices', query.data, filter, nameOf, order);
  const columns = useMemo<Column<DeviceView>[]>(
    () => [
      {
        id: 'name',
        ...sorted('name'),
        head: t('devices.name'),
        width: 'minmax(140px, 2fr)',
        cell: ({ name }) => (
          <Link href={pageOf(name)} tabIndex={-1}>
            <Name>{name}</Name>
          </Link>
        ),
      },
      {
        id: 'state',
        ...sorted('state'),
        head: t('devices.state'),
        width: '132px',
        cell: (device) => <StateBadge state={stateOf(device)} />,
      },
      {
        id: 'since',
        ...sorted('since'),
        head: t('devices.since'),
        width: '72px',
        cell: ({ since }) => <Age at={since} />,
      },
      {
        id: 'profile',
        ...sorted('profile'),
        head: t('devices.profile'),
        width: '132px',
        cell: ({ profile, protocol }) => profile ?? protocol,
      },
      {
        id: 'label',
        ...sorted('label'),
        head: t('devices.label'),
        width: 'minmax(100px, 1fr)',
        cell: ({ label }) => (label === undefined ? '' : <Name>{label}</Name>),
      },
    ],
    [t, sorted],
  );
  const all = query.data ?? NONE;
  const live = useMemo(() => all.filter((device) => device.status === 'online').length, [all]);
  return (
    <>
      <Head
        title={t('nav.devices')}
        sentence={
          query.data &&
          t('devices.sentence', { live: count(live, language), all: count(all.length, language) })
        }
      >
        <Filter value={filter} onChange={setFilter} />
      </Head>
      {error !== undefined && <FilterError error={error} onClear={() => setFilter('')} />}
      {rows?.length === 0 && filter !== '' ? (
        <Empty>{t('common.nothingFits')}</Empty>
      ) : (
        <Listing
          label={t('nav.devices')}
          query={query}
          rows={rows ?? NONE}
          columns={columns}
          rowKey={({ name }) => name}
          onOpen={({ name }) => navigate(pageOf(name))}
          empty={<Empty command="fairlead device add my-device">{t('devices.empty')}</Empty>}
        />
      )}
    </>
  );
}
