/** The view of what was seen on a link, of a link that is open or of a capture. */
import { Button, TextInput } from '@mantine/core';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { rangesText } from '../../format/byte-ranges.ts';
import { codePages } from '../../format/code-pages.ts';
import { count } from '../../format/numbers.ts';
import { useWords } from '../../words/words.tsx';
import { Detail } from './detail.tsx';
import type { Row, SkippedRow, WireRow, WireRows } from './rows.ts';
import { findIn, searchOf } from './search.ts';
import classes from './wire.module.css';
import { type Columns, WireTable } from './wire-table.tsx';

interface Props {
  readonly label: string;
  readonly store: WireRows;
  /** Changes with the store. */
  readonly version: number;
  /** Undefined: nothing more comes. */
  readonly live?: { readonly load: (row: SkippedRow) => void } | undefined;
  readonly redraw: () => void;
  /** Whether tokens are asterisks. */
  readonly masked: boolean;
  readonly children?: ReactNode;
}

/** Milliseconds between two searches while rows come. */
const SEARCH_AGAIN = 1_000;
const SEARCH_SOON = 120;
const ALL = 'raw,frames,decoded';

export function WireView({ label, store, version, live, redraw, masked, children }: Props) {
  const { t, language } = useWords();
  const [params, setParams] = useSearchParams();
  const [chosen, setChosen] = useState<WireRow>();
  const set = (changes: Readonly<Record<string, string | undefined>>): void =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [key, value] of Object.entries(changes))
          if (value === undefined || value === '') next.delete(key);
          else next.set(key, value);
        return next;
      },
      { replace: true },
    );
  const find = params.get('find') ?? '';
  const way = params.get('way') ?? 'both';
  const shownColumns = params.get('show') ?? ALL;
  const columns = useMemo<Columns>(() => {
    const named = shownColumns.split(',');
    return {
      raw: named.includes('raw'),
      frames: named.includes('frames'),
      decoded: named.includes('decoded'),
    };
  }, [shownColumns]);
  const text = params.get('text') ?? undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the store changes with its version
  const rows = useMemo(() => shownRows(store.rows, columns, way), [store, version, columns, way]);
  const at = Number(params.get('at') ?? Number.NaN);
  const selected = useMemo(() => indexOf(rows, at), [rows, at]);
  useEffect(() => {
    const row = rows[selected];
    if (row?.is === 'seen') setChosen(row);
  }, [rows, selected]);
  const pause = (): void => {
    store.pause();
    redraw();
  };
  const resume = (): void => {
    store.resume();
    redraw();
  };
  const select = (index: number, bytes?: string): void => {
    const row = rows[index];
    if (row === undefined) return;
    if (live !== undefined && !store.paused) pause();
    set({ at: String(row.n), bytes });
  };
  const { found, busy } = useFound(rows, find, !store.paused && live !== undefined);
  const search = useMemo(() => searchOf(find), [find]);
  const place = found.indexOf(selected);
  const step = (by: 1 | -1): void => {
    if (found.length === 0) return;
    const next =
      place >= 0
        ? (place + by + found.length) % found.length
        : by > 0
          ? Math.max(
              0,
              found.findIndex((index) => index > selected),
            )
          : found.length - 1;
    const index = found[next] as number;
    const row = rows[index];
    const hex = row?.is === 'seen' ? (row.frame ?? row.raw) : undefined;
    const hit = hex === undefined ? undefined : search?.place(hex);
    select(index, hit === undefined ? undefined : rangesText([hit]));
  };
  usePauseKey(live === undefined ? undefined : store.paused ? resume : pause);
  const { shown, skipped } = store.counts;
  return (
    <div className={classes.page}>
      <div className={classes.tools}>
        <fieldset className={classes.toggles}>
          <legend className="visually-hidden">{t('wire.columns')}</legend>
          {(['raw', 'frames', 'decoded'] as const).map((column) => (
            <label key={column}>
              <input
                type="checkbox"
                checked={columns[column]}
                onChange={() => {
                  const next = ALL.split(',').filter(
                    (each) => columns[each as keyof Columns] !== (each === column),
                  );
                  if (next.length > 0) set({ show: next.join(',') === ALL ? undefined : next.join(',') });
                }}
              />
              {t(`wire.${column}`)}
            </label>
          ))}
        </fieldset>
        <label>
          <span className="visually-hidden">{t('wire.direction')}</span>
          <select
            className={classes.choice}
            value={way}
            onChange={({ target }) => set({ way: target.value === 'both' ? undefined : target.value })}
          >
            <option value="both">{t('wire.both')}</option>
            <option value="in">{t('wire.in')}</option>
            <option value="out">{t('wire.out')}</option>
          </select>
        </label>
        <label>
          <span className="visually-hidden">{t('wire.codePage')}</span>
          <select
            className={classes.choice}
            value={text ?? 'hex'}
            onChange={({ target }) => set({ text: target.value === 'hex' ? undefined : target.value })}
          >
            <option value="hex">{t('wire.hex')}</option>
            {codePages.map((page) => (
              <option key={page}>{page}</option>
            ))}
          </select>
        </label>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            step(1);
          }}
        >
          <TextInput
            type="search"
            data-filter
            aria-label={t('wire.find')}
            placeholder={t('wire.findExample')}
            value={find}
            maxLength={200}
            onChange={({ currentTarget }) => set({ find: currentTarget.value })}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              step(-1);
            }}
            w={200}
          />
        </form>
        {find !== '' && (
          <>
            <span className="dim">
              {busy
                ? '…'
                : t('wire.found', { at: place < 0 ? 0 : place + 1, n: count(found.length, language) })}
            </span>
            <Button variant="default" disabled={found.length === 0} onClick={() => step(-1)}>
              {t('wire.before')}
            </Button>
            <Button variant="default" disabled={found.length === 0} onClick={() => step(1)}>
              {t('wire.next')}
            </Button>
          </>
        )}
        {live !== undefined && (
          <Button variant="default" aria-pressed={store.paused} onClick={store.paused ? resume : pause}>
            {store.paused ? t('wire.resume') : t('wire.pause')}
          </Button>
        )}
        {children}
      </div>
      <p className={classes.status} role="status">
        <span className="dim">
          {t('wire.counts', {
            shown: count(shown, language),
            skipped: count(skipped, language),
            all: count(shown + skipped, language),
          })}
        </span>
        {store.paused && <span className="warn">{t('wire.paused', { n: store.held })}</span>}
        {masked && <span className="dim">{t('wire.masked')}</span>}
      </p>
      <WireTable
        label={label}
        rows={rows}
        version={version}
        columns={columns}
        codePage={text}
        follows={live !== undefined && !store.paused}
        selected={selected}
        onSelect={select}
        onScrolledUp={pause}
        onLoad={(row) => live?.load(row)}
      />
      {chosen !== undefined && (
        <Detail
          row={chosen}
          codePage={text ?? 'windows-1252'}
          onClose={() => {
            setChosen(undefined);
            set({ at: undefined, bytes: undefined });
          }}
        />
      )}
    </div>
  );
}

