/** Which captures are there, and which run? */
import type { CaptureView } from '@fairlead/api';
import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useMemo, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { api } from '../../data/api.ts';
import { useMay } from '../../data/may.ts';
import { count, size } from '../../format/numbers.ts';
import { Time } from '../../parts/age.tsx';
import { Head } from '../../parts/head.tsx';
import { Listing } from '../../parts/listing.tsx';
import type { Column } from '../../parts/live-table.tsx';
import { Name } from '../../parts/names.tsx';
import { Empty, Failure } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';

const OFTEN = 2_000;
export const captureKeys = ['captures'] as const;
export const captureLink = (id: string): string => `/captures/${encodeURIComponent(id)}`;

export default function Captures() {
  const { t, language } = useWords();
  const [, navigate] = useLocation();
  const query = useQuery({
    queryKey: captureKeys,
    queryFn: () => api.captures.list(),
    refetchInterval: OFTEN,
  });
  const running = query.data?.filter((capture) => capture.running).length;
  const columns = useMemo<Column<CaptureView>[]>(
    () => [
      {
        id: 'id',
        head: t('captures.id'),
        width: '100px',
        cell: ({ id }) => (
          <Link href={captureLink(id)} tabIndex={-1}>
            {id}
          </Link>
        ),
      },
      {
        id: 'target',
        head: t('captures.target'),
        width: 'minmax(120px, 1fr)',
        cell: ({ target }) => <Name>{target}</Name>,
      },
      {
        id: 'state',
        head: t('captures.state'),
        width: '110px',
        cell: ({ running, reason }) =>
          running ? <span className="ok">{t('captures.runs')}</span> : (reason ?? ''),
      },
      {
        id: 'started',
        head: t('captures.started'),
        width: '120px',
        cell: ({ startedAt }) => <Time at={startedAt} />,
      },
      { id: 'until', head: t('captures.until'), width: '120px', cell: ({ until }) => <Time at={until} /> },
      {
        id: 'bytes',
        head: t('captures.size'),
        width: '80px',
        align: 'end',
        cell: ({ bytes }) => size(bytes, language),
      },
      {
        id: 'payload',
        head: t('captures.payload'),
        width: '90px',
        cell: ({ payload }) => t(`captures.payload.${payload}`),
      },
    ],
    [t, language],
  );
  return (
    <>
      <Head
        title={t('nav.captures')}
        sentence={
          query.data &&
          t('captures.sentence', {
            running: count(running, language),
            all: count(query.data.length, language),
          })
        }
      />
      <Start />
      <Listing
        label={t('nav.captures')}
        query={query}
        columns={columns}
        rowKey={({ id }) => id}
        onOpen={({ id }) => navigate(captureLink(id))}
        empty={<Empty command="fairlead capture start DEVICE">{t('captures.empty')}</Empty>}
      />
    </>
  );
}

const TIMES = ['10m', '1h', '8h', '1d', '7d'] as const;
const SIZES = ['1MiB', '16MiB', '128MiB', '1GiB'] as const;
const PAYLOADS = ['masked', 'all', 'none'] as const;

/** A form whose target may stand in the address of the page. */
function Start() {
  const { t } = useWords();
  const may = useMay('admin');
  const queries = useQueryClient();
  const [params] = useSearchParams();
  const [, navigate] = useLocation();
  const [target, setTarget] = useState(params.get('target') ?? '');
  const [time, setTime] = useState<string>('1h');
  const [bytes, setBytes] = useState<string>('16MiB');
  const [payload, setPayload] = useState<(typeof PAYLOADS)[number]>('masked');
  const [failure, setFailure] = useState<unknown>();
  const start = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFailure(undefined);
    try {
      const body = { target, time, size: bytes, payload } as never;
      const { id } = await api.captures.start({ body });
      await queries.invalidateQueries({ queryKey: captureKeys });
      navigate(captureLink(id));
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <form onSubmit={start}>
      <Group align="end">
        <TextInput
          label={t('captures.targetOf')}
          required
          value={target}
          onChange={({ currentTarget }) => setTarget(currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          label={t('captures.longest')}
          data={[...TIMES]}
          value={time}
          onChange={({ currentTarget }) => setTime(currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          label={t('captures.largest')}
          data={[...SIZES]}
          value={bytes}
          onChange={({ currentTarget }) => setBytes(currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          label={t('captures.payload')}
          data={PAYLOADS.map((value) => ({ value, label: t(`captures.payload.${value}`) }))}
          value={payload}
          onChange={({ currentTarget }) => setPayload(currentTarget.value as typeof payload)}
        />
        <Button type="submit" disabled={!may}>
          {t('captures.start')}
        </Button>
        {!may && <span className="dim">{t('captures.needsAdmin')}</span>}
      </Group>
      {failure !== undefined && <Failure error={failure} />}
    </form>
  );
}
