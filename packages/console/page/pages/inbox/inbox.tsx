/** Which unknown devices are there, and of what kind? */
import type { InboxEntryView } from '@fairlead/api';
import { useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { useInbox } from '../../data/queries.ts';
import { count } from '../../format/numbers.ts';
import { Age } from '../../parts/age.tsx';
import { Head } from '../../parts/head.tsx';
import { Listing } from '../../parts/listing.tsx';
import type { Column } from '../../parts/live-table.tsx';
import { Name } from '../../parts/names.tsx';
import { Empty } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';

const pageOf = (id: string): string => `/inbox/${encodeURIComponent(id)}`;

export default function Inbox() {
  const { t, language } = useWords();
  const [, navigate] = useLocation();
  const query = useInbox();
  const columns = useMemo<Column<InboxEntryView>[]>(
    () => [
      {
        id: 'identity',
        head: t('device.identity'),
        width: 'minmax(160px, 1fr)',
        cell: ({ id, identity }) => (
          <Link href={pageOf(id)} tabIndex={-1}>
            <Name>{identity}</Name>
          </Link>
        ),
      },
      {
        id: 'profile',
        head: t('devices.profile'),
        width: '140px',
        cell: ({ profile }) => profile || t('inbox.unrecognised'),
      },
      { id: 'listener', head: t('links.listener'), width: '120px', cell: ({ listener }) => listener },
      { id: 'remote', head: t('links.remote'), width: '170px', cell: ({ remote }) => remote },
      { id: 'seen', head: t('inbox.seen'), width: '80px', cell: ({ lastSeen }) => <Age at={lastSeen} /> },
      {
        id: 'count',
        head: t('inbox.count'),
        width: '80px',
        align: 'end',
        cell: ({ count: times }) => count(times, language),
      },
      {
        id: 'waits',
        head: t('inbox.waits'),
        width: '90px',
        cell: ({ connected }) => (connected ? t('inbox.yes') : t('inbox.no')),
      },
    ],
    [t, language],
  );
  return (
    <>
      <Head title={t('nav.inbox')} sentence={query.data && t('inbox.sentence', { n: query.data.length })} />
      <Listing
        label={t('nav.inbox')}
        query={query}
        columns={columns}
        rowKey={({ id }) => id}
        onOpen={({ id }) => navigate(pageOf(id))}
        empty={<Empty command="fairlead profile ls">{t('inbox.empty')}</Empty>}
      />
    </>
  );
}
