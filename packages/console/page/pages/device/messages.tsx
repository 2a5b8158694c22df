/** The messages of a device, newest first, back to the first that is kept; each has an address of its own. */
import type { DeviceDetail, MessageView } from '@fairlead/api';
import { Button, Group } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { useMessages } from '../../data/queries.ts';
import { size } from '../../format/numbers.ts';
import { Time } from '../../parts/age.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { type Column, LiveTable } from '../../parts/live-table.tsx';
import { Name } from '../../parts/names.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './device.module.css';

/** Characters of a message that a row shows. */
const ROW = 300;

export function Messages({ device: { name } }: { readonly device: DeviceDetail }) {
  const { t, language } = useWords();
  const { item } = useParams();
  const [, navigate] = useLocation();
  const chosen = item === undefined ? undefined : Number(item);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useMessages(
    name,
    chosen === undefined ? undefined : chosen + 1,
  );
  const all = useMemo(() => data?.pages.flat() ?? [], [data]);
  // Nothing moves under the pointer: what comes while it is over the list waits.
  const [held, setHeld] = useState<number>();
  const rows = useMemo(() => (held === undefined ? all : all.filter(({ id }) => id <= held)), [all, held]);
  const waiting = all.length - rows.length;
  const pageOf = (id: number): string => `/devices/${encodeURIComponent(name)}/messages/${id}`;
  const columns: Column<MessageView>[] = [
    {
      id: 'time',
      head: t('common.time'),
      width: '110px',
      cell: ({ id, time }) => (
        <Link href={pageOf(id)} tabIndex={-1}>
          <Time at={time} />
        </Link>
      ),
    },
    { id: 'kind', head: t('device.kind'), width: '90px', cell: ({ kind }) => kind },
    {
      id: 'values',
      head: t('device.values'),
      width: 'minmax(200px, 1fr)',
      cell: ({ values }) => (
        <span className="mono">
          <Name>{JSON.stringify(values).slice(0, ROW)}</Name>
        </span>
      ),
    },
    {
      id: 'size',
      head: t('message.size'),
      width: '70px',
      align: 'end',
      cell: (row) => size(row.size, language),
    },
  ];
  if (data === undefined)
    return error === null ? <Loading rows={10} /> : <Failure error={error} retry={() => void refetch()} />;
  if (rows.length === 0 && chosen === undefined)
    return <Empty command={`fairlead sub --device ${name}`}>{t('device.noMessages')}</Empty>;
  return (
    <>
      {chosen !== undefined && (
        <Message
          message={rows.find(({ id }) => id === chosen)}
          back={`/devices/${encodeURIComponent(name)}/messages`}
        />
      )}
      <p role="status" className="dim">
        {waiting > 0 && (
          <Button variant="default" size="compact-xs" onClick={() => setHeld(all[0]?.id)}>
            {t('message.new', { n: waiting })}
          </Button>
        )}
      </p>
      <div
        className={classes.list}
        onPointerEnter={() => setHeld(all[0]?.id)}
        onPointerLeave={() => setHeld(undefined)}
      >
        <LiveTable
          label={t('device.tab.messages')}
          rows={rows}
          columns={columns}
          rowKey={({ id }) => String(id)}
          onOpen={({ id }) => navigate(pageOf(id))}
        />
      </div>
      <Group>
        {hasNextPage ? (
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('message.older')}
          </Button>
        ) : (
          <span className="dim">{t('message.first')}</span>
        )}
      </Group>
    </>
  );
}

function Message({ message, back }: { readonly message: MessageView | undefined; readonly back: string }) {
  const { t, language } = useWords();
  if (message === undefined) return <p className="warn">{t('message.gone')}</p>;
  const { id, kind, time, values } = message;
  const hex = kind === 'raw' ? (values as { hex?: string }).hex : undefined;
  const text = JSON.stringify(values, null, 2);
  return (
    <section className={classes.message} aria-label={t('message.one', { id })}>
      <p>
        <strong>{t('message.one', { id })}</strong> · {kind} · <Time at={time} /> ·{' '}
        {size(message.size, language)} <Link href={back}>{t('message.newest')}</Link>
      </p>
      {hex === undefined ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach that
        <pre className={classes.text} tabIndex={0}>
          <Name>{text}</Name>
        </pre>
      ) : (
        <Bytes hex={hex} label={t('links.bytes')} />
      )}
      <CopyLine text={location.href} />
    </section>
  );
}