function shownRows(rows: readonly Row[], columns: Columns, way: string): readonly Row[] {
  const { raw, frames, decoded } = columns;
  if (way === 'both' && raw && frames && decoded) return rows.slice();
  return rows.filter((row) => isShown(row, columns, way));
}

function isShown(row: Row, { raw, frames, decoded }: Columns, way: string): boolean {
  if (row.is !== 'seen') return true;
  if (way !== 'both' && row.out !== (way === 'out')) return false;
  return (
    (raw && row.raw !== undefined) ||
    (frames && row.frame !== undefined) ||
    (decoded && (row.values !== undefined || row.code !== undefined))
  );
}

function indexOf(rows: readonly Row[], n: number): number {
  if (Number.isNaN(n)) return -1;
  // Rows are in the order of their numbers.
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rows[middle] as Row).n <= n) low = middle;
    else high = middle - 1;
  }
  const row = rows[low];
  return row !== undefined && row.n <= n && (row.is !== 'seen' || n < row.n + row.records) ? low : -1;
}

/** The indexes of the rows that are looked for. */
function useFound(rows: readonly Row[], find: string, grows: boolean) {
  const [state, setState] = useState<{ readonly found: readonly number[]; readonly busy: boolean }>({
    found: [],
    busy: false,
  });
  const latest = useRef(rows);
  latest.current = rows;
  const known = grows ? undefined : rows;
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that grow are looked at again and again instead
  useEffect(() => {
    const search = searchOf(find);
    if (search === undefined) {
      setState({ found: [], busy: false });
      return;
    }
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const look = async (): Promise<void> => {
      const next = () => new Promise<void>((resolve) => setTimeout(resolve));
      const found = await findIn(latest.current, (row) => search.fits(row), stop.signal, next);
      if (found === undefined || stop.signal.aborted) return;
      setState({ found, busy: false });
      if (grows) timer = setTimeout(look, SEARCH_AGAIN);
    };
    setState((before) => ({ ...before, busy: true }));
    timer = setTimeout(look, SEARCH_SOON);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [find, known, grows]);
  return state;
}

/** Space pauses and resumes, unless it is typed into a field or presses a button. */
function usePauseKey(act: (() => void) | undefined): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== ' ' || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const { tagName, role } = event.target as HTMLElement & { role: string | null };
      if (/^(?:INPUT|TEXTAREA|SELECT|BUTTON|A)$/.test(tagName) || role === 'gridcell') return;
      if (latest.current === undefined) return;
      event.preventDefault();
      latest.current();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}
