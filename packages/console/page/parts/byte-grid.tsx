/**
 * Bytes as a grid: hexadecimal digits, and text in a code page. Lit bytes are underlined too. The arrows move from byte to byte;
 * each byte says its place, its value and what it is for.
 */
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { type ByteRange, isWithin } from '../format/byte-ranges.ts';
import { lineText } from '../format/code-pages.ts';
import { useWords } from '../words/words.tsx';
import classes from './byte-grid.module.css';

const LINE = 16;
/** Bytes that are shown at first. */
const FIRST = 512;

interface Props {
  /** Two digits a byte. */
  readonly hex: string;
  readonly label: string;
  readonly lit: readonly ByteRange[];
  /** As `TextDecoder` calls it. */
  readonly codePage: string;
  /** What a byte is for, in words. */
  readonly meaning?: (at: number) => string | undefined;
  readonly onChoose?: (at: number) => void;
}

export function ByteGrid({ hex, label, lit, codePage, meaning, onChoose }: Props) {
  const { t } = useWords();
  const grid = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(0);
  const [all, setAll] = useState(false);
  const bytes = useMemo(() => hex.match(/../g) ?? [], [hex]);
  const shown = all ? bytes.length : Math.min(bytes.length, FIRST);
  const at = Math.min(focused, Math.max(0, shown - 1));
  const lines = Array.from({ length: Math.ceil(shown / LINE) }, (_, i) => i * LINE);
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(shown - 1, to));
    setFocused(next);
    grid.current?.querySelector<HTMLElement>(`[data-at="${next}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const targets: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + LINE,
      ArrowUp: at - LINE,
      Home: at - (at % LINE),
      End: at - (at % LINE) + LINE - 1,
      PageDown: shown - 1,
      PageUp: 0,
    };
    const target = targets[event.key];
    if (target !== undefined) move(target);
    else if (event.key === 'Enter' || event.key === ' ') onChoose?.(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={classes.scroller}>
      <div
        ref={grid}
        role="grid"
        tabIndex={-1}
        aria-label={label}
        aria-rowcount={lines.length}
        className={classes.grid}
        onKeyDown={onKeyDown}
      >
        {lines.map((from, row) => (
          <div key={from} role="row" tabIndex={-1} aria-rowindex={row + 1} className={classes.line}>
            <span role="rowheader" tabIndex={-1} className={classes.offset}>
              {from.toString(16).padStart(4, '0')}
            </span>
            {bytes.slice(from, Math.min(from + LINE, shown)).map((byte, i) => {
              const place = from + i;
              const purpose = meaning?.(place);
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
                <span
                  key={place}
                  role="gridcell"
                  data-at={place}
                  tabIndex={place === at ? 0 : -1}
                  aria-label={
                    purpose === undefined
                      ? t('wire.byte', { at: place, byte })
                      : t('wire.byteOf', { at: place, byte, purpose })
                  }
                  aria-selected={isWithin(place, lit)}
                  title={purpose}
                  className={isWithin(place, lit) ? classes.lit : classes.byte}
                  onFocus={() => setFocused(place)}
                  onClick={() => onChoose?.(place)}
                >
                  {byte}
                </span>
              );
            })}
            <span aria-hidden="true" className={classes.text}>
              {lineText(bytes.slice(from, Math.min(from + LINE, shown)), codePage)}
            </span>
          </div>
        ))}
      </div>
      {shown < bytes.length && (
        <button type="button" className={classes.more} onClick={() => setAll(true)}>
          {t('wire.allBytes', { n: bytes.length })}
        </button>
      )}
    </div>
  );
}
