/** Which kinds of devices are known here? */
import type { ProfileView } from '@fairlead/api';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { api } from '../../data/api.ts';
import { count } from '../../format/numbers.ts';
import { Filter, useContaining, useFilter } from '../../parts/filter.tsx';
import { Head } from '../../parts/head.tsx';
import { Listing } from '../../parts/listing.tsx';
import type { Column } from '../../parts/live-table.tsx';
import { Name } from '../../parts/names.tsx';
import { Empty } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';

const PAGE = 1_000;
const pageOf = (name: string): string => `/profiles/${encodeURIComponent(name)}`;
const textsOf = ({ name, title, source, identity, direction }: ProfileView) => [
  ...[name, title, source],
  ...[identity, direction],
];

export default function Profiles() {
  const { t, language } = useWords();
  const [, navigate] = useLocation();
  const [filter, setFilter] = useFilter();
  const query = useQuery({
    queryKey: ['profiles'],
    queryFn: () => api.profiles.list({ query: { limit: PAGE } }),
  });
  const rows = useContaining(query.data, filter, textsOf);
  const columns = useMemo<Column<ProfileView>[]>(
    () => [
      {
        id: 'name',
        head: t('devices.name'),
        width: 'minmax(140px, 1fr)',
        cell: ({ name }) => (
          <Link href={pageOf(name)} tabIndex={-1}>
            <Name>{name}</Name>
          </Link>
        ),
      },
      {
        id: 'title',
        head: t('profiles.about'),
        width: '420px',
        cell: ({ title }) => (title === undefined ? '' : <Name>{title}</Name>),
      },
      {
        id: 'version',
        head: t('system.version'),
        width: '90px',
        cell: ({ version }) => version ?? <span className="bad">{t('profiles.broken')}</span>,
      },
      {
        id: 'direction',
        head: t('profiles.direction'),
        width: '150px',
        cell: ({ direction }) => (direction === undefined ? '' : t(`profiles.${direction}`)),
      },
      {
        id: 'source',
        head: t('profiles.source'),
        width: '140px',
        cell: ({ source }) => t(`profiles.${source}`),
      },
      {
        id: 'devices',
        head: t('nav.devices'),
        width: '90px',
        align: 'end',
        cell: ({ devices }) => count(devices, language),
      },
    ],
    [t, language],
  );
  return (
    <>
      <Head
        title={t('nav.profiles')}
        sentence={query.data && t('profiles.sentence', { n: query.data.length })}
      >
        <Filter value={filter} onChange={setFilter} />
      </Head>
      {rows?.length === 0 && filter !== '' ? (
        <Empty>{t('common.nothingFits')}</Empty>
      ) : (
        <Listing
          label={t('nav.profiles')}
          query={query}
          rows={rows}
          columns={columns}
          rowKey={({ name }) => name}
          onOpen={({ name }) => navigate(pageOf(name))}
          empty={<Empty command="fairlead profile add ./my-meter">{t('profiles.empty')}</Empty>}
        />
      )}
    </>
  );
}
