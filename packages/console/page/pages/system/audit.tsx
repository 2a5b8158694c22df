/** Who changed what? */
import type { AuditEntryView } from '@fairlead/api';
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../data/api.ts';
import { useRefetchOn } from '../../data/live/use-live.tsx';
import { Time } from '../../parts/age.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { Filter, useContaining, useFilter } from '../../parts/filter.tsx';
import { type Column, LiveTable } from '../../parts/live-table.tsx';
import { Name } from '../../parts/names.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import { ForAdministrators, Frame } from './frame.tsx';

const PAGE = 200;
/** 5,000 entries are kept in the page. */
const PAGES = 25;
const KEY = ['audit'];

const textsOf = ({ who, kind, action, target, remote, code, via }: AuditEntryView) => [
  ...[who, kind, action, target],
  ...[remote, code, via],
];

export default function Audit() {
  const { t } = useWords();
  const [filter, setFilter] = useFilter();
  return (
    <Frame
      title={t('audit.title')}
      sentence={t('audit.sentence')}
      actions={<Filter value={filter} onChange={setFilter} />}
    >
      <ForAdministrators>
        <List filter={filter} />
      </ForAdministrators>
    </Frame>
  );
}

function List({ filter }: { readonly filter: string }) {
  const { t } = useWords();
  useRefetchOn('audit', KEY, 1_000);
  const query = useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam }) => api.audit.list({ query: { limit: PAGE, before: pageParam } }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.id),
    maxPages: PAGES,
  });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  const all = useMemo(() => data?.pages.flat(), [data]);
  const rows = useContaining(all, filter, textsOf);
  const columns = useMemo<Column<AuditEntryView>[]>(
    () => [
      { id: 'time', head: t('common.time'), width: '150px', cell: ({ time }) => <Time at={time} /> },
      {
        id: 'who',
        head: t('audit.who'),
        width: '130px',
        cell: ({ who, kind }) => <Name>{who === '' ? kind : who}</Name>,
      },
      { id: 'via', head: t('audit.via'), width: '110px', cell: ({ via }) => via },
      { id: 'action', head: t('audit.action'), width: '170px', cell: ({ action }) => action },
      {
        id: 'target',
        head: t('audit.target'),
        width: '150px',
        cell: ({ target }) => <Name>{target}</Name>,
      },
      {
        id: 'result',
        head: t('audit.result'),
        width: '190px',
        cell: ({ status, code }) =>
          code === undefined ? <span className="ok">{status}</span> : <span className="bad">{code}</span>,
      },
      {
        id: 'changes',
        head: t('audit.changes'),
        width: '420px',
        cell: ({ changes }) => <Changes changes={changes} />,
      },
    ],
    [t],
  );
  if (rows === undefined)
    return error === null ? <Loading rows={10} /> : <Failure error={error} retry={() => void refetch()} />;
  if (rows.length === 0)
    return (
      <Empty command="fairlead audit ls">{filter === '' ? t('audit.empty') : t('common.nothingFits')}</Empty>
    );
  return (
    <>
      <LiveTable label={t('audit.title')} columns={columns} rows={rows} rowKey={({ id }) => String(id)} />
      {hasNextPage && (
        <Button
          variant="default"
          loading={isFetchingNextPage}
          style={{ alignSelf: 'start', flexShrink: 0 }}
          onClick={() => void fetchNextPage()}
        >
          {t('audit.older')}
        </Button>
      )}
      <CopyLine text="fairlead audit ls" />
    </>
  );
}

/** `label: "Cellar" → "Attic"`. */
function Changes({ changes = {} }: Pick<AuditEntryView, 'changes'>) {
  const text = Object.entries(changes)
    .map(([field, { before, after }]) => `${field}: ${shown(before)} → ${shown(after)}`)
    .join(', ');
  return (
    <span title={text}>
      <Name>{text}</Name>
    </span>
  );
}

const shown = (value: unknown): string => (value === undefined ? '–' : JSON.stringify(value));
