/** Links in a table: open ones, then closed ones, newest first. */
import type { LinkView } from '@fairlead/api';
import { useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { useFilteredList } from '../../data/filtered.ts';
import { useLinks } from '../../data/queries.ts';
import { size } from '../../format/numbers.ts';
import { Age } from '../../parts/age.tsx';
import { FilterError } from '../../parts/filter-error.tsx';
import { Listing } from '../../parts/listing.tsx';
import type { Column } from '../../parts/live-table.tsx';
import { Name } from '../../parts/names.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Empty } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';

const pageOf = (id: string): string => `/links/${encodeURIComponent(id)}`;
const idOf = ({ id }: LinkView): string => id;

interface Props {
  /** Only those of this device. */
  readonly device?: string;
  readonly filter?: string;
  readonly onClear?: () => void;
}

export function LinkList({ device, filter = '', onClear = () => {} }: Props) {
  const { t, language } = useWords();
  const [, navigate] = useLocation();
  const query = useLinks(device);
  const { rows, error } = useFilteredList('links', query.data, filter, idOf);
  const columns = useMemo<Column<LinkView>[]>(
    () => [
      {
        id: 'id',
        head: t('links.id'),
        width: '120px',
        cell: ({ id }) => (
          <Link href={pageOf(id)} tabIndex={-1}>
            {id}
          </Link>
        ),
      },
      {
        id: 'device',
        head: t('links.device'),
        width: 'minmax(120px, 1fr)',
        cell: ({ device: name }) => (name === undefined ? '' : <Name>{name}</Name>),
      },
      {
        id: 'state',
        head: t('devices.state'),
        width: '132px',
        cell: ({ state }) => <StateBadge state={state} />,
      },
      {
        id: 'wire',
        head: t('wire.title'),
        width: '64px',
        cell: ({ id, state }) =>
          state === 'closed' ? (
            ''
          ) : (
            <Link href={`${pageOf(id)}/wire`} tabIndex={-1}>
              {t('wire.look')}
            </Link>
          ),
      },
      { id: 'code', head: t('device.reason'), width: 'minmax(120px, 1fr)', cell: ({ code }) => code ?? '' },
      { id: 'remote', head: t('links.remote'), width: '170px', cell: ({ remote }) => remote },
      { id: 'opened', head: t('links.opened'), width: '72px', cell: ({ openedAt }) => <Age at={openedAt} /> },
      {
        id: 'in',
        head: t('links.in'),
        width: '80px',
        align: 'end',
        cell: ({ bytesIn }) => size(bytesIn, language),
      },
      {
        id: 'out',
        head: t('links.out'),
        width: '80px',
        align: 'end',
        cell: ({ bytesOut }) => size(bytesOut, language),
      },
    ],
    [t, language],
  );
  if (error !== undefined) return <FilterError error={error} onClear={onClear} />;
  if (rows?.length === 0 && filter !== '') return <Empty>{t('common.nothingFits')}</Empty>;
  return (
    <Listing
      label={t('nav.links')}
      query={query}
      rows={rows}
      columns={columns}
      rowKey={({ id }) => id}
      onOpen={({ id }) => navigate(pageOf(id))}
      empty={<Empty command="fairlead listener ls">{t('links.empty')}</Empty>}
    />
  );
}
