/** What is being said on a link? */
import type { TapEventView } from '@fairlead/api';
import { useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { Link, useParams, useSearchParams } from 'wouter';
import { topicOf, useLiveClient, useTopic } from '../../data/live/use-live.tsx';
import { useLink } from '../../data/queries.ts';
import { CopyLine } from '../../parts/copy-line.tsx';
import { Head } from '../../parts/head.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Failure } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import { type SkippedRow, WireRows } from './rows.ts';
import { WireView } from './wire-view.tsx';

/** Milliseconds that the page waits for the topic before it asks for the record of its address. */
const PATIENCE = 700;
/** Records before and after the one of the address. */
const AROUND = 200;

export default function Wire() {
  const { id = '' } = useParams();
  // Another link is another view.
  return <WireOf key={id} id={id} />;
}

function WireOf({ id }: { readonly id: string }) {
  const { t } = useWords();
  const [params] = useSearchParams();
  const { data: link } = useLink(id);
  const client = useLiveClient();
  const [store] = useState(() => new WireRows());
  const [version, redraw] = useReducer((n: number) => n + 1, 0);
  const [gone, setGone] = useState<Error>();
  const [failure, setFailure] = useState<unknown>();
  const topic = useMemo(() => topicOf('wire', id), [id]);
  const wanted = useRef(Number(params.get('at') ?? 0));

  const arrived = (from: number): void => {
    if (from <= store.last) store.break();
    else if (from > store.last + 1) store.skip(store.last + 1, from - 1);
  };
  const fetchRows = async (
    row: Pick<SkippedRow, 'from' | 'to'>,
    asked = row.from,
    to = row.to,
  ): Promise<void> => {
    try {
      const loaded = await client.load({ topic, from: asked, to });
      store.fill(row, { from: loaded.from, records: loaded.records as readonly TapEventView[] }, asked);
    } catch (error) {
      if ((error as { code?: string }).code === 'LIVE_RECORDS_GONE') store.fill(row, undefined, asked);
      else setFailure(error);
    }
    redraw();
  };
  const load = (row: SkippedRow): void => {
    setFailure(undefined);
    store.pause();
    redraw();
    void fetchRows(row);
  };
  /** Loads what is around the record of the address, which came before the page was opened. */
  const reach = (n: number): void => {
    wanted.current = 0;
    const row = store.rows.find(
      (each): each is SkippedRow => each.is === 'skipped' && each.from <= n && n <= each.to,
    );
    if (row === undefined) return;
    store.pause();
    void fetchRows(row, Math.max(row.from, n - AROUND), Math.min(row.to, n + AROUND));
  };
  /** Nothing comes: the view begins with what is kept around the record of the address. */
  const begin = async (n: number): Promise<void> => {
    try {
      const { from, records } = await client.load({ topic, from: Math.max(1, n - AROUND), to: n + AROUND });
      if (store.last > 0) return;
      if (from > 1) store.skip(1, from - 1);
      store.add(from, records as readonly TapEventView[]);
      store.pause();
    } catch (error) {
      if ((error as { code?: string }).code !== 'LIVE_RECORDS_GONE') setFailure(error);
    }
    redraw();
  };
  useTopic(topic, (event) => {
    switch (event.event) {
      case 'records':
        if (event.name !== 'wire') return;
        setGone(undefined);
        arrived(event.from);
        store.add(event.from, event.records);
        if (wanted.current > 0) reach(wanted.current);
        break;
      case 'skipped':
        arrived(event.from);
        store.skip(event.from, event.to);
        break;
      case 'gone':
        setGone(Object.assign(new Error(event.detail), { code: event.code }));
        break;
      default:
        return;
    }
    redraw();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for the record of the address
  useEffect(() => {
    if (wanted.current === 0) return;
    const timer = setTimeout(() => {
      const n = wanted.current;
      wanted.current = 0;
      if (n > 0) void begin(n);
    }, PATIENCE);
    return () => clearTimeout(timer);
  }, []);

  const device = link?.device;
  return (
    <>
      <Head
        title={id}
        sentence={device === undefined ? t('wire.sentence') : t('wire.sentenceOf', { device })}
      >
        {link !== undefined && <StateBadge state={link.state} />}
      </Head>
      {gone !== undefined && store.last === 0 && (
        <>
          <Failure error={gone} />
          <p>{t('wire.notKept')}</p>
          <CopyLine text={`fairlead capture start ${device ?? id}`} />
        </>
      )}
      {failure !== undefined && <Failure error={failure} />}
      <WireView
        label={t('wire.label', { id })}
        store={store}
        version={version}
        redraw={redraw}
        masked
        live={{ load }}
      >
        <Link href={`/captures?target=${encodeURIComponent(device ?? id)}`}>{t('wire.capture')}</Link>
        <Link href={`/links/${encodeURIComponent(id)}`}>{t('wire.link')}</Link>
      </WireView>
    </>
  );
}
