/** Which devices are offline, and why? */
import type { DeviceView } from '@fairlead/api';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { api } from '../../data/api.ts';
import { Age } from '../../parts/age.tsx';
import { type Column, LiveTable } from '../../parts/live-table.tsx';
import { Name } from '../../parts/names.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';

export default function Devices() {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const { data, error, refetch } = useQuery({
    queryKey: ['devices'],
    queryFn: allDevices,
    refetchInterval: 2_000,
  });
  const columns = useMemo<Column<DeviceView>[]>(
    () => [
      {
        id: 'name',
        head: t('devices.name'),
        width: 'minmax(160px, 2fr)',
        cell: ({ name }) => (
          <Link href={`/devices/${encodeURIComponent(name)}`} tabIndex={-1}>
            <Name>{name}</Name>
          </Link>
        ),
      },
      {
        id: 'state',
        head: t('devices.state'),
        width: '140px',
        cell: ({ status, since }) => <StateBadge state={since === undefined ? 'never' : status} />,
      },
      { id: 'since', head: t('devices.since'), width: '80px', cell: ({ since }) => <Age at={since} /> },
      {
        id: 'profile',
        head: t('devices.profile'),
        width: '140px',
        cell: ({ profile, protocol }) => profile ?? protocol,
      },
      {
        id: 'label',
        head: t('devices.label'),
        width: 'minmax(120px, 1fr)',
        cell: ({ label }) => (label === undefined ? '' : <Name>{label}</Name>),
      },
    ],
    [t],
  );
  return (
    <>
      <h1>{t('nav.devices')}</h1>
      {error !== null && <Failure error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Loading rows={10} />
      ) : data.length === 0 ? (
        <Empty command="fairlead device add my-device">{t('devices.empty')}</Empty>
      ) : (
        <LiveTable
          label={t('nav.devices')}
          columns={columns}
          rows={data}
          rowKey={({ name }) => name}
          onOpen={({ name }) => navigate(`/devices/${encodeURIComponent(name)}`)}
        />
      )}
    </>
  );
}

async function allDevices(): Promise<DeviceView[]> {
  const all: DeviceView[] = [];
  for (let after: string | undefined; ; ) {
    const page = await api.devices.list({ query: { limit: 1_000, after } });
    all.push(...page);
    if (page.length < 1_000) return all;
    after = page.at(-1)?.name;
  }
}
