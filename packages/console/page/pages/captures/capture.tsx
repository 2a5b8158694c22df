/** What does a capture hold? It opens in the view of a link. */
import type { CaptureView, TapEventView } from '@fairlead/api';
import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useReducer, useState } from 'react';
import { useLocation, useParams } from 'wouter';
import { api } from '../../data/api.ts';
import { useMay } from '../../data/may.ts';
import { size } from '../../format/numbers.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { Head } from '../../parts/head.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import { rowBounds, WireRows } from '../wire/rows.ts';
import { WireView } from '../wire/wire-view.tsx';
import { type CaptureFileLine, captureLines } from './lines.ts';

const OFTEN = 2_000;

export default function Capture() {
  const { t } = useWords();
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: ['captures', id],
    queryFn: () => api.captures.get({ params: { id } }),
    refetchInterval: ({ state }) => (state.data?.running === false ? false : OFTEN),
  });
  if (data === undefined)
    return error === null ? <Loading rows={6} /> : <Failure error={error} retry={() => void refetch()} />;
  const { target, running, reason } = data;
  return (
    <>
      <Head
        title={t('captures.title', { target })}
        sentence={running ? t('captures.isRunning') : t('captures.hasEnded', { reason: reason ?? 'stopped' })}
      />
      <Content key={id} capture={data} />
    </>
  );
}

function Content({ capture }: { readonly capture: CaptureView }) {
  const { t, language } = useWords();
  const { id, running, bytes } = capture;
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const mayRead = useMay('admin');
  const mayOperate = useMay('operate');
  const [store, setStore] = useState(() => new WireRows());
  const [version, redraw] = useReducer((n: number) => n + 1, 0);
  const [reading, setReading] = useState(0);
  const [cut, setCut] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is read again when that is asked for
  useEffect(() => {
    if (!mayRead) return;
    const stop = new AbortController();
    const rows = new WireRows();
    setStore(rows);
    setFailure(undefined);
    read(id, rows, stop.signal, redraw).then(setCut, (error: unknown) => {
      if (!stop.signal.aborted) setFailure(error);
    });
    return () => stop.abort();
  }, [id, mayRead, reading]);
  const stop = async (): Promise<void> => {
    try {
      await api.captures.stop({ params: { id } });
      await queries.invalidateQueries({ queryKey: ['captures'] });
      setReading((n) => n + 1);
    } catch (error) {
      setFailure(error);
    }
  };
  const remove = async (): Promise<void> => {
    await api.captures.remove({ params: { id } });
    await queries.invalidateQueries({ queryKey: ['captures'] });
    navigate('/captures');
  };
  const exported = (format: string) => `/api/v1/captures/${encodeURIComponent(id)}/export?format=${format}`;
  return (
    <>
      {failure !== undefined && <Failure error={failure} retry={() => setReading((n) => n + 1)} />}
      {!mayRead && <p className="dim">{t('captures.needsAdmin')}</p>}
      {cut && <p className="warn">{t('captures.cut', { size: size(bytes, language) })}</p>}
      <WireView
        label={t('captures.title', { target: capture.target })}
        store={store}
        version={version}
        redraw={redraw}
        masked={capture.payload === 'masked'}
      >
        {mayRead && (
          <>
            <a href={exported('pcapng')} download={`${id}.pcapng`}>
              pcapng
            </a>
            <a href={exported('jsonl')} download={`${id}.jsonl`}>
              JSON Lines
            </a>
            {running && (
              <Button variant="default" onClick={() => setReading((n) => n + 1)}>
                {t('captures.again')}
              </Button>
            )}
          </>
        )}
        {running && (
          <Button variant="default" disabled={!mayOperate} onClick={() => void stop()}>
            {t('captures.stop')}
          </Button>
        )}
        {mayOperate && (
          <Confirm
            label={t('captures.remove')}
            question={t('captures.removeAsk', { id, size: size(bytes, language) })}
            act={remove}
          />
        )}
      </WireView>
      <CopyLine text={`fairlead capture export ${id} --to ${id}.pcapng`} />
    </>
  );
}

/** Milliseconds of one task. */
const SLICE = 8;

/** Reads the lines of a capture into rows, until they are full. Returns whether there are more. */
async function read(id: string, rows: WireRows, signal: AbortSignal, redraw: () => void): Promise<boolean> {
  let n = 1;
  let taken = 0;
  let until = performance.now() + SLICE;
  let batch: TapEventView[] = [];
  const flush = (): void => {
    if (batch.length === 0) return;
    rows.add(n, batch);
    n += batch.length;
    batch = [];
  };
  for await (const line of captureLines(api.exportCapture(id, 'jsonl'))) {
    if (signal.aborted) return false;
    taken += line.size;
    if (rows.rows.length >= rowBounds.rows * 0.95 || taken > rowBounds.size) {
      flush();
      redraw();
      return true;
    }
    const { record, missed } = line satisfies CaptureFileLine;
    if (record !== undefined) batch.push(record);
    else if (missed > 0) {
      flush();
      rows.lose(n, n + missed - 1);
      n += missed;
    }
    if (performance.now() < until) continue;
    flush();
    redraw();
    await new Promise((resolve) => setTimeout(resolve));
    until = performance.now() + SLICE;
  }
  flush();
  redraw();
  return false;
}
