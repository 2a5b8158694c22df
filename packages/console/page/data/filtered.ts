/** Lists that are filtered and sorted in the page: piece by piece, so that a list of any length never holds the page up. */
import { compileFilter, type Filterable } from '@fairlead/api';
import { useEffect, useMemo, useRef, useState } from 'react';
import { serviceNow } from './clock.ts';

/** Milliseconds of work at a time. */
const SLICE = 8;
/** Rows between two looks at the clock. */
const STEP = 256;
/** Milliseconds after which ages are compared anew. */
const AGED = 5_000;

type Test<Row> = (row: Row) => boolean;

export interface Order<Row> {
  /** Names the order: as long as it stays the same, rows keep their places while they change. */
  readonly id: string;
  readonly compare: (one: Row, other: Row) => number;
}

export interface Filtered<Row> {
  readonly rows: readonly Row[] | undefined;
  /** The filter is none, and why. The rows are those of before. */
  readonly error?: unknown;
}

/** Rows of a list that fit a filter of the service's grammar. @param order absent: as the list is */
export function useFilteredList<Row extends object>(
  list: Filterable,
  rows: readonly Row[] | undefined,
  filter: string,
  key: (row: Row) => string,
  order?: Order<Row>,
): Filtered<Row> {
  const [shown, setShown] = useState<readonly Row[]>();
  // Only comparisons depend on the time.
  const age = /[<>]/.test(filter) ? Math.floor(serviceNow() / AGED) : 0;
  const compiled = useMemo(() => compiledOf<Row>(list, filter, age), [list, filter, age]);
  const known = useRef<{ readonly of: object; readonly fits: WeakMap<object, boolean> }>(undefined);
  const places = useRef<{ readonly id: string; readonly of: ReadonlyMap<string, number> }>(undefined);
  const { test } = compiled;
  const { id, compare } = order ?? {};
  useEffect(() => {
    if (rows === undefined || test === undefined) return;
    if (known.current?.of !== test) known.current = { of: test, fits: new WeakMap() };
    const { fits } = known.current;
    const stop = new AbortController();
    void filtered(rows, test, fits, stop.signal).then((found) => {
      if (found === undefined) return;
      setShown(compare === undefined ? found : placed(found, `${id} ${filter}`, compare, key, places));
    });
    return () => stop.abort();
  }, [rows, test, id, compare, filter, key]);
  return compiled.error === undefined ? { rows: shown } : { rows: shown, error: compiled.error };
}

function compiledOf<Row>(
  list: Filterable,
  filter: string,
  _age: number,
): { readonly test?: Test<Row>; readonly error?: unknown } {
  try {
    return { test: compileFilter(list, filter, serviceNow()) as unknown as Test<Row> };
  } catch (error) {
    return { error };
  }
}

/** undefined: it was stopped. */
async function filtered<Row extends object>(
  rows: readonly Row[],
  test: Test<Row>,
  fits: WeakMap<object, boolean>,
  signal: AbortSignal,
): Promise<readonly Row[] | undefined> {
  const found: Row[] = [];
  let until = performance.now() + SLICE;
  for (const [i, row] of rows.entries()) {
    let fit = fits.get(row);
    if (fit === undefined) {
      fit = test(row);
      fits.set(row, fit);
    }
    if (fit) found.push(row);
    if (i % STEP !== 0 || performance.now() < until) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return undefined;
    until = performance.now() + SLICE;
  }
  return signal.aborted ? undefined : found;
}

/** In order, when that is asked for; afterwards each row stays where it is, and new ones come last. */
function placed<Row>(
  rows: readonly Row[],
  id: string,
  compare: Order<Row>['compare'],
  key: (row: Row) => string,
  places: { current: { readonly id: string; readonly of: ReadonlyMap<string, number> } | undefined },
): readonly Row[] {
  const before = places.current;
  const at = (row: Row): number => before?.of.get(key(row)) ?? Number.MAX_SAFE_INTEGER;
  const sorted = rows.toSorted(before?.id === id ? (one, other) => at(one) - at(other) : compare);
  places.current = { id, of: new Map(sorted.map((row, i) => [key(row), i])) };
  return sorted;
}
