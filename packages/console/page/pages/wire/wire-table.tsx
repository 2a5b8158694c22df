/**
 * The rows of a wire view: time, direction, bytes, frames and values side by side. Only the visible ones are in the document. It stays at
 * its end while new rows come; scrolling up pauses it.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef } from 'react';
import { serviceNow } from '../../data/clock.ts';
import { textOf } from '../../format/code-pages.ts';
import { visible } from '../../format/text.ts';
import { clockTime } from '../../format/time.ts';
import { useWords } from '../../words/words.tsx';
import type { Row, SkippedRow, WireRow } from './rows.ts';
import classes from './wire.module.css';

export interface Columns {
  readonly raw: boolean;
  readonly frames: boolean;
  readonly decoded: boolean;
}

interface Props {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly version: number;
  readonly columns: Columns;
  /** Undefined: bytes in hexadecimal; else as text of this code page. */
  readonly codePage: string | undefined;
  readonly follows: boolean;
  readonly selected: number;
  readonly onSelect: (index: number) => void;
  readonly onScrolledUp: () => void;
  readonly onLoad: (row: SkippedRow) => void;
}

const HEIGHT = 28;
/** Bytes of a row that are shown; the rest is in the panel below. */
const SHOWN = 48;
/** Elements of rows are used again for the rows that follow: more than fit a screen. */
const SLOTS = 256;
/** Pixels from the end that count as the end. */
const NEAR = HEIGHT * 1.5;

export function WireTable(props: Props) {
  const { label, rows, version, columns, follows, selected, onSelect, onScrolledUp, onLoad, codePage } =
    props;
  const { t } = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  /** Where the table was scrolled to by the program. */
  const top = useRef(0);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 6,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: new rows are what it follows
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!follows || element === null) return;
    element.scrollTop = element.scrollHeight;
    top.current = element.scrollTop;
  }, [follows, version, rows.length]);
  useEffect(() => {
    if (selected < 0) return;
    virtual.scrollToIndex(selected, { align: 'auto' });
  }, [selected, virtual]);
  const onScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const fromEnd = element.scrollHeight - element.clientHeight - element.scrollTop;
    if (follows && element.scrollTop < top.current - 1 && fromEnd > NEAR) onScrolledUp();
    top.current = element.scrollTop;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.target as HTMLElement).tagName === 'BUTTON') return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / HEIGHT) - 1);
    const at = selected < 0 ? rows.length : selected;
    const targets: Record<string, number> = {
      ArrowDown: at + 1,
      j: at + 1,
      ArrowUp: at - 1,
      k: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    onSelect(Math.max(0, Math.min(rows.length - 1, target)));
  };
  const count = 3 + Number(columns.raw) + Number(columns.frames) + Number(columns.decoded);
  return (
    <div
      ref={scroller}
      className={classes.table}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={count}
      aria-activedescendant={selected < 0 ? undefined : `wire-${selected}`}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div role="row" tabIndex={-1} aria-rowindex={1} className={classes.headRow}>
        <span role="columnheader" tabIndex={-1} className={classes.time}>
          {t('common.time')}
        </span>
        <span role="columnheader" tabIndex={-1} className={classes.delta}>
          {t('wire.between')}
        </span>
        <span role="columnheader" tabIndex={-1} className={classes.direction}>
          {t('wire.direction')}
        </span>
        {columns.raw && (
          <span role="columnheader" tabIndex={-1} className={classes.bytes}>
            {t('wire.raw')}
          </span>
        )}
        {columns.frames && (
          <span role="columnheader" tabIndex={-1} className={classes.bytes}>
            {t('wire.frames')}
          </span>
        )}
        {columns.decoded && (
          <span role="columnheader" tabIndex={-1} className={classes.decoded}>
            {t('wire.decoded')}
          </span>
        )}
      </div>
      <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index] as Row;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
            <div
              key={index % SLOTS}
              id={`wire-${index}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={index === selected}
              className={index === selected ? classes.chosen : classes.row}
              style={{ height: HEIGHT, transform: `translateY(${start}px)` }}
              onClick={() => onSelect(index)}
            >
              {row.is === 'seen' ? (
                <Seen row={row} before={rows[index - 1]} columns={columns} codePage={codePage} />
              ) : (
                <Gap row={row} columns={count} onLoad={onLoad} />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface SeenProps {
  readonly row: WireRow;
  readonly before: Row | undefined;
  readonly columns: Columns;
  readonly codePage: string | undefined;
}

function Seen({ row, before, columns, codePage }: SeenProps) {
  const { t, language } = useWords();
  const between = before?.is === 'seen' ? row.time - before.time : undefined;
  const shown = (hex: string) => {
    const text = codePage === undefined ? spaced(hex) : textOf(hex, codePage, SHOWN);
    return hex.length > SHOWN * 2 ? `${text} …` : text;
  };
  return (
    <>
      <span role="gridcell" tabIndex={-1} className={classes.time}>
        {clockTime(row.time, serviceNow(), language)}
      </span>
      <span role="gridcell" tabIndex={-1} className={classes.delta}>
        {between === undefined ? '' : betweenText(between, t)}
      </span>
      <span role="gridcell" tabIndex={-1} className={row.out ? classes.out : classes.in}>
        {row.code !== undefined ? (
          <span className="bad">{t('wire.failed')}</span>
        ) : row.out ? (
          t('wire.out')
        ) : (
          t('wire.in')
        )}
      </span>
      {columns.raw && (
        <span
          role="gridcell"
          tabIndex={-1}
          className={`${classes.bytes} ${row.out ? classes.out : classes.in}`}
        >
          {row.raw === undefined ? '' : shown(row.raw)}
        </span>
      )}
      {columns.frames && (
        <span role="gridcell" tabIndex={-1} className={`${classes.bytes} ${classes.in}`}>
          {row.frame === undefined ? '' : shown(row.frame)}
        </span>
      )}
      {columns.decoded && (
        <span role="gridcell" tabIndex={-1} className={classes.decoded}>
          {row.code !== undefined && (
            <>
              <span className="bad">{row.code}</span> {row.reason === undefined ? '' : visible(row.reason)}
            </>
          )}
          {row.values !== undefined && (
            <bdi>
              {row.kind} {visible(row.values.slice(0, 400))}
            </bdi>
          )}
        </span>
      )}
    </>
  );
}

interface GapProps {
  readonly row: Exclude<Row, WireRow>;
  readonly columns: number;
  readonly onLoad: (row: SkippedRow) => void;
}

function Gap({ row, columns, onLoad }: GapProps) {
  const { t } = useWords();
  return (
    <span role="gridcell" tabIndex={-1} aria-colspan={columns} className={classes.gap}>
      {row.is === 'break' ? (
        t('wire.break')
      ) : (
        <>
          {t(row.gone ? 'wire.gone' : 'wire.skipped', { n: row.to - row.from + 1 })}
          {!row.gone && (
            <button type="button" className={classes.load} onClick={() => onLoad(row)}>
              {t('wire.load')}
            </button>
          )}
        </>
      )}
    </span>
  );
}

function spaced(hex: string): string {
  let text = '';
  for (let i = 0; i < Math.min(hex.length, SHOWN * 2); i += 2)
    text += `${i === 0 ? '' : ' '}${hex.slice(i, i + 2)}`;
  return text;
}

function betweenText(ms: number, t: ReturnType<typeof useWords>['t']): string {
  if (ms < 1_000) return t('wire.ms', { n: ms });
  return t('wire.s', { n: ms < 10_000 ? (ms / 1_000).toFixed(1) : Math.round(ms / 1_000) });
}
